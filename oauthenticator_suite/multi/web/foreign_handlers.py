"""The handlers of children whose class belongs to another package."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any

from jupyterhub.handlers.login import LoginHandler, LogoutHandler
from jupyterhub.user import User
from jupyterhub.utils import maybe_future
from tornado import web

from ...errors import HookError, LoginFailed, SuiteError
from ...hub.database import database_access
from ...hub.logout.confirmation import ConfirmedLogout
from ...hub.web.pages import SignInHandler
from ...hub.web.typed_names import typed_name
from ..child.foreign import NAMES_ARE_ACCOUNTS
from .child_handlers import ChildHandler


class ForeignChildHandler(ChildHandler, SignInHandler):
    """A handler of another package, which knows neither this package's errors nor the other children."""

    def set_default_headers(self) -> None:
        """Set the headers of the child's handler, and no `Referrer-Policy`, because its pages may need referrers."""
        super(SignInHandler, self).set_default_headers()
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")

    async def prepare(self) -> None:
        """Prepare the request. Names of users in the child's pages are usernames of the Hub.

        Parameters that are not UTF-8 are removed: JupyterHub's pages fail if they read one while they show an error.
        """
        NAMES_ARE_ACCOUNTS.set(True)  # until the end of this request
        for arguments in (self.request.arguments, self.request.query_arguments, self.request.body_arguments):
            for name in [name for name, values in arguments.items() if not all(map(_is_utf_8, values))]:
                del arguments[name]
        await maybe_future(super().prepare())

    async def login_user(self, data: Any = None) -> User | None:
        """Sign the user in, and turn unexpected exceptions into errors with a page.

        Raises
        ------
        HookError
            For each exception except `SuiteError` and those of tornado.
        """
        if isinstance(data, dict) and isinstance(self, LoginHandler):
            for field in ("username", "password"):  # which JupyterHub's form has, and its code reads
                data.setdefault(field, "")
        self._is_login = True
        try:
            with database_access(self.db, "a login"):
                user = await super().login_user(dict(data) if isinstance(data, dict) else data)
        except web.HTTPError as error:
            self.note_failed_login(error)
            raise
        except (SuiteError, web.Finish):
            raise
        except Exception as error:
            raise HookError(f"unexpected {type(error).__name__}") from error
        if user is None:
            self.note_failed_login(LoginFailed("the authenticator returned None"))
        return user

    async def authenticate(self, data: Any) -> Any:
        """The authentication model, or None. JupyterHub then logs the name in `data`, which may be a password."""
        found = await super().authenticate(data)
        if not found and isinstance(data, dict) and data.get("username"):
            name = typed_name(self, data["username"])
            data["username"] = name.known or name.hashed
        return found

    _is_login = False

    @property
    def is_login(self) -> bool:
        """Whether this request has asked to sign a user in."""
        return self._is_login

    def render_template(self, name: str, *args: Any, **given: Any) -> Any:
        """Render a template. A form of the child that would be sent to the common page is sent to the child."""
        if name != "login.html" and given.get("login_url") == self.settings["login_url"]:
            given["login_url"] = self.authenticator.login_url(self.hub.base_url)
        return super().render_template(name, *args, **given)

    async def render_logout_page(self) -> None:
        """Show the child's logout page, or 302 to `MultiAuthenticator.logout_redirect_url` if the child has none."""
        own = super().render_logout_page
        if self.multi.logout_redirect_url and own.__func__ is LogoutHandler.render_logout_page:
            self.redirect(self.multi.logout_redirect_url)
        else:
            await own()


class ForeignLogoutHandler(ConfirmedLogout, ForeignChildHandler):
    """A logout handler of another package. A request that may come from another site gets a question first."""


def _is_utf_8(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def with_error_page(method: Callable[..., Any]) -> Callable[..., Awaitable[None]]:
    """Decorate an HTTP method of another package's handler, so that a `SuiteError` shows this package's error page."""

    @functools.wraps(method)
    async def decorated(self: ForeignChildHandler, *args: Any, **kwargs: Any) -> None:
        try:
            with database_access(self.db, "a page of a login"):
                await maybe_future(method(self, *args, **kwargs))
        except SuiteError as error:
            await self.show_error(error)

    return decorated
