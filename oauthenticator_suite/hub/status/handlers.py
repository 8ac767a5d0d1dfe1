"""The status page, its JSON form, and the link to it on JupyterHub's admin page."""

from __future__ import annotations

import time
from typing import Any

from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.handlers import BaseHandler
from jupyterhub.handlers.pages import AdminHandler
from jupyterhub.scopes import needs_scope
from jupyterhub.utils import url_path_join
from tornado import web
from tornado.httputil import url_concat

from ...errors import DatabaseFailed
from ..database import database_access
from ..pages.frame import texts_of
from ..pages.template_files import ADMIN, STATUS, environment_of, is_ours
from ..pages.ways import Way, way_of
from ..sessions.asking import account_of_name, ask_everyone, ask_users
from ..store.store import store_of
from ..web.pages import SignInHandler, forget_unknown_user, guarded, set_page_headers
from .json_form import json_form
from .page import page_of, time_element
from .record import record_of
from .scope import ADMIN_UI, may_ask_users, may_read_status
from .status import ShowsStatus, Status, name_of, read_status

STATUS_PAGE = "/auth/status"
"""The path of the page, below ``/hub``."""

STATUS_API = "/api/auth/status"
"""The path of the JSON form, below ``/hub``."""

_MAX_NAME = 255


def status_of(handler: BaseHandler) -> Status:
    """The status of the Hub of this request."""
    authenticator: ShowsStatus = handler.settings["authenticator"]
    lifetime = 24 * 3600.0 * float(handler.settings.get("cookie_max_age_days", 14))
    record = record_of(authenticator.observers)
    return read_status(authenticator, handler.db, record, time.time(), session_lifetime=lifetime)


class StatusHandler(SignInHandler):
    """``/hub/auth/status``: the page. Needs the scope ``admin-ui``; ``admin:users`` to ask users to sign in again."""

    def set_default_headers(self) -> None:
        """Allow a referrer within the site: without one, browsers submit the forms with ``Origin: null``."""
        super().set_default_headers()
        self.set_header("Referrer-Policy", "same-origin")

    @web.authenticated
    @needs_scope(ADMIN_UI)
    @guarded
    async def get(self) -> None:
        """Respond with the page. With ``?user=NAME`` it asks whether this user must sign in again."""
        texts, status = texts_of(self), status_of(self)
        may_ask = may_ask_users(self)
        user = self._user() if may_ask else None
        page = await self.render_template(
            STATUS,
            **page_of(status, texts, self._way),
            may_ask=may_ask,
            asked_user=user,
            action=self.request.path,
            xsrf=self.xsrf_token.decode("ascii"),
            no_spawner_check=True,
        )
        self.finish(page)

    @web.authenticated
    @needs_scope(ADMIN_UI)
    @guarded
    async def post(self) -> None:
        """End the sessions of one user or of all users, and respond with 303 to the page, which then says so."""
        if not may_ask_users(self):
            raise web.HTTPError(403, "The scope admin:users is needed, for all users")
        by, name = self.current_user.name, self.get_body_argument("user", "")
        asked = self.get_body_argument("ask", "")
        authenticator: ShowsStatus = self.settings["authenticator"]
        if asked == "everyone" and not name:
            ask_everyone(authenticator, self.db, self.users, by)
            self.redirect(self.request.path, status=303)
            return
        row = account_of_name(self.db, name) if asked == "user" and name else None
        if row is None:
            raise web.HTTPError(400, 'The form must have ask=everyone, or ask=user with the name of a user as "user"')
        ask_users(authenticator, [self.users[row]], by)
        self.redirect(url_concat(self.request.path, {"user": row.name}), status=303)

    def _user(self) -> dict[str, Any] | None:
        """The user whose name was typed, as the page shows it; None when no name was."""
        name = self.get_query_argument("user", "")[:_MAX_NAME]
        if not name:
            return None
        row = account_of_name(self.db, name)
        if row is None:
            return {"name": name, "exists": False}
        record = store_of(self.db).accounts.of(row)
        asked = record.must_sign_in_since
        return {
            "name": row.name,
            "exists": True,
            "signed_in": time_element(record.signed_in_at),
            "ended": None if asked is None else time_element(asked),
        }

    def _way(self, provider: str) -> Way:
        """The name and picture of a way to sign in."""
        authenticator: ShowsStatus = self.settings["authenticator"]
        icons: dict[str, str] = getattr(authenticator, "icons", {})
        icon = icons.get(provider) or str(getattr(authenticator.observed_ways[provider], "icon", ""))
        return way_of(self, provider, name_of(authenticator, provider), icon=icon)


class StatusAPIHandler(APIHandler):
    """``GET /hub/api/auth/status``: the status as JSON, with `scope.READ_STATUS` or ``admin-ui``."""

    def set_default_headers(self) -> None:
        """As on all pages of this package: no caching, no referrers, no guessing of types."""
        super().set_default_headers()
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cache-Control", "no-store")

    async def get(self) -> None:
        """Respond with the status; with 403 without a scope for it."""
        if not self.current_user:
            raise web.HTTPError(403, "Missing or invalid credentials.")
        if not may_read_status(self):
            raise web.HTTPError(403, "Action is not authorized with current scopes.")
        try:
            with database_access(self.db, "the status of sign-ins"):
                status = status_of(self)
        except DatabaseFailed as error:
            self.log.error("The status of sign-ins cannot be read: %s", error.detail)  # noqa: TRY400 - no traceback
            raise web.HTTPError(error.status, "The Hub's database does not answer. Please try again.") from None
        self.set_header("Content-Type", "application/json")
        self.write(json_form(status))


class AdminPageHandler(AdminHandler):
    """``GET /hub/admin``: JupyterHub's admin page, or the operator's, with a link to the status page in its menu."""

    def set_default_headers(self) -> None:
        """As on the pages of this package; the page's own requests to the Hub have a referrer."""
        super().set_default_headers()
        set_page_headers(self, referrer="same-origin")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Respond with JupyterHub's error page, also if the request failed before `prepare`."""
        forget_unknown_user(self)
        super().write_error(status_code, **kwargs)

    def render_template(self, name: str, sync: bool = False, **given: Any) -> Any:
        """Render the page, where it has JupyterHub's block ``nav_bar_left_items``, with the link in it."""
        if name == "admin.html":
            texts = texts_of(self)
            url = url_path_join(self.hub.base_url, STATUS_PAGE)
            given |= {"status_url": url, "status_lang": texts.language, "t": texts}
            name = ADMIN
        return super().render_template(name, sync=sync, **given)

    def get_template(self, name: str, sync: bool = False) -> Any:
        """Find a template: first in the Hub's template paths, then in this package."""
        if not is_ours(name):
            return super().get_template(name, sync)
        return environment_of(self.settings["jinja2_env_sync" if sync else "jinja2_env"]).get_template(name)
