"""Where each of several ways to sign in is answered, and by which class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyterhub.handlers import BaseHandler
from tornado.web import RedirectHandler

from ...errors import ConfigurationError
from ...hub.base.authenticator import SuiteAuthenticator
from ..startup.checks import told_of
from .child_handlers import OfChild
from .choices_page import ChoicesHandler, EnabledHandler, LeaveHandler
from .foreign_handlers import OfForeignChild, told_by_our_page

if TYPE_CHECKING:
    from ..authenticator import MultiAuthenticator


def routes_of_all(multi: MultiAuthenticator, app: Any) -> list[Any]:
    """The pages of all together, and each one's own requests; also where the children's start-up checks run.

    Raises
    ------
    ConfigurationError
        When two answer at one path.
    """
    routes: list[Any] = [
        ("/login", ChoicesHandler),
        ("/logout", LeaveHandler),
        (r"/auth/([^/]+)/enabled", EnabledHandler),
    ]
    taken: dict[str, str] = {}
    for provider, child in list(multi.children.items()):
        try:
            with told_of(provider):
                theirs = child.get_handlers(app)
        except Exception as error:
            if provider not in multi.discovered:
                raise
            multi.leave_out(provider, error)
            continue
        for path, handler, *rest in theirs:
            if path in taken:
                raise ConfigurationError(f"{taken[path]} and {provider} both answer at /hub{path}: use one of them")
            taken[path] = provider
            routes.append((path, _handler_of_child(handler, multi, provider), *rest))
        for page, url in (("login", child.login_url), ("logout", child.logout_url)):
            path = f"/auth/{provider}/{page}"
            if path not in taken:
                routes.append((path, RedirectHandler, {"url": url(app.hub_prefix), "permanent": False}))
    return routes


def _handler_of_child(handler: type, multi: MultiAuthenticator, provider: str) -> type:
    """The class of a child's requests, of the one that the child has when it is alone."""
    if not issubclass(handler, BaseHandler):
        return handler
    ours = isinstance(multi.children[provider], SuiteAuthenticator)
    body: dict[str, Any] = {"__module__": handler.__module__, "__doc__": handler.__doc__}
    body.update(multi=multi, provider=provider)
    if not ours:
        verbs = (method.lower() for method in BaseHandler.SUPPORTED_METHODS)
        body.update((verb, told_by_our_page(getattr(handler, verb))) for verb in verbs if verb != "options")
    return type(handler.__name__, (OfChild if ours else OfForeignChild, handler), body)
