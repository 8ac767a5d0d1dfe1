"""The handlers of a logout.

They serve the user's logout at the Hub, the return from the provider's logout page, and the back-channel and
front-channel logout requests of the provider.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import Any, Protocol

from jupyterhub.handlers import LogoutHandler
from jupyterhub.user import User
from tornado import web

from ...errors import AuthorizationResponseError, DatabaseFailed, SuiteError
from ...protocol.authorization import parse_query
from ...protocol.form import FormError, decode_form
from ...protocol.logout import is_session_of
from ...protocol.urls import split_url
from ..accounts.session_cookie import forget_session
from ..database import database_access
from ..observe.facts import LoggedOut
from ..pages.frame import texts_of
from ..pages.message import signed_out
from ..pages.template_files import LOGOUT, is_replaced
from ..sessions.outcome import Reason
from ..web.pages import SignInHandler, guarded
from ..web.posted_form import PostedForm, UnreadableForm
from .confirmation import ConfirmedLogout
from .logout import Logouts

_STATE_COOKIE = "oauth-logout"
_STATE_LIFETIME = 600


class ClearableAttempts(Protocol):
    """The part of `hub.oauth.attempts.Attempts` that these handlers use."""

    def clear_all(self, handler: Any) -> None:
        """Remove all login attempts of the browser that sent the request."""


class LogoutAuthenticator(Protocol):
    """The part of `OAuthenticator` that these handlers use."""

    issuer: str
    logout_scope: str
    attempts: ClearableAttempts
    logouts: Logouts


class LogoutRequestHandler(SignInHandler):
    """Base of the handlers that end sessions."""

    async def refresh_auth(self, user: User, force: bool = False) -> User:
        """Return `user` without a refresh.

        An outage or a failed refresh must not prevent a logout, nor keep servers running with `refresh_pre_stop`.
        """
        return user


class SignedOutPage(SignInHandler, LogoutHandler):
    """The page after a logout, of the handlers that end with it."""

    may_be_signed_in_elsewhere = True
    """Whether the user may still have a session at the provider, as far as the handler knows."""

    async def render_logout_page(self) -> None:
        """Respond with the page. Without a provider and `auto_login`, respond with 302 to the sign-in page.

        An operator's own ``logout.html`` takes the place of the page, where JupyterHub would show it.
        """
        elsewhere = self.signs_in_elsewhere and self.may_be_signed_in_elsewhere
        own_page = self.authenticator.auto_login and is_replaced(self.settings["jinja2_env"], LOGOUT)
        if own_page or not (self.signs_in_elsewhere or self.authenticator.auto_login):
            await super().render_logout_page()
            return
        message = signed_out(
            texts_of(self),
            still_at=self.way().name if elsewhere else "",
            servers_run=not self.shutdown_on_logout,
            sign_in_page=self.settings["login_url"],
        )
        await self.render_message(message)


class SuiteLogoutHandler(ConfirmedLogout, LogoutRequestHandler, SignedOutPage):
    """``GET /hub/logout``: the Hub's own logout, then `logout_redirect_url`.

    A request that may come from another site gets a question first; the answer is ``POST /hub/logout``.
    """

    signs_in_elsewhere = False

    @guarded
    async def get(self) -> None:
        """Respond with 302 to `logout_redirect_url`, or with the page after a logout."""
        await super().get()

    async def default_handle_logout(self) -> None:
        """Log this browser out as JupyterHub does, and end the user's sessions in all browsers with `logout_scope`."""
        user = self.current_user
        await super().default_handle_logout()
        if user:
            self.end_sessions(user)
            self.forget_session()

    def forget_session(self) -> None:
        """Delete the note of this browser's session: its user knows why it has ended."""
        forget_session(self)

    def end_sessions(self, user: User) -> None:
        """End the sessions of `user` in all browsers, unless `logout_scope` is ``browser``."""
        everywhere = self.authenticator.logout_scope == "all"
        fact = LoggedOut(provider=self.observed_name, username=user.name, by="user", everywhere=everywhere)
        if everywhere:
            self.authenticator.endings.end_sessions(user, Reason.LOGOUT)
        self.observers.note(fact)

    async def render_logout_page(self) -> None:
        """Respond with 302 to `logout_redirect_url`; if that is empty, as JupyterHub does."""
        if self.authenticator.logout_redirect_url:
            self.redirect(self.authenticator.logout_redirect_url)
        else:
            await super().render_logout_page()


