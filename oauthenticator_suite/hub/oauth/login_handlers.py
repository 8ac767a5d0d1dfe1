"""The requests of an OAuth login: leave for the provider, and come back. Logout is in `hub.logout.handlers`."""

from __future__ import annotations

from typing import Protocol

from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User
from tornado import web

from ...errors import AccessDenied, AttemptError
from ...protocol.authorization import parse_query
from ..accounts.account_login import SignedInHandler
from ..logout.logout import Logouts
from ..refresh.refresher import Refresher
from ..web.pages import SignInHandler, guarded
from .attempts import Attempt, Attempts
from .flow import Flow


class SignsInAtProvider(Protocol):
    """The part of `OAuthenticator` that these handlers use."""

    attempts: Attempts
    flow: Flow
    refresher: Refresher
    logouts: Logouts
    provider_id: str
    revoke_url: str

    async def begin_attempt(self, handler: BaseHandler, next_url: str) -> str:
        """Seal a new attempt into the browser's cookies, and return the URL to redirect the browser to."""


class OAuthLoginHandler(SignInHandler):
    """``GET /hub/oauth_login?next=``: begin an attempt and send the browser to the provider."""

    @guarded
    async def get(self) -> None:
        """302 to the provider's authorization endpoint, with the sealed attempt as a cookie."""
        authenticator: SignsInAtProvider = self.authenticator
        self.redirect(await authenticator.begin_attempt(self, self.intended_url()))


class OAuthRevokeHandler(SignInHandler):
    """``GET /hub/oauth_revoke``: to the provider's page on which users revoke the access of this Hub."""

    async def get(self) -> None:
        """302 to that page; 404 when the provider has none."""
        authenticator: SignsInAtProvider = self.authenticator
        if not authenticator.revoke_url:
            raise web.HTTPError(404)
        self.redirect(authenticator.revoke_url)


class OAuthCallbackHandler(SignedInHandler):
    """``GET /hub/oauth_callback``: take the attempt, validate the response, sign in."""

    attempt: Attempt | None = None

    @guarded
    async def get(self) -> None:
        """302 to where the user wanted to go; else an error page, or 302 home for a copy of a finished callback."""
        authenticator: SignsInAtProvider = self.authenticator
        params = parse_query(self.request.query)
        state = authenticator.flow.state_in(params)
        try:
            self.attempt = authenticator.attempts.take(self, state, authenticator.provider_id)
        except AttemptError as error:
            if self.current_user and error.reason in ("missing", "used"):
                # the same callback again (a double click, the Back button) after it has signed the user in
                self.log.info("%s: a repeated callback of %s", type(authenticator).__name__, self.current_user.name)
                self.redirect(super().get_next_url(self.current_user))
                return
            raise
        code = await authenticator.flow.validate_response(params, self.attempt)
        user = await self.login_user({"code": code, "attempt": self.attempt})
        if user is None:
            raise AccessDenied("authenticate", "the authenticator's own code refused the user")
        self.redirect(self.get_next_url(user))

    async def auth_to_user(self, authenticated: dict[str, object], user: User | None = None) -> User:
        """The account of the model. The logout remembers which account at the provider it belongs to."""
        authenticator: SignsInAtProvider = self.authenticator
        if user is not None:
            signed_in: User = await super().auth_to_user(authenticated, user)
        else:
            # a refresh with the tokens from before must not write them over the new ones
            async with authenticator.refresher.paused(str(authenticated["name"])):
                signed_in = await super().auth_to_user(authenticated)
        authenticator.logouts.note_login(signed_in, authenticated, self.identity)
        return signed_in

    def intended_url(self) -> str:
        """The destination that was sealed into the attempt."""
        return self.attempt.next_url if self.attempt else ""

    def get_next_url(self, user: User | None = None, default: str | None = None) -> str:
        """Where to go now: the attempt's destination, else the Hub's default for `user`."""
        next_url: str = self.intended_url() or super().get_next_url(user, default)
        return next_url
