"""The routes of `MultiAuthenticator` and its children."""

from __future__ import annotations

from typing import Any

from jupyterhub.handlers import BaseHandler, LogoutHandler
from tornado.web import RedirectHandler

from ...errors import ConfigurationError
from ...hub.base.authenticator import SuiteAuthenticator
from ...hub.status.routes import common_routes
from ...hub.web.pages import SignInHandler
from ..startup.checks import naming_child
from .child_handlers import ChildHandler
from .choices_page import ChoicesHandler, EnabledHandler, LogoutRedirectHandler
from .earlier_urls import EarlierLoginHandler
from .foreign_handlers import ForeignChildHandler, ForeignLogoutHandler, with_error_page
from .parent import Parent


def all_routes(multi: Parent, app: Any) -> list[Any]:
    """Return the routes of the common pages and of all children. The children's start-up checks run here.

    Raises
    ------
    ConfigurationError
        If two children have a handler for the same path.
    """
    routes: list[Any] = [
        ("/login", ChoicesHandler),
        ("/logout", LogoutRedirectHandler),
        (r"/auth/([^/]+)/enabled", EnabledHandler),
        *common_routes(),
    ]
    common = {path for path, *_ in common_routes()}
    taken: dict[str, str] = {}
    for provider, child in list(multi.children.items()):
        try:
            with naming_child(provider):
                handlers = child.get_handlers(app)
        except Exception as error:
            if provider not in multi.discovered:
                raise
            multi.leave_out(provider, error)
            continue
        for path, handler, *rest in handlers:
            if path in common:
                continue
            if path in taken:
                raise ConfigurationError(
                    f"{taken[path]} and {provider} both have a page at /hub{path}: only one of them can be used"
                )
            taken[path] = provider
            routes.append((path, _child_handler(handler, multi, provider), *rest))
        for page, url in (("login", child.login_url), ("logout", child.logout_url)):
            path = f"/auth/{provider}/{page}"
            if path not in taken:
                routes.append((path, ChildRedirectHandler, {"url": url(app.hub_prefix), "permanent": False}))
    routes += [(path, EarlierLoginHandler) for path in ("/oauth_login", "/oauth_callback") if path not in taken]
    return routes


class ChildRedirectHandler(SignInHandler, RedirectHandler):
    """``GET /hub/auth/{provider}/login`` and ``…/logout``: redirect to the child's page, which has another path."""

    def set_default_headers(self) -> None:
        """Allow a referrer within the site, which tells the child's page whether a logout is intended."""
        super().set_default_headers()
        self.set_header("Referrer-Policy", "same-origin")


def _child_handler(handler: type, multi: Parent, provider: str) -> type:
    """Return a subclass of a child's handler that uses the child as its authenticator."""
    if not issubclass(handler, BaseHandler):
        return handler
    of_suite = isinstance(multi.children[provider], SuiteAuthenticator)
    body: dict[str, Any] = {"__module__": handler.__module__, "__doc__": handler.__doc__}
    body.update(multi=multi, provider=provider)
    base: type = ChildHandler
    if not of_suite:
        base = ForeignLogoutHandler if issubclass(handler, LogoutHandler) else ForeignChildHandler
        methods = {method.lower(): getattr(handler, method.lower()) for method in BaseHandler.SUPPORTED_METHODS}
        own = {name: method for name, method in methods.items() if method is not getattr(BaseHandler, name)}
        body.update((name, with_error_page(method)) for name, method in own.items() if name != "options")
    return type(handler.__name__, (base, handler), body)
