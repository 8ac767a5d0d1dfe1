"""The requests of an authenticator of another package, which is one of several."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any

from jupyterhub.handlers.login import LogoutHandler
from jupyterhub.user import User
from jupyterhub.utils import maybe_future
from tornado import web

from ...errors import HookError, SuiteError
from ...hub.web.pages import SignInHandler
from ..child.foreign import OF_THE_HUB
from .child_handlers import OfChild


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


def told_by_our_page(verb: Callable[..., Any]) -> Callable[..., Awaitable[None]]:
    """A verb of another package's handler, with our page for our errors."""

    @functools.wraps(verb)
    async def told(self: OfForeignChild, *args: Any, **kwargs: Any) -> None:
        try:
            await maybe_future(verb(self, *args, **kwargs))
        except SuiteError as error:
            await self.show_error(error)

    return told
