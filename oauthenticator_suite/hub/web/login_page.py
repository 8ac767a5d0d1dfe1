"""The Hub's sign-in page ``/hub/login``: the common base of its kinds, which is also the page with one button."""

from __future__ import annotations

from typing import Any

from jupyterhub.handlers import BaseHandler
from jupyterhub.handlers.login import LoginHandler
from tornado import web

from .pages import SignInHandler, guarded

EXPIRED_FORM = "This sign-in form was too old, or not this hub's. Please try again."
"""The sentence for a form that fails the check against cross-site requests. The documentation explains it."""


class LoginPageHandler(SignInHandler, LoginHandler):
    """``GET /hub/login``: JupyterHub's login page, which has the button of the only provider."""

    def set_default_headers(self) -> None:
        """Allow a referrer within the site: without one, browsers submit a form with ``Origin: null``."""
        super().set_default_headers()
        self.set_header("Referrer-Policy", "same-origin")

    @guarded
    async def get(self) -> None:
        """Respond with 200 and the page, or with 302 if the user is signed in or `auto_login` is set."""
        await LoginHandler.get(self)

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
            raise web.HTTPError(error.status_code, EXPIRED_FORM) from None

    def render_template(self, name: str, sync: bool = False, **given: Any) -> Any:
        """Render a template of the Hub. JupyterHub's own method shows errors of its form, which is not on this page."""
        return BaseHandler.render_template(self, name, sync=sync, **given)

    def append_query_parameters(self, url: str, exclude: list[str] | None = None) -> str:
        """Return `url` unchanged: JupyterHub would append this request's query to the next page's URL."""
        return url
