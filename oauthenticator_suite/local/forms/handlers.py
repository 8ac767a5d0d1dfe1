"""Handlers of a login with a form: the page, and the submitted form."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable
from hashlib import sha256
from typing import Any, Protocol

from ...errors import AccessDenied, LoginFailed, TooManyAttempts
from ...hub.accounts.account_login import SignedInHandler
from ...hub.observe.facts import LoginBegan
from ...hub.pages.frame import texts_of
from ...hub.web.login_page import LoginPageHandler
from ...hub.web.pages import guarded
from ...hub.web.sign_in_form import sign_in_form
from ...hub.web.typed_names import typed_name

KNOWN_BROWSER = "suite-known-browser"
"""The cookie that identifies the user who last signed in with this browser, for `Throttle`.

With it, failures of other clients do not slow this browser down. The Hub signs it, and it gives no access.
"""

KNOWN_BROWSER_DAYS = 180


class HasProvider(Protocol):
    """The part of `FormAuthenticator` that the cookie of a known browser depends on."""

    provider: str


class FormLoginHandler(SignedInHandler, LoginPageHandler):
    """``/hub/login``: the form inside the Hub's login page, and the submitted form.

    The browser submits the form to the `login_url` of the authenticator.
    """

    signs_in_elsewhere = False

    _wait = 0

    @guarded
    async def post(self) -> None:
        """302 to the requested page after a login; otherwise the form with status 403 or 429, or an error page."""
        self.observers.note(LoginBegan(provider=self.observed_name))
        try:
            user = await self.login_user(self.fields())
        except (LoginFailed, TooManyAttempts) as error:
            await self._show_form(error)
            return
        if user is None:
            raise AccessDenied("authenticate", "the authenticator returned no user")
        self._jupyterhub_user = user
        self.redirect(self.get_next_url(user))

    def fields(self) -> dict[str, str]:
        """The submitted fields, without ``_xsrf``. Fields that are not UTF-8 are left out.

        White space around the name is removed. Other values are unchanged: a control character in a password is part
        of the password.
        """
        found: dict[str, str] = {}
        for name, values in self.request.body_arguments.items():
            try:
                found[name] = values[-1].decode("utf-8")
            except UnicodeDecodeError:
                continue
        found.pop("_xsrf", None)
        if "username" in found:
            found["username"] = found["username"].strip()
        return found

    # --- known browsers ----------------------------------------------------------------------------------------------

    def known_browser(self, login: str) -> str:
        """An identifier of this browser if its last login was that of `login`; otherwise an empty string."""
        cookie = self.get_secure_cookie(KNOWN_BROWSER, max_age_days=KNOWN_BROWSER_DAYS)
        browser, _, owner = (cookie or b"").decode("ascii", "replace").partition(":")
        return browser if owner == self._digest(login) else ""

    def remember_browser(self, login: str) -> None:
        """Set the cookie of a known browser, after `login` has signed in."""
        browser = self.known_browser(login) or secrets.token_urlsafe(12)
        self._set_cookie(
            KNOWN_BROWSER,
            f"{browser}:{self._digest(login)}",
            path=self.hub.base_url,
            expires_days=KNOWN_BROWSER_DAYS,
            samesite="Lax",
        )

    def _digest(self, login: str) -> str:
        """The hash of a name and the provider: the same name at another provider may be another user's."""
        authenticator: HasProvider = self.authenticator
        return sha256(f"{authenticator.provider}\n{login}".encode("utf-8", "surrogatepass")).hexdigest()[:32]

    # --- the page ----------------------------------------------------------------------------------------------------

    async def _show_form(self, error: LoginFailed | TooManyAttempts) -> None:
        sentence = texts_of(self).of_error(error.public_message, provider=self.way().name)
        if isinstance(error, TooManyAttempts):
            self._wait = round(error.retry_after)
            self.set_header("Retry-After", str(self._wait))
        typed = self.fields().get("username", "")
        name = typed_name(self, typed)
        self.log.warning(
            "%s: login failed for %s from %s: %s",
            type(self.authenticator).__name__, name, self.client_address, error.detail,
            extra=self.extra_of_failure(error, name.known),
        )  # fmt: skip
        self.note_failed_login(error, name.known)
        self.set_status(error.status)
        self.finish(await self._render(login_error=sentence, username=typed[:255]))

    def choices(self, error: str | None = None, username: str | None = None) -> dict[str, Any]:
        """The form, with the error and the username of the form that was submitted."""
        form = sign_in_form(
            self, self.authenticator, next_url=self.intended_url(), error=error, wait=self._wait, username=username
        )
        return {"ways": [], "forms": [form]}

    def render_template(self, name: str, sync: bool = False, **given: Any) -> str | Awaitable[str]:
        """Render a template of the Hub. An error page for a submitted form becomes the form with the error above it."""
        if name == "error.html" and self.request.method == "POST":
            message = given.get("message") or given.get("status_message") or ""
            page: str | Awaitable[str] = self._render(login_error=message, sync=sync)
            return page
        rendered: str | Awaitable[str] = super().render_template(name, sync=sync, **given)
        return rendered
