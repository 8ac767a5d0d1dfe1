"""The options on how long a login lasts: refreshing it, and logging out."""

from __future__ import annotations

from traitlets import Bool, Callable, Float

from .access import AccessOptions
from .trait_types import URL


class SessionOptions(AccessOptions):
    """Options of what happens after a login. JupyterHub's own, `auth_refresh_age` and the like, are inherited."""

    refresh_user_hook = Callable(
        None,
        allow_none=True,
        config=True,
        help="""
        A function ``hook(authenticator, user, auth_state)``, which may be async, asked before each refresh.

        True: nothing is new. False: the user must log in again. A dict: the new authentication model.
        None: refresh as usual. If it raises, the user must log in again.

        .. versionadded:: 0.1
        """,
    )

    refresh_outage_grace = Float(
        3600.0,
        min=0.0,
        config=True,
        help="""
        Seconds for which signed-in users stay while the provider does not answer a refresh; 0 logs them out at once.

        Blocks and restrictions are judged in the meantime on what is known.

        .. versionadded:: 0.1
        """,
    )

    logout_redirect_url = URL(
        config=True,
        env="OAUTH_LOGOUT_REDIRECT_URL",
        help="""
        Where the browser goes after logging out of the Hub. Environment: ``OAUTH_LOGOUT_REDIRECT_URL``.

        With `rp_initiated_logout` it goes to the provider first, and then there.

        .. versionadded:: 0.1
        """,
    )


class ProviderSessionOptions(SessionOptions):
    """What can be said of it where a provider signs people in, gives tokens, and has sessions of its own."""

    user_data_max_age = Float(
        300.0,
        min=0.0,
        config=True,
        help="""
        Seconds for which the user's data at the provider (claims, groups) are taken to be the same.

        When the Hub refreshes a user (see `auth_refresh_age`) whose data are younger and whose token is good, the
        provider is not asked; the rules on access are judged all the same. Needs `enable_auth_state`.

        .. versionadded:: 0.1
        """,
    )

    validate_token_url = URL(
        config=True,
        help="""
        Where the provider tells whether an access token is still good: 2xx to a GET with a good one as Bearer, 401 or
        403 to another.

        For users whose data come from the ID token: a refresh then asks here, where it would ask nobody. Any other
        answer counts as an outage (see `refresh_outage_grace`).

        .. versionadded:: 0.1
        """,
    )

    rp_initiated_logout = Bool(
        config=True,
        help="""
        Log out at the provider too: logging out of the Hub sends the browser to the provider's logout page.

        That page is the ``end_session_endpoint`` of the provider's metadata, or `end_session_url`. Register
        ``…/hub/oauth_logged_out`` at the provider, beside the callback URL, as the place to return to
        (``post_logout_redirect_uris``). With `enable_auth_state` the provider is told whose login ends, and most then
        ask no question.

        Default: True where `end_session_url` is set, else False.

        .. versionadded:: 0.1
        """,
    )

    end_session_url = URL(
        config=True,
        help="""
        The provider's logout page (OpenID's ``end_session_endpoint``), where its metadata do not tell.

        Setting it switches `rp_initiated_logout` on.

        .. versionadded:: 0.1
        """,
    )

    revoke_tokens_on_logout = Bool(
        False,
        config=True,
        help="""
        Have the provider revoke the user's tokens when they log out (RFC 7009).

        The endpoint is the ``revocation_endpoint`` of the provider's metadata, or `revocation_url`. Where the provider
        does not answer or refuses, the log has a warning and the user is logged out all the same. Needs
        `enable_auth_state`.

        Mind that servers of the user may still run and use these tokens.

        .. versionadded:: 0.1
        """,
    )

    revocation_url = URL(
        config=True,
        help="""
        The provider's revocation endpoint (RFC 7009), where its metadata do not tell.

        .. versionadded:: 0.1
        """,
    )

    backchannel_logout = Bool(
        False,
        config=True,
        help="""
        Let the provider end sessions of this Hub (OpenID Connect Back-Channel Logout).

        Register ``…/hub/oauth_backchannel_logout`` at the provider (``backchannel_logout_uri``). A valid logout token
        ends the user's sessions on this Hub in all browsers. Needs `issuer` and `enable_auth_state`.

        .. versionadded:: 0.1
        """,
    )

    frontchannel_logout = Bool(
        False,
        config=True,
        help="""
        Let the provider's logout page end this browser's user's sessions (OpenID Connect Front-Channel Logout).

        Register ``…/hub/oauth_frontchannel_logout`` at the provider (``frontchannel_logout_uri``), with the session
        required. The page is opened in a frame, where browsers by default send no cookies: then nothing happens.
        Prefer `backchannel_logout`. Needs `issuer` and `enable_auth_state`.

        .. versionadded:: 0.1
        """,
    )
