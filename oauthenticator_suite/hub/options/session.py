"""Options on sessions: refresh and logout."""

from __future__ import annotations

from traitlets import Bool, Callable, Enum, Float, Integer, List, Unicode

from .access import AccessOptions
from .trait_types import APIURL, URL


class SessionOptions(AccessOptions):
    """Options on refresh and logout for every kind of sign-in.

    JupyterHub's own options complete them: `auth_refresh_age`, `refresh_pre_spawn` and the rest.
    """

    refresh_user_hook = Callable(
        None,
        allow_none=True,
        config=True,
        help="""
        A function ``hook(authenticator, user, auth_state)``, which may be async, that is called before each refresh.

        It returns True to keep the user unchanged, False to require a new sign-in, a dict as the new authentication
        model, or None for a normal refresh. If it raises an exception, the user must sign in again.

        .. versionadded:: 0.1
        """,
    )

    refresh_outage_grace = Float(
        3600.0,
        min=0.0,
        config=True,
        help="""
        The grace period in seconds while the provider does not answer a refresh. Default: 3600.

        Users stay signed in for this time; 0 signs them out at the first refresh that fails. Blocks and restrictions
        are still checked, with the data that are known.

        .. versionadded:: 0.1
        """,
    )

    session_max_age = Float(
        0.0,
        min=0.0,
        config=True,
        help="""
        The maximum age of a session in seconds, counted from the sign-in. Default: 0, no maximum.

        After that time the user's sessions end in all browsers, and the user must sign in again. Tokens that the user
        created for programs, and running servers, continue. With this option each sign-in ends the user's sessions in
        other browsers, so that none of them outlasts its time.

        The age is checked at a refresh, so a session may last up to `auth_refresh_age` seconds longer.

        .. versionadded:: 0.1
        """,
    )

    session_idle_timeout = Float(
        0.0,
        min=0.0,
        config=True,
        help="""
        The time in seconds without a request of the user's browsers after which the user's sessions end. Default: 0, no
        limit.

        A request to the Hub counts, and so does an open JupyterLab. A request with a token that the user created for a
        program does not count. The time is measured at refreshes: a session ends at the latest `auth_refresh_age` and a
        twentieth of this option later.

        .. versionadded:: 0.1
        """,
    )

    logout_scope = Enum(
        ["all", "browser"],
        "all",
        config=True,
        help="""
        Which sessions a logout at the Hub ends: those of the user in ``all`` browsers, or only the one in this
        ``browser``. Default: ``all``.

        JupyterHub has one cookie value for all browsers of a user, and ``all`` replaces it. Tokens that the user
        created for programs, and running servers, continue in both cases.

        Danger: with ``browser``, a cookie that was copied before the logout stays valid until the user's sessions end
        in another way. The provider's tokens stay stored as well, because the other browsers need them.

        .. versionadded:: 0.1
        """,
    )

    revoke_tokens_on_denial = Bool(
        False,
        config=True,
        help="""
        Delete a user's API tokens when the user is in `blocked_users`, or when the account no longer exists where the
        user signed in. Default: False.

        Without this option a denied user's tokens are refused, and they are valid again after a permitted sign-in.

        Danger: a deletion cannot be undone.

        .. versionadded:: 0.1
        """,
    )

    stop_servers_on_denial = Bool(
        False,
        config=True,
        help="""
        Stop a user's running servers when a refresh finds that the user may no longer use the Hub. Default: False.

        Without this option the servers keep running until they are stopped, and a server may let the user's browser in
        for five more minutes, or for as long as a page stays open.

        .. versionadded:: 0.1
        """,
    )

    logout_redirect_url = URL(
        config=True,
        env="OAUTH_LOGOUT_REDIRECT_URL",
        help="""
        The URL to which the browser is sent after logout. Environment: ``OAUTH_LOGOUT_REDIRECT_URL``.

        With `rp_initiated_logout` the browser is sent to the provider first.

        .. versionadded:: 0.1
        """,
    )


