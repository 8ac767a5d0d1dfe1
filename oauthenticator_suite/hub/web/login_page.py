"""The Hub's sign-in page ``/hub/login``: the common base of its kinds, which is also the page with one button."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

from jupyterhub.handlers import BaseHandler
from jupyterhub.handlers.login import LoginHandler
from tornado import web

from ..pages.frame import texts_of
from ..pages.template_files import LOGIN, SIGN_IN, SIGN_IN_IN_LOGIN, is_replaced
from .pages import SignInHandler, guarded


class LoginPageHandler(SignInHandler, LoginHandler):
    """``GET /hub/login``: the sign-in page, which has the button of the only provider."""

    _ended: tuple[str, ...] = ()

    def set_default_headers(self) -> None:
        """Allow a referrer within the site: without one, browsers submit a form with ``Origin: null``."""
        super().set_default_headers()
        self.set_header("Referrer-Policy", "same-origin")

    @guarded
    async def get(self) -> None:
        """Respond with 200 and the page, or with 302 if the user is signed in or `auto_login` is set.

        If this browser's last session has ended without the user, the page says once why. It does so with `auto_login`
        as well: a sign-in that starts automatically would hide it.
        """
        reason = "" if self.current_user else self.take_reason()
        if not reason:
            await LoginHandler.get(self)
            return
        t = texts_of(self)
        self._ended = (t(f"ended.{reason}"), t("ended.calm"))
        self.finish(await self._render())

    @guarded
    async def post(self) -> None:
        """Respond with 405: no form leads here."""
        raise web.HTTPError(405)

    def check_xsrf_cookie(self) -> None:
        """Check ``_xsrf`` as the Hub does. A failure gets a sentence that users understand."""
        try:
            BaseHandler.check_xsrf_cookie(self)
        except web.HTTPError as error:
            self.log.warning("A submitted sign-in form was refused: %s", error)
            t = texts_of(self)
            raise web.HTTPError(error.status_code, str(t("form.expired"))) from None

    def take_reason(self) -> str:
        """Why this browser's last session has ended, as a value of `hub.sessions.outcome.Reason`; empty if it has not.

        The browser forgets the reason.
        """
        endings = getattr(self.authenticator, "endings", None)
        reason = endings.take_reason_for(self) if endings else None
        return str(reason.value) if reason else ""

    def choices(self, error: str | None = None, username: str | None = None) -> dict[str, Any]:
        """The ways to sign in on this page: ``ways`` with a `Way` for each button, ``forms`` with HTML for each form.

        Parameters
        ----------
        error:
            The sentence to show with the form that the user has submitted.
        username:
            The username that the user has entered in it.
        """
        return {"ways": [replace(self.way(), id="only")], "forms": []}

    def _render(self, login_error: str | None = None, username: str | None = None, **given: Any) -> Any:
        """The sign-in page; with the operator's `custom_html` or ``login.html``, if there is one."""
        if self.authenticator.get_custom_html(self.hub.base_url):
            return super()._render(login_error=login_error, username=username, **given)
        names = {"error": None, "search": None, "ended": self._ended, **self.choices(login_error, username), **given}
        if login_error and not names["forms"]:
            names["error"] = login_error
        if not is_replaced(self.settings["jinja2_env"], LOGIN):
            return self.render_template(SIGN_IN, **names)
        sync = {"sync": names.pop("sync")} if "sync" in names else {}
        html = self.get_template(SIGN_IN_IN_LOGIN, sync=True).render(**self.template_namespace, **names)
        return self.render_template(LOGIN, custom_html=html, **sync)

    def render_template(self, name: str, sync: bool = False, **given: Any) -> str | Awaitable[str]:
        """Render a template of the Hub. JupyterHub's own method shows errors of its form, which is not on this page."""
        rendered: str | Awaitable[str] = BaseHandler.render_template(self, name, sync=sync, **given)
        return rendered

    def append_query_parameters(self, url: str, exclude: list[str] | None = None) -> str:
        """Return `url` unchanged: JupyterHub would append this request's query to the next page's URL."""
        return url
