"""The common pages: the choice of a provider, the redirect at logout, and whether a provider is available."""

from __future__ import annotations

from typing import Any

from jinja2 import Template
from jupyterhub.auth import Authenticator
from tornado import web
from tornado.escape import url_escape

from ...hub.logout.handlers import SuiteLogoutHandler
from ...hub.oauth.attempts import Attempts
from ...hub.pages.search import MANY, MAX_QUERY, Search, found
from ...hub.web.login_page import LoginPageHandler
from ...hub.web.pages import SignInHandler
from ...hub.web.query import with_query
from ...hub.web.sign_in_form import sign_in_form
from ..child.base import has_form
from .parent import Parent
from .ways import way_of_child


class ChoicesHandler(LoginPageHandler):
    """``GET /hub/login``: the choice of a provider, in the Hub's login page."""

    async def post(self) -> None:
        """Respond with 307 to the URL of the only form, or with 405 if there are several forms or none."""
        forms = [child for child in self.multi.children.values() if has_form(child)]
        if len(forms) != 1:
            raise web.HTTPError(405)
        self.redirect(self._with_next(forms[0].login_url(self.hub.base_url)), status=307)

    @property
    def multi(self) -> Parent:
        """The Hub's authenticator."""
        authenticator: Parent = self.authenticator
        return authenticator

    def render_template(self, name: str, sync: bool = False, **given: Any) -> Any:
        """Render a template. An error in a form that was posted here is shown above the choices."""
        if name == "error.html" and self.request.method == "POST":
            return self._render(login_error=given.get("message") or given.get("status_message"), sync=sync)
        return super().render_template(name, sync=sync, **given)

    def _with_next(self, url: str) -> str:
        next_url = self.intended_url()
        return with_query(url, {"next": next_url})

    def choices(self, error: str | None = None, username: str | None = None) -> dict[str, Any]:
        """A button for each login of another page, and each form."""
        ways, forms = [], []
        for provider, child in self.multi.children.items():
            html = child.get_custom_html(self.hub.base_url)
            if html:
                forms.append(self._custom_form(child, html))
            elif has_form(child) and not getattr(child, "has_own_page", False):
                name = self.multi.names[provider]
                forms.append(sign_in_form(self, child, next_url=self.intended_url(), prefix=f"{provider}-", name=name))
            else:
                url = self._with_next(child.login_url(self.hub.base_url))
                ways.append(way_of_child(self, self.multi, provider, url))
        search = self._search() if len(ways) > MANY else None
        return {"ways": found(ways, search.query) if search else ways, "search": search, "forms": forms, "error": error}

    def _search(self) -> Search:
        given = self.request.query_arguments.get("find", [b""])[-1]
        query = given.decode("utf-8", "replace").strip()[:MAX_QUERY]
        next_url = self.intended_url()
        page = self.request.path
        return Search(page, query, (("next", next_url),) if next_url else (), self._with_next(page))

    def _custom_form(self, child: Authenticator, html: str) -> str:
        # the same variables as in the Hub's login page
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


class LogoutRedirectHandler(SuiteLogoutHandler):
    """``GET /hub/logout``: redirect to the logout of the child that the user signed in with."""

    def set_default_headers(self) -> None:
        """Allow a referrer within the site, which tells the child's page whether the logout is intended."""
        super().set_default_headers()
        self.set_header("Referrer-Policy", "same-origin")

    async def get(self) -> None:
        """Respond with 302; without a signed-in user or a known child, log out as the Hub does."""
        multi: Parent = self.authenticator
        child = await multi.accounts.child_of(self.current_user) if self.current_user else None
        if child is not None:
            self.redirect(child.logout_url(self.hub.base_url))
        else:
            await super().get()

    async def handle_logout(self) -> None:
        """Delete the unfinished login attempts of this browser."""
        Attempts().clear_all(self)


class EnabledHandler(SignInHandler):
    """``GET /hub/auth/{provider}/enabled``: whether the provider is available, for pages that link to it."""

    async def get(self, provider: str) -> None:
        """Respond with 200 and ``true`` or ``false`` as JSON."""
        self.set_header("Content-Type", "application/json")
        self.finish("true" if provider in self.authenticator.children else "false")