class ProviderSessionOptions(SessionOptions):
    """Options on sessions where a provider issues tokens and has sessions too."""

    reauthenticate_after = Integer(
        None,
        allow_none=True,
        min=0,
        config=True,
        help="""
        The time in seconds after which a login at the provider is too old for a new login at the Hub. Default: None,
        any age.

        The provider may otherwise sign the user in again without a question. With 0, it asks at each login. The ID
        token must show when the user signed in at the provider (``auth_time``), so this needs OpenID Connect.

        .. versionadded:: 0.1
        """,
    )

    acr_values = List(
        Unicode(),
        config=True,
        help="""
        Demand that users sign in at the provider in one of these ways, the preferred one first, such as ``["mfa"]``.
        Default: empty, in any way.

        The values are the provider's. The ID token must show one of them (``acr``), so this needs OpenID Connect. It
        takes the place of ``acr_values`` in `extra_authorize_params`.

        .. versionadded:: 0.1
        """,
    )

    user_data_max_age = Float(
        300.0,
        min=0.0,
        config=True,
        help="""
        How long the user's data from the provider (claims, groups) are used without asking again, in seconds.
        Default: 300.

        When the Hub refreshes a user (see `auth_refresh_age`) and the data are younger and the access token is valid,
        the provider is not asked. The access rules are checked in any case. Needs `enable_auth_state`.

        .. versionadded:: 0.1
        """,
    )

    validate_token_url = APIURL(
        config=True,
        help="""
        A URL at the provider that tells whether an access token is valid. It must answer a GET request with the token
        as Bearer with 2xx for a valid token, and with 401 or 403 for an invalid one. It may be a path below
        `api_base_url`.

        It is used at a refresh of users whose data come from the ID token. Without it, such a refresh does not ask
        the provider. Any other answer counts as an outage (see `refresh_outage_grace`).

        .. versionadded:: 0.1
        """,
    )

    introspection_url = URL(
        config=True,
        help="""
        The provider's introspection endpoint (RFC 7662), which tells whether an access token is still active.

        It is used at a refresh of users whose data come from the ID token, unless `validate_token_url` is set. The Hub
        authenticates there as at the token endpoint. Default: the ``introspection_endpoint`` in the provider's
        metadata, if nothing else shows that a token was revoked: the provider has no userinfo endpoint, or the user has
        no refresh token.

        .. versionadded:: 0.1
        """,
    )

    rp_initiated_logout = Bool(
        config=True,
        help="""
        Log out at the provider too: logout from the Hub sends the browser to the provider's logout page. Default:
        True when `end_session_url` is set, else False.

        The page is the ``end_session_endpoint`` in the provider's metadata, or `end_session_url`. At the provider,
        register ``…/hub/oauth_logged_out`` as the URL to return to (``post_logout_redirect_uris``), in addition to
        the callback URL. With `enable_auth_state` the request names the session to end, and most providers then ask
        no question.

        .. versionadded:: 0.1
        """,
    )

    end_session_url = URL(
        config=True,
        help="""
        The provider's logout page (``end_session_endpoint`` in OpenID Connect), for providers whose metadata lack it.

        Setting it switches `rp_initiated_logout` on.

        .. versionadded:: 0.1
        """,
    )

    revoke_tokens_on_logout = Bool(
        False,
        config=True,
        help="""
        Revoke the user's tokens at the provider when the user logs out (RFC 7009). Default: False.

        The endpoint is the ``revocation_endpoint`` in the provider's metadata, or `revocation_url`. When the provider
        does not answer or refuses, the Hub logs a warning and the user is logged out. Needs `enable_auth_state`.

        Danger: the user's servers may still run and use these tokens.

        .. versionadded:: 0.1
        """,
    )

    revocation_url = URL(
        config=True,
        help="""
        The provider's revocation endpoint (RFC 7009), for providers whose metadata lack it.

        .. versionadded:: 0.1
        """,
    )

    backchannel_logout = Bool(
        False,
        config=True,
        help="""
        Let the provider end sessions of this Hub (OpenID Connect Back-Channel Logout). Default: False.

        At the provider, register ``…/hub/oauth_backchannel_logout`` (``backchannel_logout_uri``). A valid logout
        token ends the user's sessions on this Hub in all browsers. Needs `issuer` and `enable_auth_state`.

        .. versionadded:: 0.1
        """,
    )

    frontchannel_logout = Bool(
        False,
        config=True,
        help="""
        Let the provider's logout page end the sessions of the user in this browser (OpenID Connect Front-Channel
        Logout). Default: False.

        At the provider, register ``…/hub/oauth_frontchannel_logout`` (``frontchannel_logout_uri``), and require the
        session in its query. The provider opens the page in a frame. Most browsers send no cookies from a frame, and
        then no session ends: prefer `backchannel_logout`. Needs `issuer` and `enable_auth_state`.

        .. versionadded:: 0.1
        """,
    )
