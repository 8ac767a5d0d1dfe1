"""The routes of `MultiAuthenticator` and its children."""

from __future__ import annotations

from typing import Any

from jupyterhub.handlers import BaseHandler
from tornado.web import RedirectHandler

from ...errors import ConfigurationError
from ...hub.base.authenticator import SuiteAuthenticator
from ..startup.checks import naming_child
from .child_handlers import ChildHandler
from .choices_page import ChoicesHandler, EnabledHandler, LogoutRedirectHandler
from .earlier_urls import EarlierLoginHandler
from .foreign_handlers import ForeignChildHandler, with_error_page
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
    ]
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
            if path in taken:
                raise ConfigurationError(
                    f"{taken[path]} and {provider} both have a page at /hub{path}: only one of them can be used"
                )
            taken[path] = provider
            routes.append((path, _child_handler(handler, multi, provider), *rest))
        for page, url in (("login", child.login_url), ("logout", child.logout_url)):
            path = f"/auth/{provider}/{page}"
            if path not in taken:
                routes.append((path, RedirectHandler, {"url": url(app.hub_prefix), "permanent": False}))
    routes += [(path, EarlierLoginHandler) for path in ("/oauth_login", "/oauth_callback") if path not in taken]
    return routes


def _child_handler(handler: type, multi: Parent, provider: str) -> type:
    """Return a subclass of a child's handler that uses the child as its authenticator."""
    if not issubclass(handler, BaseHandler):
        return handler
    of_suite = isinstance(multi.children[provider], SuiteAuthenticator)
    body: dict[str, Any] = {"__module__": handler.__module__, "__doc__": handler.__doc__}
    body.update(multi=multi, provider=provider)
    if not of_suite:
        methods = (method.lower() for method in BaseHandler.SUPPORTED_METHODS)
        body.update((name, with_error_page(getattr(handler, name))) for name in methods if name != "options")
    return type(handler.__name__, (ChildHandler if of_suite else ForeignChildHandler, handler), body)