class OAuthLogoutHandler(SuiteLogoutHandler):
    """``GET /hub/logout``: JupyterHub's logout, the removal of tokens, and the provider's logout page."""

    signs_in_elsewhere = True

    _id_token: str | None = None
    _was_signed_in = False

    async def handle_logout(self) -> None:
        """Remove the login attempts of this browser, and the stored tokens of the user who is signed in to it.

        With `logout_scope` ``browser`` the tokens stay, because the user's other browsers need them.
        """
        authenticator: LogoutAuthenticator = self.authenticator
        authenticator.attempts.clear_all(self)
        if self.current_user:
            self._was_signed_in = True
            if authenticator.logout_scope == "all":
                self._id_token = await authenticator.logouts.drop_tokens(self.current_user)
            else:
                self._id_token = await authenticator.logouts.stored_id_token(self.current_user)

    async def render_logout_page(self) -> None:
        """Respond with 302 to the provider's logout page if there is one, else as `SuiteLogoutHandler` does."""
        authenticator: LogoutAuthenticator = self.authenticator
        url = ""
        if self._was_signed_in:
            state = secrets.token_urlsafe(32)
            url = await authenticator.logouts.provider_url(self, self._id_token, state)
            if url:
                self._set_cookie(
                    _STATE_COOKIE,
                    _digest(state),
                    encrypted=False,
                    path=self.hub.base_url,
                    max_age=_STATE_LIFETIME,
                    samesite="Lax",
                )
        if url:
            self.redirect(url)
        else:
            await super().render_logout_page()


class LoggedOutHandler(SignedOutPage):
    """``GET /hub/oauth_logged_out``: the return from the provider's logout page (RP-Initiated Logout 1.0 §3).

    This request changes no session: the Hub logged the user out before the redirect. An attacker gains nothing by
    sending a user here.
    """

    may_be_signed_in_elsewhere = False

    async def get(self) -> None:
        """Respond with 302 to `logout_redirect_url` if the ``state`` is the one of this browser's logout.

        A signed-in user is redirected to the Hub's home page. Any other request gets the Hub's own page after a logout.
        """
        expected = self.get_cookie(_STATE_COOKIE, "")
        self.clear_cookie(_STATE_COOKIE, path=self.hub.base_url)
        (state, *_) = self.request.query_arguments.get("state", [b""])
        is_known = bool(expected) and hmac.compare_digest(expected.encode(), _digest(state).encode())
        if self.current_user:
            self.redirect(self.hub.base_url)
        elif is_known and self.authenticator.logout_redirect_url:
            self.redirect(self.authenticator.logout_redirect_url)
        else:
            await self.render_logout_page()


