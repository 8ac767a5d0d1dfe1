"""The requests of each of several ways to sign in. The pages of all together are in `page`."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakValueDictionary

from jupyterhub.auth import Authenticator
from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User

from ...hub.accounts.account_login import SignedInHandler
from ...hub.maybe_await import result_of
from ...hub.oauth.authenticator import OAuthenticator
from ...hub.web.pages import SignInHandler

if TYPE_CHECKING:
    from jupyterhub.handlers import BaseHandler as _Handler

    from ..authenticator import MultiAuthenticator
else:
    _Handler = object

_turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
"""A lock for each name under which somebody is signing in at this moment."""


class OfChild(_Handler):
    """A request of one of several: whatever a handler asks its authenticator, it asks the child."""

    multi: ClassVar[MultiAuthenticator]
    provider: ClassVar[str]

    _refreshing = False

    @property
    def authenticator(self) -> Authenticator:
        """The child; but who is signed in already is perhaps another child's."""
        return self.multi if self._refreshing else self.multi.children[self.provider]

    @property
    def log(self) -> Any:
        """The child's, whose lines name it."""
        return self.multi.children[self.provider].log

    async def refresh_auth(self, user: User, force: bool = False) -> User | None:
        """As of the Hub: the child that the user signs in with is asked, and not the one that this request is of."""
        self._refreshing = True
        try:
            return await super().refresh_auth(user, force)
        finally:
            self._refreshing = False

    async def auth_to_user(self, authenticated: dict[str, Any], user: User | None = None) -> User:
        """As of the Hub. Of two who sign in under one name at the same time, in two places, one has it first."""
        if user is not None:  # a refresh, which is nothing of this child's handler
            refreshed: User = await BaseHandler.auth_to_user(self, authenticated, user)
            return refreshed
        turn = _turns.setdefault(authenticated["name"], asyncio.Lock())
        async with turn, AsyncExitStack() as stopped:
            await self._refuse_anothers_account(authenticated)
            for child in self.multi.children.values():
                if isinstance(child, OAuthenticator):
                    # a refresh of another child's would save what it knew over what is known now
                    await stopped.enter_async_context(child.refresher.paused(authenticated["name"]))
            return await super().auth_to_user(authenticated, user)

    async def handle_logout(self) -> None:
        """As of the child. Somebody of another's may be here: their tokens are handed back to where they are from."""
        user = self.current_user
        owner = await self.multi.accounts.child_of(user) if user else None
        if isinstance(owner, OAuthenticator) and owner is not self.authenticator:
            await owner.logouts.drop_tokens(user)
        await result_of(super().handle_logout())

    async def _refuse_anothers_account(self, model: dict[str, Any]) -> None:
        """Once more, as it is now that nobody else signs in under this name; our own handlers do so themselves."""
        if isinstance(self, SignedInHandler):
            return
        accounts, child = self.multi.accounts, self.multi.children[self.provider]
        before = await accounts.admit(self.provider, self.find_user(model["name"]), model)
        if child.enable_auth_state:
            accounts.stamp(self.provider, model, before)

    def other_ways_url(self) -> str:
        """The page that offers all ways."""
        return self.multi.choices_url(self, self.intended_url() if isinstance(self, SignInHandler) else "")
