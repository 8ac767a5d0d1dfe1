"""The pages of all ways to sign in together: the choice, the way out, and which of them there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import Template
from jupyterhub.auth import Authenticator
from jupyterhub.handlers import BaseHandler
from jupyterhub.handlers.login import LoginHandler
from tornado import web
from tornado.escape import url_escape
from tornado.httputil import url_concat

from ...hub.logout.handlers import SuiteLogoutHandler
from ...hub.oauth.attempts import Attempts
from ...hub.web.pages import SIGN_IN_CHOICES, SignInHandler
from ...hub.web.sign_in_form import sign_in_form

if TYPE_CHECKING:
    from ..authenticator import MultiAuthenticator

_ICONS = "components/@fortawesome/fontawesome-free/svgs"
"""Where JupyterHub has Font Awesome's pictures, among its static files."""


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

    def render_template(self, name: str, sync: bool = False, **given: Any) -> Any:
        """The Hub's; what is wrong with a form that was sent here is said above the choices."""
        if name == "error.html" and self.request.method == "POST":
            return self._render(login_error=given.get("message") or given.get("status_message"), sync=sync)
        return BaseHandler.render_template(self, name, sync=sync, **given)

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
            html = child.get_custom_html(self.hub.base_url)
            if html:
                forms.append(self._form_of_its_own(child, html))
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

    def _form_of_its_own(self, child: Authenticator, html: str) -> str:
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