@web.stream_request_body
class BackchannelLogoutHandler(PostedForm, LogoutRequestHandler):
    """``POST /hub/oauth_backchannel_logout``: the provider reports that sessions have ended.

    This is a request between servers (Back-Channel Logout 1.0 §2.5). It is authenticated by the signature of the logout
    token alone. Cookies and API tokens are ignored, so a cross-site request can do nothing.
    """

    _accept_cookie_auth = False
    _accept_token_auth = False

    def check_xsrf_cookie(self) -> None:
        """Check nothing: a POST request proves itself, and any other method is answered with 405."""

    async def post(self) -> None:
        """Respond with 200 when the sessions have ended or there were none, and with 400 when the request failed."""
        authenticator: LogoutAuthenticator = self.authenticator
        try:
            with database_access(self.db, "a back-channel logout"):
                users = await authenticator.logouts.accept_logout_token(self._logout_token(), self)
        except DatabaseFailed as error:
            self.log.warning("A back-channel logout failed: %s", error.detail)
            raise web.HTTPError(400) from None
        except SuiteError as error:
            self.log.warning("A logout token was refused: %s", error.detail.removeprefix("ID token: "))
            raise web.HTTPError(400) from None
        except Exception:
            self.log.exception("A back-channel logout failed")
            raise web.HTTPError(400) from None  # §2.8 wants this status for internal errors as well
        if not users:
            self.log.info("The provider has ended the sessions of a user without a session on this Hub")
        self.set_status(200)
        self.finish()
        if self.settings.get("shutdown_on_logout", False):
            await self._stop_servers(users)

    async def _stop_servers(self, users: Iterable[User]) -> None:
        """Stop the running servers of `users`, as JupyterHub's logout does with `JupyterHub.shutdown_on_logout`."""
        for user in users:
            for name, spawner in list(user.spawners.items()):
                if spawner.active and not spawner.pending:
                    await self.stop_single_user(user, name)

    def _logout_token(self) -> str:
        try:
            token = decode_form(self.posted_form(), max_fields=50).get("logout_token")
        except UnreadableForm as error:
            problem = str(error)
        except FormError:
            problem = "the request body is not a valid form"
        else:
            if token:
                return token
            problem = "the request has no logout_token"
        raise AuthorizationResponseError("invalid_request", problem)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Respond with a JSON error (§2.8). The client is a server, so no page is rendered."""
        if status_code == 405:
            self.set_header("Allow", "POST")
        self.set_header("Content-Type", "application/json")
        self.finish({"error": "invalid_request"})


class FrontchannelLogoutHandler(OAuthLogoutHandler):
    """``GET /hub/oauth_frontchannel_logout?iss=&sid=``: a request from a frame of the provider's logout page.

    See Front-Channel Logout 1.0 §2. The response is the same whether or not a user was logged out.
    """

    needs_confirmation = False

    def set_default_headers(self) -> None:
        """Allow only pages of the issuer to show this page in a frame."""
        super().set_default_headers()
        issuer = split_url(self.authenticator.issuer)
        self.set_header("Content-Security-Policy", f"frame-ancestors {issuer.scheme}://{issuer.netloc}")
        self.clear_header("X-Frame-Options")  # this header cannot name an origin

    def end_sessions(self, user: User) -> None:
        """Do nothing: `get` ends the sessions for this reason."""

    def forget_session(self) -> None:
        """Do nothing: the sign-in page says why the session has ended."""

    async def post(self) -> None:
        """Respond with 405: providers send GET requests."""
        raise web.HTTPError(405)

    @guarded
    async def get(self) -> None:
        """Respond with 200. End the user's sessions if the request names this issuer and one of the user's sessions."""
        authenticator: LogoutAuthenticator = self.authenticator
        try:
            params = parse_query(self.request.query)
        except AuthorizationResponseError as error:
            self.log.warning("A front-channel logout was refused: %s", error.detail)
            raise web.HTTPError(400) from None
        user = self.current_user
        sids = await authenticator.logouts.session_ids_of(user) if user else set()
        if user and is_session_of(params, issuer=authenticator.issuer, sids=sids):
            await self.default_handle_logout()
            authenticator.attempts.clear_all(self)
            # Clearing cookies is not enough: browsers may ignore cookie changes from a frame of another site.
            await authenticator.logouts.end(user)
            self._jupyterhub_user = None
        self.finish("<!DOCTYPE html><title>Logged out</title>")


def _digest(state: str | bytes) -> str:
    """The SHA-256 hash of a state, as stored in the cookie."""
    return hashlib.sha256(state.encode() if isinstance(state, str) else state).hexdigest()
