"""The options of every authenticator that signs users in at an OAuth provider."""

from __future__ import annotations

from traitlets import Bool, Callable, Dict, Enum, List, Unicode, Union

from ...policy.predicates import has_scopes
from .claims import ClaimOptions
from .provider import ProviderOptions
from .trait_types import URL, EnvBool, rule
from .transport import TransportOptions


class OAuthOptions(ProviderOptions, TransportOptions, ClaimOptions):
    """Options of an OAuth 2.0 or OpenID Connect login."""

    # --- the Hub as a client -----------------------------------------------------------------------------------------

    client_id = Unicode(
        config=True,
        help="""
        The client ID that the provider assigned to this Hub.

        Environment: the provider's own variable, such as ``GITHUB_CLIENT_ID``, else ``OAUTH_CLIENT_ID``.

        .. versionadded:: 0.1
        """,
    )

    client_secret = Unicode(
        config=True,
        help="""
        The client secret that the provider assigned to this Hub. Empty for a public client.

        Environment: the provider's own variable, such as ``GITHUB_CLIENT_SECRET``, else ``OAUTH_CLIENT_SECRET``.
        See also `client_secret_file`.

        .. versionadded:: 0.1
        """,
    )

    client_secret_file = Unicode(
        config=True,
        help="""
        The path of a file that holds the client secret, such as a mounted Kubernetes secret.

        The Hub strips white space around the secret, and reads the file again after it has changed. Cannot be combined
        with `client_secret`.

        .. versionadded:: 0.1
        """,
    )

    client_auth_method = Enum(
        ["", "client_secret_basic", "client_secret_post", "none"],
        "",
        config=True,
        help="""
        How the Hub authenticates at the token endpoint (RFC 6749 §2.3.1).

        ``client_secret_basic``: in the Authorization header. ``client_secret_post``: in the body. ``none``: as a public
        client, with PKCE alone. Empty, the default: as `basic_auth` says, else the method that the provider's metadata
        offer, preferably ``client_secret_post``.

        .. versionadded:: 0.1
        """,
    )

    basic_auth = EnvBool(
        False,
        config=True,
        env="OAUTH2_BASIC_AUTH",
        help="""
        Send client ID and secret with HTTP Basic authentication instead of in the body.

        Equivalent to ``client_auth_method = "client_secret_basic"``. Environment: ``OAUTH2_BASIC_AUTH``.

        .. versionadded:: 0.1
        """,
    )

    enable_pkce = Bool(
        True,
        config=True,
        help="""
        Bind each authorization code to the browser that requested it (PKCE with S256, RFC 7636).

        Leave this on. Providers without PKCE ignore it. Turn it off only if the provider rejects unknown parameters.

        .. versionadded:: 0.1
        """,
    )

    oauth_callback_url = URL(
        config=True,
        env="OAUTH_CALLBACK_URL",
        help="""
        The redirect URI that is registered at the provider: ``https://hub.example.org/hub/oauth_callback``.

        If empty, the Hub derives it from ``JupyterHub.public_url``, else from each request. The latter is wrong behind
        a proxy that does not forward the scheme and the host. Environment: ``OAUTH_CALLBACK_URL``.

        .. versionadded:: 0.1
        """,
    )

    scope = List(
        Unicode(),
        config=True,
        help="""
        The scopes to request. Default: those of the provider's class; for other providers ``openid``, ``profile`` and
        ``email`` with `issuer`, else none.

        .. versionadded:: 0.1
        """,
    )

    extra_authorize_params = Dict(
        config=True,
        help="""
        Additional query parameters of the redirect to the provider, such as ``{"prompt": "consent"}``.

        The parameters that secure a login (state, nonce, redirect_uri, code_challenge …) cannot be replaced.

        .. versionadded:: 0.1
        """,
    )

    token_params = Dict(
        config=True,
        help="""
        Additional fields of the token request. The fields code, redirect_uri and code_verifier cannot be replaced.

        .. versionadded:: 0.1
        """,
    )

    # --- the user ----------------------------------------------------------------------------------------------------

    username_claim = Union(
        [Unicode(), Callable()],
        config=True,
        help="""
        The claim that becomes the username: its key, with dots for a nested claim, or a callable that receives the
        user's data and returns the name. A whole number becomes its digits.

        Choose a claim that users cannot edit and that the provider never assigns to another account.
        Default: that of the provider's class; for other providers ``preferred_username`` with `issuer`, else
        ``username``. Environment: ``OAUTH2_USERNAME_KEY``, for `GenericOAuthenticator` only.

        .. versionadded:: 0.1
        """,
    )

    allowed_scopes = List(
        Unicode(),
        config=True,
        help="""
        Allow users whose access token has all of these scopes. Each of them must be in `scope` too.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("allowed", has_scopes))

    collect_emails = Bool(
        False,
        config=True,
        help="""
        Store the user's verified e-mail addresses in `auth_state`, as the list ``emails``, for use by a spawner.

        The list holds only addresses that the provider has verified. Needs a scope that includes them, such as
        ``email``, and `enable_auth_state`.

        .. versionadded:: 0.1
        """,
    )

    login_service = Unicode(
        config=True,
        help="""
        The provider's name on the sign-in button. Default: the name in the provider's class; for other providers
        ``OpenID Connect`` with `issuer`, else ``OAuth 2.0``. Environment: ``LOGIN_SERVICE``.

        .. versionadded:: 0.1
        """,
    )
