"""The requests of a Hub with several ways to sign in: the page that offers them, and each one's own."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakValueDictionary

from jinja2 import Template
from jupyterhub.auth import Authenticator
from jupyterhub.handlers import BaseHandler
from jupyterhub.handlers.login import LoginHandler, LogoutHandler
from jupyterhub.user import User
from jupyterhub.utils import maybe_future
from tornado import web
from tornado.escape import url_escape
from tornado.httputil import url_concat

from ..errors import HookError, SuiteError
from ..hub.attempts import Attempts
from ..hub.authenticator import OAuthenticator
from ..hub.base import SuiteAuthenticator
from ..hub.logout_handlers import SuiteLogoutHandler
from ..hub.next_url import safe_next_url
from ..hub.pages import SIGN_IN_CHOICES, SignInHandler
from ..hub.sign_in_form import sign_in_form
from ..hub.signed_in import SignedInHandler
from .child import OF_THE_HUB

if TYPE_CHECKING:
    from jupyterhub.handlers import BaseHandler as _Handler

    from .authenticator import MultiAuthenticator
else:
    _Handler = object

_ICONS = "components/@fortawesome/fontawesome-free/svgs"
"""Where JupyterHub has Font Awesome's pictures, among its static files."""

_turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
"""A lock for each name under which somebody is signing in at this moment."""


class OfChild(_Handler):
    """A request of one of several: whatever a handler asks its authenticator, it asks the child."""

    multi: ClassVar[MultiAuthenticator]
    provider: ClassVar[str]

    _refreshing = False

    @property
    def authenticator(self) -> Authenticator:
        """The child; but who is signed in already is perhaps another child's."""
        return self.multi if self._refreshing else self.multi.children[self.provider]

    @property
    def log(self) -> Any:
        """The child's, whose lines name it."""
        return self.multi.children[self.provider].log

    async def refresh_auth(self, user: User, force: bool = False) -> User | None:
        """As of the Hub: the child that the user signs in with is asked, and not the one that this request is of."""
        self._refreshing = True
        try:
            return await super().refresh_auth(user, force)
        finally:
            self._refreshing = False

    async def auth_to_user(self, authenticated: dict[str, Any], user: User | None = None) -> User:
        """As of the Hub. Of two who sign in under one name at the same time, in two places, one has it first."""
        if user is not None:  # a refresh, which is nothing of this child's handler
            refreshed: User = await BaseHandler.auth_to_user(self, authenticated, user)
            return refreshed
        turn = _turns.setdefault(authenticated["name"], asyncio.Lock())
        async with turn:
            await self._refuse_anothers_account(authenticated)
            return await super().auth_to_user(authenticated, user)

    async def handle_logout(self) -> None:
        """As of the child. Somebody of another's may be here: their tokens are handed back to where they are from."""
        user = self.current_user
        owner = await self.multi.accounts.child_of(user) if user else None
        if isinstance(owner, OAuthenticator) and owner is not self.authenticator:
            await owner.logouts.drop_tokens(user)
        await maybe_future(super().handle_logout())

    async def _refuse_anothers_account(self, model: dict[str, Any]) -> None:
        """Once more, as it is now that nobody else signs in under this name; our own handlers do so themselves."""
        if isinstance(self, SignedInHandler):
            return
        accounts, child = self.multi.accounts, self.multi.children[self.provider]
        before = await accounts.admit(self.provider, self, model)
        if child.enable_auth_state:
            accounts.stamp(self.provider, model, before)

    def other_ways_url(self) -> str:
        """The page that offers all ways."""
        return self.multi.choices_url(self, self.intended_url() if isinstance(self, SignInHandler) else "")


class OfForeignChild(OfChild, SignInHandler):
    """A request of an authenticator of another package, whose handlers know neither our errors nor others beside it."""

    def set_default_headers(self) -> None:
        """As of the child: what its pages need to know of each other is not ours to say."""
        super(SignInHandler, self).set_default_headers()

    async def prepare(self) -> None:
        """As of the child, whose pages speak of users as the Hub does."""
        OF_THE_HUB.set(True)  # until the end of this request
        await maybe_future(super().prepare())

    async def login_user(self, data: Any = None) -> User | None:
        """As of the Hub; whatever else goes wrong than what the child has foreseen is an error of ours.

        Raises
        ------
        HookError
            For anything that is no error of ours or of tornado's.
        """
        try:
            return await super().login_user(data)
        except (SuiteError, web.HTTPError, web.Finish):
            raise
        except Exception as error:
            raise HookError(f"unexpected {type(error).__name__}") from error

    def intended_url(self) -> str:
        """``next``, if it is a path of this hub."""
        return safe_next_url(self.get_argument("next", ""))

    def render_template(self, name: str, *args: Any, **given: Any) -> Any:
        """As of the Hub. A form of the child's own, which is to be sent to the sign-in page, is sent to the child's."""
        if name != "login.html" and given.get("login_url") == self.settings["login_url"]:
            given["login_url"] = self.authenticator.login_url(self.hub.base_url)
        return super().render_template(name, *args, **given)

    async def render_logout_page(self) -> None:
        """As of the child. Where that is the Hub's own way, 302 to `MultiAuthenticator.logout_redirect_url`, if set."""
        own = super().render_logout_page
        if self.multi.logout_redirect_url and own.__func__ is LogoutHandler.render_logout_page:
            self.redirect(self.multi.logout_redirect_url)
        else:
            await own()


