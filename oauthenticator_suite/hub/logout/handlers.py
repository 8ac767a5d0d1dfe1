"""The requests of a logout: the user's, the provider's that sends the user back, and the provider's own two."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import Any, Protocol

from jupyterhub.handlers import LogoutHandler
from jupyterhub.user import User
from tornado import web

from ...errors import AuthorizationResponseError, SuiteError
from ...protocol.authorization import parse_query
from ...protocol.form import FormError, decode_form
from ...protocol.logout import is_session_of
from ...protocol.messages import FORM
from ...protocol.urls import split_url
from ..web.pages import SignInHandler
from .logout import Logouts

MAX_LOGOUT_TOKEN_REQUEST = 65_536
"""Bytes of a request with a logout token that are kept; logout tokens have about one thousand."""

MAX_READ = 4 * 1_048_576
"""Bytes that are read and thrown away, so that the one who sends too much gets an answer. Beyond, the line is cut."""

_STATE_COOKIE = "oauth-logout"
_STATE_LIFETIME = 600


class ForgetsAttempts(Protocol):
    """The login attempts of a browser."""

    def clear_all(self, handler: Any) -> None:
        """Remove all of them."""


class LogsOut(Protocol):
    """The part of `OAuthenticator` that these handlers use."""

    issuer: str
    attempts: ForgetsAttempts
    logouts: Logouts


class EndsSessions(SignInHandler):
    """A request by which somebody leaves."""

    async def refresh_auth(self, user: User, force: bool = False) -> User:
        """Who leaves is not asked whether they may stay.

        Neither an outage nor a refused refresh must keep them in, or with `refresh_pre_stop` their servers running.
        """
        return user


class SuiteLogoutHandler(EndsSessions, LogoutHandler):
    """``GET /hub/logout``: the Hub's own logout, then `logout_redirect_url`."""

    async def get(self) -> None:
        """302 to where the logout goes on: `logout_redirect_url`, or the sign-in page.

        403 when a page has loaded this URL as an image, or another site's script has: nobody meant to leave. (A link or
        a frame there is another thing: providers do use them.)
        """
        self.refuse_what_nobody_meant()
        await super().get()

    def refuse_what_nobody_meant(self) -> None:
        """403 when this is not a person's own request."""
        mode = self.request.headers.get("Sec-Fetch-Mode", "navigate")
        ours = self.request.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin")
        if mode == "no-cors" or (mode != "navigate" and not ours):
            raise web.HTTPError(403, "Nobody is logged out by what a page loads.")

    async def render_logout_page(self) -> None:
        """302 to `logout_redirect_url`, else what the Hub does."""
        if self.authenticator.logout_redirect_url:
            self.redirect(self.authenticator.logout_redirect_url)
        else:
            await super().render_logout_page()


class OAuthLogoutHandler(SuiteLogoutHandler):
    """``GET /hub/logout``: the Hub's own logout, then ours, then perhaps the provider's."""

    _id_token: str | None = None
    _was_signed_in = False

    async def handle_logout(self) -> None:
        """Drop unfinished attempts of this browser, and the tokens of the user who is signed in here, nobody else's."""
        authenticator: LogsOut = self.authenticator
        authenticator.attempts.clear_all(self)
        if self.current_user:
            self._was_signed_in = True
            self._id_token = await authenticator.logouts.drop_tokens(self.current_user)

    async def render_logout_page(self) -> None:
        """302 to the provider's logout page, else where every logout goes on."""
        authenticator: LogsOut = self.authenticator
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


class LoggedOutHandler(SignInHandler, LogoutHandler):
    """``GET /hub/oauth_logged_out``: back from the provider's logout page (RP-Initiated Logout 1.0 §3).

    Nobody is logged out here: that has been done before. So there is nothing to gain by sending somebody here.
    """

    async def get(self) -> None:
        """302 to `logout_redirect_url` with the ``state`` that this browser left with; else to the Hub's own page."""
        expected = self.get_cookie(_STATE_COOKIE, "")
        self.clear_cookie(_STATE_COOKIE, path=self.hub.base_url)
        (state, *_) = self.request.query_arguments.get("state", [b""])
        ours = bool(expected) and hmac.compare_digest(expected.encode(), _digest(state).encode())
        if self.current_user:
            self.redirect(self.hub.base_url)
        elif ours and self.authenticator.logout_redirect_url:
            self.redirect(self.authenticator.logout_redirect_url)
        else:
            await self.render_logout_page()


