"""The options of every authenticator that sends the browser to a provider."""

from __future__ import annotations

from traitlets import Bool, Callable, Dict, Enum, List, Unicode, Union

from ...policy.predicates import has_scopes
from .claims import ClaimOptions
from .provider import ProviderOptions
from .trait_types import URL, EnvBool, rule
from .transport import TransportOptions


class OAuthOptions(ProviderOptions, TransportOptions, ClaimOptions):
    """Options of an OAuth 2.0 or OpenID Connect login."""

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