def _told(verb: Callable[..., Any]) -> Callable[..., Awaitable[None]]:
    """A verb of another package's handler, with our page for our errors."""

    @functools.wraps(verb)
    async def told(self: OfForeignChild, *args: Any, **kwargs: Any) -> None:
        try:
            await maybe_future(verb(self, *args, **kwargs))
        except SuiteError as error:
            await self.show_error(error)

    return told


def handler_of_child(handler: type, multi: MultiAuthenticator, provider: str) -> type:
    """The class of a child's requests, of the one that the child has when it is alone."""
    if not issubclass(handler, BaseHandler):
        return handler
    ours = isinstance(multi.children[provider], SuiteAuthenticator)
    body: dict[str, Any] = {"__module__": handler.__module__, "__doc__": handler.__doc__}
    body.update(multi=multi, provider=provider)
    if not ours:
        verbs = (method.lower() for method in BaseHandler.SUPPORTED_METHODS)
        body.update((verb, _told(getattr(handler, verb))) for verb in verbs if verb != "options")
    return type(handler.__name__, (OfChild if ours else OfForeignChild, handler), body)


class ChoicesHandler(SignInHandler, LoginHandler):
    """``GET /hub/login``: every way to sign in, inside the Hub's own login page."""

    def set_default_headers(self) -> None:
        """The page's URL holds nothing secret, and without a referrer its forms would be sent with ``Origin: null``."""
        super().set_default_headers()
        self.set_header("Referrer-Policy", "same-origin")

    async def get(self) -> None:
        """200 with the page; 302 for somebody who is signed in already."""
        await LoginHandler.get(self)

    async def post(self) -> None:
        """307 to where the one form there is posts to; 405 where there are several, or none."""
        forms = [child for child in self.multi.children.values() if self.multi.has_form(child)]
        if len(forms) != 1:
            raise web.HTTPError(405)
        self.redirect(self._with_next(forms[0].login_url(self.hub.base_url)), status=307)

    @property
    def multi(self) -> MultiAuthenticator:
        """The authenticator of this Hub."""
        authenticator: MultiAuthenticator = self.authenticator
        return authenticator

    def intended_url(self) -> str:
        """``next``, if it is a path of this hub."""
        return safe_next_url(self.get_argument("next", ""))

    def _with_next(self, url: str) -> str:
        next_url = self.intended_url()
        return url_concat(url, {"next": next_url} if next_url else {})

    def _render(self, login_error: str | None = None, username: str | None = None, **given: Any) -> Any:
        """The Hub's login page around our choices, or around an operator's own (`custom_html`)."""
        if self.multi.get_custom_html(self.hub.base_url):
            return super()._render(login_error=login_error, username=username, **given)
        choices = self.get_template(SIGN_IN_CHOICES, sync=True).render(
            **self.template_namespace, error=login_error, **self._choices()
        )
        return self.render_template("login.html", custom_html=choices, **given)

    def _choices(self) -> dict[str, list[Any]]:
        buttons, forms = [], []
        for provider, child in self.multi.children.items():
            html = "" if isinstance(child, SuiteAuthenticator) else child.get_custom_html(self.hub.base_url)
            if html:
                forms.append(self._foreign_form(child, html))
            elif self.multi.has_form(child) and not getattr(child, "page_of_its_own", False):
                name = self.multi.names[provider]
                forms.append(sign_in_form(self, child, next_url=self.intended_url(), prefix=f"{provider}-", name=name))
            else:
                buttons.append(
                    {
                        "provider": provider,
                        "name": self.multi.names[provider] or provider,
                        "url": self._with_next(child.login_url(self.hub.base_url)),
                        "icon": self._icon_url(self.multi.icons.get(provider, "")),
                    }
                )
        return {"buttons": buttons, "forms": forms}

    def _icon_url(self, icon: str) -> str:
        if not icon or "://" in icon or icon.startswith(("/", "data:")):
            return icon
        return str(self.static_url(f"{_ICONS}/{icon}.svg"))

    def _foreign_form(self, child: Authenticator, html: str) -> str:
        # what the Hub's own page would give to it
        return str(
            Template(html).render(
                next=url_escape(self.intended_url()),
                username="",
                login_error=None,
                login_url=child.login_url(self.hub.base_url),
                authenticator_login_url=self._with_next(child.login_url(self.hub.base_url)),
                authenticator=child,
                xsrf=self.xsrf_token.decode("ascii"),
            )
        )


class LeaveHandler(SuiteLogoutHandler):
    """``GET /hub/logout``: on to the logout of the child that the user has signed in with."""

    async def get(self) -> None:
        """302 to that; for somebody who is not signed in, or whose child is not known, the Hub's own logout."""
        multi: MultiAuthenticator = self.authenticator
        child = await multi.accounts.child_of(self.current_user) if self.current_user else None
        self.refuse_what_nobody_meant()
        if child is not None:
            self.redirect(child.logout_url(self.hub.base_url))
        else:
            await super().get()

    async def handle_logout(self) -> None:
        """Drop unfinished attempts of this browser."""
        Attempts().clear_all(self)


class EnabledHandler(SignInHandler):
    """``GET /hub/auth/{provider}/enabled``: whether one can sign in that way, for pages that offer it."""

    async def get(self, provider: str) -> None:
        """200 with ``true`` or ``false``, as JSON."""
        self.set_header("Content-Type", "application/json")
        self.finish("true" if provider in self.authenticator.children else "false")