@web.stream_request_body
class BackchannelLogoutHandler(EndsSessions):
    """``POST /hub/oauth_backchannel_logout``: the provider says that sessions have ended.

    A request between servers (Back-Channel Logout 1.0 §2.5). Cookies and API tokens are not looked at, so that there is
    nothing that XSRF could use: what counts is the signature of the logout token.
    """

    _accept_cookie_auth = False
    _accept_token_auth = False

    def check_xsrf_cookie(self) -> None:
        """Nothing to check: see the class."""

    async def prepare(self) -> None:
        """Prepare to read no more than can be right."""
        self._body = bytearray()
        self._too_large = False
        self.request.connection.set_max_body_size(MAX_READ)
        await super().prepare()

    def data_received(self, chunk: bytes) -> None:
        """Keep a part of the body."""
        if len(self._body) + len(chunk) > MAX_LOGOUT_TOKEN_REQUEST:
            self._too_large = True
            self._body.clear()
        elif not self._too_large:
            self._body += chunk

    async def post(self) -> None:
        """200 when the sessions have ended, or there were none; 400 for a bad token, and nothing has happened."""
        authenticator: LogsOut = self.authenticator
        try:
            users = await authenticator.logouts.accept_logout_token(self._logout_token(), self)
        except SuiteError as error:
            self.log.warning("A logout token was refused: %s", error.detail.removeprefix("ID token: "))
            raise web.HTTPError(400) from None
        except Exception:
            self.log.exception("A logout that the provider asked for has failed")
            raise web.HTTPError(400) from None  # §2.8: not only for bad requests
        names = ", ".join(user.name for user in users)
        self.log.info("The provider has ended the sessions of %s", names or "somebody who has none here")
        self.set_status(200)
        self.finish()
        if self.settings.get("shutdown_on_logout", False):
            await self._stop_servers(users)

    async def _stop_servers(self, users: Iterable[User]) -> None:
        """What the Hub's own logout does under `JupyterHub.shutdown_on_logout`."""
        for user in users:
            for name, spawner in list(user.spawners.items()):
                if spawner.active and not spawner.pending:
                    await self.stop_single_user(user, name)

    def _logout_token(self) -> str:
        if self._too_large:
            problem = f"the request has more than {MAX_LOGOUT_TOKEN_REQUEST} bytes"
        elif self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != FORM:
            problem = "the request is not form-encoded by its type"
        else:
            try:
                token = decode_form(self._body.decode("ascii"), max_fields=50).get("logout_token")
            except (FormError, UnicodeDecodeError):
                problem = "the request cannot be read as a form"
            else:
                if token:
                    return token
                problem = "the request has no logout_token"
        raise AuthorizationResponseError("invalid_request", problem)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """A few words of JSON (§2.8), as no person reads them."""
        if status_code == 405:
            self.set_header("Allow", "POST")
        self.set_header("Content-Type", "application/json")
        self.finish({"error": "invalid_request"})


class FrontchannelLogoutHandler(OAuthLogoutHandler):
    """``GET /hub/oauth_frontchannel_logout?iss=&sid=``: in a frame of the provider's logout page.

    See Front-Channel Logout 1.0 §2. The answer looks the same whether or not somebody was logged out.
    """

    def set_default_headers(self) -> None:
        """Only the provider's pages may have this one in a frame."""
        super().set_default_headers()
        issuer = split_url(self.authenticator.issuer)
        self.set_header("Content-Security-Policy", f"frame-ancestors {issuer.scheme}://{issuer.netloc}")
        self.clear_header("X-Frame-Options")  # which cannot name anybody

    async def get(self) -> None:
        """200; the user's sessions end when the request names this issuer and a session of theirs there."""
        authenticator: LogsOut = self.authenticator
        try:
            params = parse_query(self.request.query)
        except AuthorizationResponseError as error:
            self.log.warning("A front-channel logout was refused: %s", error.detail)
            raise web.HTTPError(400) from None
        user = self.current_user
        sids = await authenticator.logouts.sids_of(user) if user else set()
        if user and is_session_of(params, issuer=authenticator.issuer, sids=sids):
            await self.default_handle_logout()
            authenticator.attempts.clear_all(self)
            # A cookie that is cleared in a frame may well stay: browsers keep other sites' frames from changing any.
            await authenticator.logouts.end(user)
            self._jupyterhub_user = None
            self.log.info("The provider has ended the sessions of %s", user.name)
        self.finish("<!DOCTYPE html><title>Logged out</title>")


def _digest(state: str | bytes) -> str:
    """What a cookie may show of a state."""
    return hashlib.sha256(state.encode() if isinstance(state, str) else state).hexdigest()
