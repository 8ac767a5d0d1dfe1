"""The handlers of a child's pages. The common pages are in `choices_page`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakValueDictionary

from jupyterhub.auth import Authenticator
from jupyterhub.handlers import BaseHandler, LogoutHandler
from jupyterhub.user import User

from ...hub.accounts.account_login import SignedInHandler
from ...hub.accounts.account_sync import NewAccount
from ...hub.accounts.session_cookie import note_session
from ...hub.database import database_access
from ...hub.logout.handlers import FrontchannelLogoutHandler, LoggedOutHandler, SuiteLogoutHandler
from ...hub.maybe_await import result_of
from ...hub.oauth.authenticator import OAuthenticator
from ...hub.oauth.login_handlers import OAuthCallbackHandler
from ...hub.observe.facts import LoggedOut
from ...hub.observe.observers import Observers
from ...hub.pages.ways import Way
from ...hub.refresh.pauses import Pausable, all_paused
from ...hub.sessions.outcome import Reason
from ...hub.store.store import store_of
from ...hub.web.pages import SignInHandler
from ...hub.web.query import with_query
from ...policy.username import name_key
from ..foreign_refresh import foreign_rights
from .parent import Parent
from .ways import way_of_child

if TYPE_CHECKING:
    from jupyterhub.handlers import BaseHandler as _Handler
else:
    _Handler = object

_login_locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
"""A lock for each username with a login in progress, over all children, by `name_key`."""


class ChildHandler(_Handler):
    """The mixin of a child's handlers. It makes the child the authenticator of the request."""

    multi: ClassVar[Parent]
    provider: ClassVar[str]

    _is_refreshing = False
    _account: User | None = None
    """The account of a login with a handler of another package, before the login."""

    @property
    def authenticator(self) -> Authenticator:
        """The child; during a refresh the parent, because the signed-in user may belong to another child."""
        return self.multi if self._is_refreshing else self.multi.accounts.children[self.provider]

    @property
    def observers(self) -> Observers:
        """Who is told what happens with all children."""
        return self.multi.observers

    @property
    def observed_name(self) -> str:
        """The name of the child."""
        return self.provider

    @property
    def log(self) -> Any:
        """The child's log, whose lines name the child."""
        return self.multi.accounts.children[self.provider].log

    async def prepare(self) -> None:
        """Prepare the request. A logout of a user who signed in with another child is redirected to that child.

        The other child removes the user's tokens, and sends the browser to the logout page of the user's provider.
        """
        await result_of(super().prepare())
        if self.request.method == "GET" and self._is_logout and not self._finished and self.current_user:
            owner = await self.multi.accounts.child_of(self.current_user)
            if owner is not None and owner is not self.multi.children[self.provider]:
                self.redirect(owner.logout_url(self.hub.base_url))

    @property
    def _is_logout(self) -> bool:
        """Whether this is the page on which users log out, and not a page that a provider uses."""
        return isinstance(self, LogoutHandler) and not isinstance(self, (LoggedOutHandler, FrontchannelLogoutHandler))

    async def refresh_auth(self, user: User, force: bool = False) -> User | None:
        """Refresh the signed-in user with the user's own child, which may not be the child of this request."""
        self._is_refreshing = True
        try:
            return await super().refresh_auth(user, force)
        finally:
            self._is_refreshing = False

    async def auth_to_user(self, authenticated: dict[str, Any], user: User | None = None) -> User:
        """Sign the user in. Concurrent logins of one username by several children run one after the other."""
        if user is not None:  # a refresh, which does not concern this child's handler
            with database_access(self.db, "the account of a refreshed user"):
                refreshed: User = await BaseHandler.auth_to_user(self, authenticated, user)
            return refreshed
        lock = _login_locks.setdefault(name_key(authenticated["name"]), asyncio.Lock())
        async with lock:
            await self._refuse_anothers_account(authenticated)
            async with all_paused(self._other_refreshers(), authenticated["name"]):
                return await self._account_of_login(authenticated)

    def _other_refreshers(self) -> Iterable[Pausable]:
        """The refreshes by the other children, which would replace this login's data with older data.

        `OAuthCallbackHandler` pauses those of this child.
        """
        pauses_own = isinstance(self, OAuthCallbackHandler)
        for provider, child in self.multi.accounts.children.items():
            if isinstance(child, OAuthenticator) and not (pauses_own and provider == self.provider):
                yield child.refresher

    async def _account_of_login(self, authenticated: dict[str, Any]) -> User:
        with database_access(self.db, "the account of a login"):
            if isinstance(self, SignedInHandler):  # which records the login, and what it changes, itself
                of_ours: User = await super().auth_to_user(authenticated)
                return of_ours
            before = self._account or NewAccount(authenticated["name"])
            change = foreign_rights(self.authenticator, before, authenticated)
            signed_in: User = await super().auth_to_user(authenticated)
            granted = bool(authenticated.get("admin"))
            store_of(self.db).accounts.note_login(signed_in.orm_user, time.time(), granted_admin=granted)
            self.db.commit()
        if change is not None:
            self.observers.note(change)
        return signed_in

    async def handle_logout(self) -> None:
        """Log out. If the signed-in user belongs to another child, that child revokes the user's tokens."""
        user = self.current_user
        owner = await self.multi.accounts.child_of(user) if user else None
        is_of_another = isinstance(owner, OAuthenticator) and owner is not self.authenticator
        if is_of_another and owner is not None and owner.logout_scope == "all":
            await owner.logouts.drop_tokens(user)
        await result_of(super().handle_logout())
        if user and not isinstance(self, SuiteLogoutHandler):  # which has done so
            self.multi.endings_of(self.provider).end_sessions(user, Reason.LOGOUT)
            name = user.name
            self.multi.observers.note(LoggedOut(provider=self.provider, username=name, by="user", everywhere=True))

    async def _refuse_anothers_account(self, model: dict[str, Any]) -> None:
        """Check the account's owner again, now that the login holds the lock. `SignedInHandler` does so itself."""
        if isinstance(self, SignedInHandler):
            return
        accounts, child = self.multi.accounts, self.multi.children[self.provider]
        self._account = user = self.find_user(model["name"])
        self.created_account = user is None
        before = await accounts.admit(self.provider, user, model)
        if child.enable_auth_state:
            accounts.stamp(self.provider, model, before)

    def way(self) -> Way:
        """The child, as it is named on pages."""
        return way_of_child(
            self, self.multi, self.provider, self.retry_url() if isinstance(self, SignInHandler) else ""
        )

    def way_of_owner(self, owner: str) -> Way | None:
        """The child of the account that has the name already; None if it is not known."""
        child = self.multi.children.get(owner)
        if child is None:
            return None
        next_url = self.intended_url() if isinstance(self, SignInHandler) else ""
        url = with_query(child.login_url(self.hub.base_url), {"next": next_url})
        return way_of_child(self, self.multi, owner, url)

    @property
    def tells_owner(self) -> bool:
        """Whether a page may name the child of an account that has the name already."""
        return bool(self.multi.tell_account_owner)

    def set_login_cookie(self, user: User) -> None:
        """Sign the user in to this browser, and note the session for the sign-in page, also of another package."""
        super().set_login_cookie(user)
        if not isinstance(self, SignedInHandler):  # which notes it itself
            note_session(self, user)

    def other_ways_url(self) -> str:
        """The URL of the page with all providers."""
        return self.multi.choices_url(self, self.intended_url() if isinstance(self, SignInHandler) else "")
