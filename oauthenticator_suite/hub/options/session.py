"""The options on how long a login lasts: refreshing it, and logging out."""

from __future__ import annotations

from traitlets import Callable, Float

from ..traits import URL
from .access import AccessOptions


class SessionOptions(AccessOptions):
    """Options of what happens after a login. JupyterHub's own, `auth_refresh_age` and the like, are inherited."""

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

    logout_redirect_url = URL(
        config=True,
        env="OAUTH_LOGOUT_REDIRECT_URL",
        help="""
        Where the browser goes after logging out of the Hub. Environment: ``OAUTH_LOGOUT_REDIRECT_URL``.

        .. versionadded:: 0.1
        """,
    )
