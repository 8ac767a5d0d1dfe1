"""The Hub's routes for the logins of one `OAuthenticator`."""

from __future__ import annotations

from typing import Any, Protocol

from ...protocol.front_channel import takes_form_post
from ..base.plug_in import provider_of
from ..logout.handlers import BackchannelLogoutHandler, FrontchannelLogoutHandler, LoggedOutHandler
from ..status.routes import common_routes
from ..web.login_page import LoginPageHandler
from ..web.paths import Paths
from ..web.result import REFERENCE
from .connection import ProviderConnection
from .form_post import with_form_post
from .initiated_login import InitiateLoginHandler
from .jwks_handler import ClientKeysHandler
from .login_handlers import OAuthEnabledHandler, OAuthRevokeHandler
from .request_objects import RequestObjectHandler
from .result_handler import OAuthResultHandler

Route = tuple[str, Any]
"""A path below the Hub's base URL, as a regular expression, and its handler."""


class RoutedAuthenticator(Protocol):
    """The part of `OAuthenticator` that decides about its routes."""

    paths: Paths
    connection: ProviderConnection
    response_mode: str
    request_object: str
    initiate_login: bool
    rp_initiated_logout: bool
    backchannel_logout: bool
    frontchannel_logout: bool
    login_handler: Any
    callback_handler: Any
    logout_handler: Any

    @property
    def all_paths(self) -> tuple[Paths, ...]:
        """`paths`, and for the only login of a Hub also those that it would have as one of several."""


def routes_of(authenticator: RoutedAuthenticator) -> list[Route]:
    """The routes: pages, the login itself at all its paths, and what the provider calls at a logout."""
    paths = authenticator.paths
    routes: list[Route] = [] if paths.sign_in_page is None else [(f"/{paths.sign_in_page}", LoginPageHandler)]
    routes += common_routes()
    callback = authenticator.callback_handler
    if takes_form_post(authenticator.response_mode):
        callback = with_form_post(callback)
    for each in authenticator.all_paths:
        routes += [
            (f"/{each.login}", authenticator.login_handler),
            (f"/{each.callback}", callback),
            (f"/{each.logout}", authenticator.logout_handler),
            (f"/{each.revoke}", OAuthRevokeHandler),
        ]
    routes.append((f"/{paths.result}(?:/{REFERENCE})?", OAuthResultHandler))
    if paths == Paths():
        routes.append((f"/auth/{provider_of(type(authenticator))}/enabled", OAuthEnabledHandler))
    if authenticator.request_object == "reference":
        routes += [(f"/{each.request_object}", RequestObjectHandler) for each in authenticator.all_paths]
    if authenticator.initiate_login:
        routes += [(f"/{each.initiate}", InitiateLoginHandler) for each in authenticator.all_paths]
    if authenticator.rp_initiated_logout:
        routes.append((f"/{paths.logged_out}", LoggedOutHandler))
    if authenticator.backchannel_logout:
        routes.append((f"/{paths.backchannel_logout}", BackchannelLogoutHandler))
    if authenticator.frontchannel_logout:
        routes.append((f"/{paths.frontchannel_logout}", FrontchannelLogoutHandler))
    if authenticator.connection.has_public_keys:
        routes += [(f"/{each.jwks}", ClientKeysHandler) for each in authenticator.all_paths]
    return routes
