"""The options on what the provider is, and where."""

from __future__ import annotations

from traitlets import Bool, Dict, Set, Unicode

from ...protocol.algorithms import ASYMMETRIC_ALGORITHMS
from .session import ProviderSessionOptions
from .trait_types import URL, EnvUnicode


class ProviderOptions(ProviderSessionOptions):
    """Its addresses, what it is asked for a user's data, and what its signatures are."""

    issuer = URL(
        config=True,
        env="OIDC_ISSUER",
        help="""
        The provider's issuer identifier, exactly as the provider writes it (mind a slash at the end).

        This one URL sets up an OpenID provider: endpoints and keys are read from its
        ``/.well-known/openid-configuration``, ID tokens are verified against it, and the defaults of `scope` and
        `username_claim` become those of OpenID Connect. Set URLs (`authorize_url` and so on) win over discovered ones.

        Environment: ``OIDC_ISSUER``.

        .. versionadded:: 0.1
        """,
    )

    discovery_url = URL(
        config=True,
        help="""
        Where the provider's metadata are, if not at `issuer` + ``/.well-known/openid-configuration``.

        .. versionadded:: 0.1
        """,
    )

    jwks_url = URL(
        config=True,
        help="""
        Where the provider's public keys are, for providers without discovery.

        With it, ID tokens are verified by signature; set `issuer` too, so that their ``iss`` is compared. When these
        two and all the URLs are set, nothing is discovered.

        .. versionadded:: 0.1
        """,
    )

    authorize_url = URL(
        config=True,
        env="OAUTH2_AUTHORIZE_URL",
        help="""
        The provider's authorization endpoint, where the browser is sent. Environment: ``OAUTH2_AUTHORIZE_URL``.

        .. versionadded:: 0.1
        """,
    )

    token_url = URL(
        config=True,
        env="OAUTH2_TOKEN_URL",
        help="""
        The provider's token endpoint. Environment: ``OAUTH2_TOKEN_URL``.

        .. versionadded:: 0.1
        """,
    )

    userdata_url = URL(
        config=True,
        env="OAUTH2_USERDATA_URL",
        help="""
        Where the user's data are asked for (OpenID's userinfo endpoint). Environment: ``OAUTH2_USERDATA_URL``.

        Cannot be combined with `userdata_from_id_token`.

        .. versionadded:: 0.1
        """,
    )

    userdata_from_id_token = Bool(
        False,
        config=True,
        help="""
        Take the user's data from the verified ID token, and make no userinfo request.

        .. versionadded:: 0.1
        """,
    )

    userdata_params = Dict(
        config=True,
        help="""
        More query parameters of the userinfo request.

        .. versionadded:: 0.1
        """,
    )

    userdata_token_method = EnvUnicode(
        "header",
        config=True,
        env="OAUTH2_USERDATA_REQUEST_TYPE",
        help="""
        How the userinfo request carries the access token: ``header``, or ``url`` for providers that know no better.

        With ``url`` the token lands in the logs of every proxy on the way (RFC 9700 §4.3.2).
        Environment: ``OAUTH2_USERDATA_REQUEST_TYPE``.

        .. versionadded:: 0.1
        """,
    )

    id_token_signed_response_alg = Set(
        Unicode(),
        default_value=ASYMMETRIC_ALGORITHMS,
        config=True,
        help="""
        The signature algorithms that are accepted of an ID token. ``none`` never is.

        Default: all asymmetric ones (RS, PS and ES with 256, 384 and 512, and EdDSA). The HMAC algorithms (HS256,
        HS384, HS512), keyed with `client_secret`, must be named to be accepted.

        .. versionadded:: 0.1
        """,
    )

    trusted_provider_hosts = Set(
        Unicode(),
        config=True,
        help="""
        Host names, other than the issuer's own, on which its metadata may put endpoints.

        Needed for the few providers that spread over several hosts; the start-up message names those missing.

        .. versionadded:: 0.1
        """,
    )
