"""The options of every authenticator that sends the browser to a provider."""

from __future__ import annotations

from traitlets import Bool, Callable, Dict, Enum, Float, Integer, List, Set, Unicode, Union

from ...policy.judges import has_scopes
from ...protocol.algorithms import ASYMMETRIC_ALGORITHMS
from ..traits import URL, EnvBool, EnvUnicode, rule
from .claims import ClaimOptions
from .session import ProviderSessionOptions


class OAuthOptions(ProviderSessionOptions, ClaimOptions):
    """Options of an OAuth 2.0 or OpenID Connect login."""

    # --- the provider ------------------------------------------------------------------------------------------------

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

    # --- this hub as its client --------------------------------------------------------------------------------------

    client_id = Unicode(
        config=True,
        help="""
        The client ID that the provider gave this Hub.

        Environment: the provider's own variable (such as ``GITHUB_CLIENT_ID``), else ``OAUTH_CLIENT_ID``.

        .. versionadded:: 0.1
        """,
    )

    client_secret = Unicode(
        config=True,
        help="""
        The client secret that the provider gave this Hub; empty for a public client.

        Environment: the provider's own variable (such as ``GITHUB_CLIENT_SECRET``), else ``OAUTH_CLIENT_SECRET``.
        See also `client_secret_file`.

        .. versionadded:: 0.1
        """,
    )

    client_secret_file = Unicode(
        config=True,
        help="""
        A file that holds the client secret, such as a mounted Kubernetes secret; white space around it is dropped.

        Read again when it has changed. Cannot be combined with `client_secret`.

        .. versionadded:: 0.1
        """,
    )

    client_auth_method = Enum(
        ["", "client_secret_basic", "client_secret_post", "none"],
        "",
        config=True,
        help="""
        How the Hub proves itself at the token endpoint (RFC 6749 §2.3.1). Chosen by itself when empty.

        ``client_secret_basic``: in the Authorization header. ``client_secret_post``: in the body.
        ``none``: a public client, by PKCE alone. Empty: what the provider's metadata offer, body first; or as
        `basic_auth` says.

        .. versionadded:: 0.1
        """,
    )

    basic_auth = EnvBool(
        False,
        config=True,
        env="OAUTH2_BASIC_AUTH",
        help="""
        Send client ID and secret as HTTP Basic authentication instead of in the body.

        The same as ``client_auth_method = "client_secret_basic"``. Environment: ``OAUTH2_BASIC_AUTH``.

        .. versionadded:: 0.1
        """,
    )

    enable_pkce = Bool(
        True,
        config=True,
        help="""
        Bind each authorization code to the browser that asked for it (PKCE with S256, RFC 7636).

        Leave this on. Providers that do not know PKCE ignore it; off is for those that refuse unknown parameters.

        .. versionadded:: 0.1
        """,
    )

    oauth_callback_url = URL(
        config=True,
        env="OAUTH_CALLBACK_URL",
        help="""
        The redirect URI as registered at the provider: ``https://hub.example.org/hub/oauth_callback``.

        Empty: made from ``JupyterHub.public_url``, else guessed from each request, which is wrong behind
        proxies that do not pass on the scheme and host. Environment: ``OAUTH_CALLBACK_URL``.

        .. versionadded:: 0.1
        """,
    )

    scope = List(
        Unicode(),
        config=True,
        help="""
        The scopes to ask for. Default: ``openid``, ``profile`` and ``email`` with `issuer`, else none.

        .. versionadded:: 0.1
        """,
    )

    extra_authorize_params = Dict(
        config=True,
        help="""
        More query parameters of the redirect to the provider, such as ``{"prompt": "consent"}``.

        Those that make a login safe (state, nonce, redirect_uri, code_challenge …) cannot be replaced.

        .. versionadded:: 0.1
        """,
    )

    token_params = Dict(
        config=True,
        help="""
        More fields of the token request. The code, redirect_uri and code_verifier cannot be replaced.

        .. versionadded:: 0.1
        """,
    )

    # --- the user ----------------------------------------------------------------------------------------------------

    username_claim = Union(
        [Unicode(), Callable()],
        config=True,
        help="""
        Which claim of the user's data becomes the username: its key, with dots for nested ones, or a callable that
        gets the user's data and returns the name. A whole number becomes its digits.

        Choose a claim that the provider never gives to somebody else, and that users cannot edit.
        Default: ``preferred_username`` with `issuer`, else ``username``. Environment: ``OAUTH2_USERNAME_KEY``.

        .. versionadded:: 0.1
        """,
    )

    allowed_scopes = List(
        Unicode(),
        config=True,
        help="""
        Let in users who were granted all of these scopes. They must be among those in `scope`.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("allowed", has_scopes))

    collect_emails = Bool(
        False,
        config=True,
        help="""
        Keep the user's verified e-mail addresses in `auth_state`, as the list ``emails``, for a spawner's use.

        Only addresses that the provider vouches for. Needs the scope that tells them (``email``) and
        `enable_auth_state`.

        .. versionadded:: 0.1
        """,
    )

    login_service = Unicode(
        config=True,
        help="""
        The provider's name on the sign-in button. Default: that of the class, else ``OpenID Connect`` with `issuer`,
        else ``OAuth 2.0``. Environment: ``LOGIN_SERVICE``.

        .. versionadded:: 0.1
        """,
    )

    # --- talking to the provider -------------------------------------------------------------------------------------

    provider_timeout = Float(
        10.0,
        min=0.1,
        config=True,
        help="""
        Seconds that one request to the provider may take in all, from connecting to the last byte.

        A provider that keeps silent for 45 % of this time is given up then.

        .. versionadded:: 0.1
        """,
    )

    max_provider_connections = Integer(
        100,
        min=1,
        config=True,
        help="""
        How many connections to the provider may be open at once; further requests wait for one.

        .. versionadded:: 0.1
        """,
    )

    user_agent = Unicode(
        config=True,
        help="""
        The User-Agent of requests to the provider. Some providers want a contact in it.
        Default: ``oauthenticator_suite/`` and the version.

        .. versionadded:: 0.1
        """,
    )

    http_request_kwargs = Dict(
        config=True,
        help="""
        How requests to the provider are made, under the option names of tornado's HTTPRequest: ``proxy_host``,
        ``proxy_port``, ``proxy_username``, ``proxy_password``, ``ca_certs``, ``client_cert``, ``client_key``,
        ``connect_timeout``, ``request_timeout``, ``user_agent``, ``validate_cert``. Another name stops the start-up.

        .. versionadded:: 0.1
        """,
    )

    validate_server_cert = EnvBool(
        True,
        config=True,
        env="OAUTH_TLS_VERIFY",
        help="""
        Verify the provider's TLS certificate. Environment: ``OAUTH_TLS_VERIFY``.

        Off, whoever sits on the network between can sign in as anybody. For a private certificate authority, set
        ``http_request_kwargs = {"ca_certs": "/path/to/ca.pem"}`` instead.

        .. versionadded:: 0.1
        """,
    )

    allow_insecure_http = Bool(
        False,
        config=True,
        help="""
        Accept provider URLs that begin with ``http:``. On loopback addresses they always are accepted.

        With it, client secret and tokens cross the network for everybody on it to read.

        .. versionadded:: 0.1
        """,
    ).tag(allow_config=False)
