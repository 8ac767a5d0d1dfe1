"""The two requests of an OAuth login: leave for the provider, come back. Logging out is in `logout_handlers`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyterhub.user import User
from tornado import web

from ...errors import AccessDenied, AttemptError
from ...protocol.authorization import parse_query
from ..accounts.account_login import SignedInHandler
from ..web.pages import SignInHandler, guarded
from .attempts import Attempt

if TYPE_CHECKING:
    from .authenticator import OAuthenticator


class OAuthLoginHandler(SignInHandler):
    """``GET /hub/oauth_login?next=``: begin an attempt and send the browser to the provider."""

    @guarded
    async def get(self) -> None:
        """302 to the provider's authorization endpoint, with the sealed attempt as a cookie."""
        authenticator: OAuthenticator = self.authenticator
        self.redirect(await authenticator.begin_attempt(self, self.intended_url()))


class OAuthRevokeHandler(SignInHandler):
    """``GET /hub/oauth_revoke``: to the provider's page on which users take back what they have granted this Hub."""

    async def get(self) -> None:
        """302 to that page; 404 when the provider has none."""
        authenticator: OAuthenticator = self.authenticator
        if not authenticator.revoke_url:
            raise web.HTTPError(404)
        self.redirect(authenticator.revoke_url)


class OAuthCallbackHandler(SignedInHandler):
    """``GET /hub/oauth_callback``: take the attempt, judge the response, sign in."""

    attempt: Attempt | None = None

    @guarded
    async def get(self) -> None:
        """302 to where the user wanted to go; else an error page, or 302 home for a copy of a finished callback."""
        authenticator: OAuthenticator = self.authenticator
        params = parse_query(self.request.query)
        state = authenticator.flow.state_in(params)
        try:
            self.attempt = authenticator.attempts.take(self, state, authenticator.provider_id)
        except AttemptError as error:
            if self.current_user and error.reason in ("missing", "used"):
                # the same callback once more (a double click, the Back button) after it has signed the user in
                self.log.info("%s: a repeated callback of %s", type(authenticator).__name__, self.current_user.name)
                self.redirect(super().get_next_url(self.current_user))
                return
            raise
        code = await authenticator.flow.judge(params, self.attempt)
        user = await self.login_user({"code": code, "attempt": self.attempt})
        if user is None:
            raise AccessDenied("authenticate", "the authenticator's own code refused the user")
        self.redirect(self.get_next_url(user))

    async def auth_to_user(self, authenticated: dict[str, Any], user: User | None = None) -> User:
        """The user whom the Hub makes of the model; whose account it is at the provider is noted."""
        authenticator: OAuthenticator = self.authenticator
        if user is not None:
            its_user: User = await super().auth_to_user(authenticated, user)
        else:
            # a login: a refresh with the tokens from before must not save them over the new ones
            async with authenticator.refresher.stopped(authenticated["name"]):
                its_user = await super().auth_to_user(authenticated)
        authenticator.logouts.note_login(its_user, authenticated)
        return its_user

    def intended_url(self) -> str:
        """The destination that was sealed into the attempt."""
        return self.attempt.next_url if self.attempt else ""

    def get_next_url(self, user: User | None = None, default: str | None = None) -> str:
        """Where to go now: the attempt's destination, else the Hub's default for `user`."""
        next_url: str = self.intended_url() or super().get_next_url(user, default)
        return next_url
