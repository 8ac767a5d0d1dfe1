"""The option for logins that another site starts."""

from __future__ import annotations

from traitlets import Bool, HasTraits


class InitiatedLoginOptions(HasTraits):
    """The option for third-party initiated login."""

    initiate_login = Bool(
        False,
        config=True,
        help="""
        Let other sites, such as a portal of the provider, start a login (OpenID Connect Core §4). Default: False.

        At the provider, register ``…/hub/oauth_initiate`` (``initiate_login_uri``). A request there, by GET or POST,
        must name exactly `issuer` as ``iss``. It may name a page of the Hub (``target_link_uri``) and the user
        (``login_hint``). It only starts a login. Needs `issuer`.

        .. versionadded:: 0.1
        """,
    )
