"""The options that describe the provider: its URLs, its user data, its signatures."""

from __future__ import annotations

from traitlets import Bool, Dict, Float

from ...protocol.algorithms import ASYMMETRIC_ALGORITHMS
from .endpoint_types import EndpointAPIURL, EndpointURL
from .names import Names
from .status_page import StatusPageOptions
from .trait_types import URL, EnvUnicode, Renamed


class ProviderOptions(StatusPageOptions):
    """Where the provider is, how the Hub reads a user's data there, and which signatures it accepts."""

    issuer = URL(
        config=True,
        help="""
        The provider's issuer identifier, exactly as the provider writes it. A slash at the end matters.

        This one URL sets up an OpenID provider. The Hub reads endpoints and keys from its
        ``/.well-known/openid-configuration``, verifies ID tokens against it, and changes the defaults of `scope` and
        `username_claim` to those of OpenID Connect. URLs that are set, such as `authorize_url`, take precedence over
        discovered ones.

        Environment: ``OIDC_ISSUER``, for `GenericOAuthenticator` only.

        .. versionadded:: 0.1
        """,
    )

    discovery_url = URL(
        config=True,
        help="""
        The URL of the provider's metadata, if it is not `issuer` + ``/.well-known/openid-configuration``.

        .. versionadded:: 0.1
        """,
    )

    jwks_url = URL(
        config=True,
        help="""
        The URL of the provider's public keys, for providers without a discovery document.

        The Hub then verifies the signatures of ID tokens. Set `issuer` as well, so that it compares their ``iss``. When
        these two and all endpoint URLs are set, the Hub does not read a discovery document.

        .. versionadded:: 0.1
        """,
    )

    authorize_url = EndpointURL(
        config=True,
        help="""
        The provider's authorization endpoint, to which the Hub sends the browser.

        Environment: ``OAUTH2_AUTHORIZE_URL``, for `GenericOAuthenticator` only.

        .. versionadded:: 0.1
        """,
    )

    token_url = EndpointURL(
        config=True,
        help="""
        The provider's token endpoint.

        Environment: ``OAUTH2_TOKEN_URL``, for `GenericOAuthenticator` only.

        .. versionadded:: 0.1
        """,
    )

    access_token_url = Renamed("token_url", since="0.1")

    api_base_url = URL(
        config=True,
        help="""
        The root of the provider's API. `userdata_url` and `validate_token_url` may be paths below it, such as ``user``.

        .. versionadded:: 0.1
        """,
    )

    userdata_url = EndpointAPIURL(
        config=True,
        help="""
        The endpoint that returns the user's data: OpenID's userinfo endpoint, or a path below `api_base_url`.

        Cannot be combined with `userdata_from_id_token`. Environment: ``OAUTH2_USERDATA_URL``, for
        `GenericOAuthenticator` only.

        .. versionadded:: 0.1
        """,
    )

    userdata_from_id_token = Bool(
        False,
        config=True,
        help="""
        Read the user's data from the verified ID token, without a userinfo request. See also `merge_id_token_claims`.

        .. versionadded:: 0.1
        """,
    )

    merge_id_token_claims = Bool(
        False,
        config=True,
        help="""
        Read the user's data from the verified ID token and from the userinfo endpoint: for a provider that has the
        groups or another claim in the ID token only. Default: False, userinfo alone; True for Amazon Cognito and Okta.

        Both must be about the same ``sub``. A claim that both have is taken from userinfo, except for claims about the
        login such as ``acr``, which are the ID token's. ``email_verified`` counts only for the address from the
        same source.

        A claim that only the ID token has is as old as the ID token. When the ID token has expired, the Hub uses the
        refresh token to get a new one. If the provider sends none, such groups and claims count on for
        `refresh_outage_grace`, and then the user must sign in again. Needs the scope ``openid``.

        .. versionadded:: 0.1
        """,
    )

    userdata_params = Dict(
        config=True,
        help="""
        Additional query parameters of the userinfo request.

        .. versionadded:: 0.1
        """,
    )

    userdata_token_method = EnvUnicode(
        "header",
        config=True,
        env="OAUTH2_USERDATA_REQUEST_TYPE",
        help="""
        How the userinfo request sends the access token: ``header``; or, for providers that accept nothing else,
        ``body`` (a form field of a POST request, RFC 6750 §2.2) or ``url``.

        With ``url``, every proxy on the way writes the token into its log (RFC 9700 §4.3.2).
        Environment: ``OAUTH2_USERDATA_REQUEST_TYPE``.

        .. versionadded:: 0.1
        """,
    )

    id_token_signed_response_alg = Names(
        "other",
        default_value=ASYMMETRIC_ALGORITHMS,
        config=True,
        help="""
        The signature algorithms that the Hub accepts for ID tokens. It never accepts ``none``.

        Default: all asymmetric algorithms (RS, PS and ES with 256, 384 and 512, and EdDSA). The HMAC algorithms (HS256,
        HS384, HS512) use `client_secret` as their key and are accepted only when they are listed here.

        .. versionadded:: 0.1
        """,
    )

    clock_tolerance = Float(
        60.0,
        min=0.0,
        max=600.0,
        config=True,
        help="""
        How far the provider's clock and the Hub's may differ, in seconds: from 0 to 600. Default: 60.

        It applies to the times in ID tokens and logout tokens. A login with a greater difference is refused, and the
        log states the difference. At a refresh, the user stays signed in for `refresh_outage_grace`. Synchronize the
        clocks rather than raise this option: expired tokens are accepted for this time.

        .. versionadded:: 0.1
        """,
    )

    trusted_provider_hosts = Names(
        "other",
        config=True,
        help="""
        Host names, in addition to the issuer's own, to which the provider's metadata may refer.

        Only providers that use several hosts need it. The message at start-up names the hosts that are missing.

        .. versionadded:: 0.1
        """,
    )
