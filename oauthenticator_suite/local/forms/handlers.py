"""The requests of a login with a form: the page with the form, and what the form sends."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from jupyterhub.handlers.login import LoginHandler
from jupyterhub.user import User
from tornado import web

from ...errors import AccessDenied, LoginFailed, SuiteError, TooManyAttempts
from ...hub.accounts.account_login import SignedInHandler
from ...hub.web.pages import guarded
from ...hub.web.sign_in_form import sign_in_form

if TYPE_CHECKING:
    from .authenticator import FormAuthenticator

EXPIRED_FORM = "This sign-in form was too old, or not this hub's. Please try again."

KNOWN_BROWSER = "suite-known-browser"
"""A cookie that says who has signed in with this browser, so that failures of others elsewhere do not slow them down.

It is signed with the Hub's secret and good for nothing else.
"""

KNOWN_BROWSER_DAYS = 180


class FormLoginHandler(SignedInHandler, LoginHandler):
    """``/hub/login``: the form, inside the Hub's own login page, and its answers.

    It posts to the URL that its authenticator names (`login_url`).
    """

    signs_in_elsewhere = False

    def set_default_headers(self) -> None:
        """The page's URL holds nothing secret, and without a referrer the form would be sent with ``Origin: null``."""
        super().set_default_headers()
        self.set_header("Referrer-Policy", "same-origin")

    @guarded
    async def get(self) -> None:
        """200 with the form; 302 for somebody who is signed in already."""
        await LoginHandler.get(self)

    @guarded
    async def post(self) -> None:
        """302 to where the user wanted to go; else the form once more, with status 403 or 429, or an error page."""
        try:
            user = await self.login_user(self.fields())
        except (LoginFailed, TooManyAttempts) as error:
            await self._show_form(error)
            return
        if user is None:
            raise AccessDenied("authenticate", "the authenticator's own code refused the user")
        self._jupyterhub_user = user
        self.redirect(self.get_next_url(user))

    def fields(self) -> dict[str, str]:
        """What the form sent, without what proves that it was ours. The name comes without white space around it.

        Values are not touched otherwise: a control character in a password is part of the password. One that is not
        UTF-8 is left out.
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

    # --- a browser that is known -------------------------------------------------------------------------------------

    def known_browser(self, login: str) -> str:
        """What tells this browser from others, if `login` has signed in with it before; else an empty string."""
        cookie = self.get_secure_cookie(KNOWN_BROWSER, max_age_days=KNOWN_BROWSER_DAYS)
        browser, _, owner = (cookie or b"").decode("ascii", "replace").partition(":")
        return browser if owner == self._digest(login) else ""

    def remember_browser(self, login: str) -> None:
        """`login` has signed in with this browser."""
        browser = self.known_browser(login) or secrets.token_urlsafe(12)
        self._set_cookie(
            KNOWN_BROWSER,
            f"{browser}:{self._digest(login)}",
            path=self.hub.base_url,
            expires_days=KNOWN_BROWSER_DAYS,
            samesite="Lax",
        )

    def _digest(self, login: str) -> str:
        """Of a name at this provider: with another form, it may be somebody else's."""
        authenticator: FormAuthenticator = self.authenticator
        return sha256(f"{authenticator.provider}\n{login}".encode("utf-8", "surrogatepass")).hexdigest()[:32]

    # --- where to ----------------------------------------------------------------------------------------------------

    def get_next_url(self, user: User | None = None, default: str | None = None) -> str:
        """Where to go now: ``next``, else the Hub's default for `user`."""
        next_url = self.intended_url()
        if not next_url:
            self.request.arguments.pop("next", None)  # not ours: the Hub need not judge it once more
            next_url = super().get_next_url(user, default)
        return next_url

    # --- the page ----------------------------------------------------------------------------------------------------

    async def _show_form(self, error: SuiteError) -> None:
        authenticator: FormAuthenticator = self.authenticator
        sentence = error.public_message
        if isinstance(error, TooManyAttempts):
            self.set_header("Retry-After", str(round(error.retry_after)))
            sentence = f"{sentence} You can try again in {round(error.retry_after)} seconds."
        typed = self.fields().get("username", "")
        self.log.warning(
            "%s: login failed for %s from %s: %s",
            type(authenticator).__name__, shown(typed), self.request.remote_ip, error.detail,
        )  # fmt: skip
        self.set_status(error.status)
        self.finish(await self._render(login_error=sentence, username=typed[:255]))

    def _render(self, login_error: str | None = None, username: str | None = None, **given: Any) -> Any:
        """The Hub's login page around our form, or around an operator's own (`custom_html`)."""
        if self._has_own_form:
            return super()._render(login_error=login_error, username=username, **given)
        form = sign_in_form(
            self, self.authenticator, next_url=self.intended_url(), error=login_error, username=username
        )
        return self.render_template("login.html", custom_html=form, **given)

    @property
    def _has_own_form(self) -> bool:
        return bool(self.authenticator.get_custom_html(self.hub.base_url))

    def render_template(self, name: str, sync: bool = False, **given: Any) -> str | Awaitable[str]:
        """The Hub's; but what goes wrong with a form that was sent is said above the form."""
        if name == "error.html" and self.request.method == "POST" and not self._has_own_form:
            message = given.get("message") or given.get("status_message") or ""
            page: str | Awaitable[str] = self._render(login_error=message, sync=sync)
            return page
        rendered: str | Awaitable[str] = super().render_template(name, sync=sync, **given)
        return rendered

    def check_xsrf_cookie(self) -> None:
        """As the Hub does, with a sentence for people."""
        try:
            super().check_xsrf_cookie()
        except web.HTTPError as error:
            self.log.warning("A sign-in form was refused: %s", error)
            raise web.HTTPError(error.status_code, EXPIRED_FORM) from None


def shown(name: str) -> str:
    """A name that somebody typed, for the log: short, on one line, and in ASCII."""
    text = ascii(name[:32])
    if len(text) > 60:
        text = f"{text[:60]}..."
    return text if len(name) <= 32 else f"{text} ({len(name)} characters)"
