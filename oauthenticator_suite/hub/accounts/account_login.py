"""The end of every login: the account, the session cookie, and where to go.

JupyterHub writes an account in several small transactions. Here are the same steps in one. Tests compare the results
on each supported release.
"""

from __future__ import annotations

import asyncio
import time
from functools import cached_property
from typing import Any
from weakref import WeakSet, WeakValueDictionary

from jupyterhub import orm
from jupyterhub.crypto import encrypt
from jupyterhub.handlers.login import LoginHandler
from jupyterhub.metrics import TOTAL_USERS
from jupyterhub.user import User
from sqlalchemy import bindparam, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm.exc import ObjectDeletedError

from ...errors import DatabaseFailed
from ...policy.username import name_key
from ..database import database_access, one_transaction, roll_back
from ..maybe_await import result_of
from ..observe.facts import AccountBound, BoundHow
from ..resilience.login_pacing import pacing_of
from ..store.store import store_of
from ..web.pages import SignInHandler
from .account_sync import (
    HAS_PROFILES,
    changed_rights,
    check_groups,
    is_persistent,
    put_rights,
    write_groups_and_roles,
)
from .auth_state import decrypting_once, forget_unsaved, kept_auth_state, write_auth_state
from .identity_keys import index_keys
from .record import SessionRecord
from .session_cookie import note_session

_ID_BY_NAME = select(orm.User.id).where(orm.User.name == bindparam("name"))

_DEFAULT_SERVER = {"display_name": ""} if hasattr(orm.Spawner, "display_name") else {}
"""More columns of the default server; JupyterHub 5 has none."""

_BY_NAME = "oauthenticator_suite: accounts by name"
"""The entry of the session's ``info`` with the accounts in memory that have signed in, by name."""

_locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
"""A lock for each username with a login in progress, by `name_key`: some databases compare names without case."""

_unfinished: WeakSet[User] = WeakSet()
"""Accounts of first logins that failed, and that the database did not remove."""


class SignedInHandler(SignInHandler):
    """Base of the handlers that end with a signed-in user."""

    @property
    def is_login(self) -> bool:
        """Every request is, but one that shows the form."""
        return not isinstance(self, LoginHandler) or self.request.method == "POST"

    async def login_user(self, data: Any = None) -> User | None:
        """Sign the user in. The account's `auth_state` is decrypted once."""
        with decrypting_once():
            user: User | None = await super().login_user(data)
        return user

    def find_user(self, name: str) -> User | None:
        """The Hub's account of this name, or None.

        JupyterHub's own method reads the account with its groups, roles and shares on every call. Here an account in
        memory is found without a statement: no other process writes to the Hub's database, and an account that was
        renamed or deleted is not taken.
        """
        user = self._account_in_memory(name)
        if user is None:
            user_id = self.db.execute(_ID_BY_NAME, {"name": name}).scalar()
            user = None if user_id is None else self.users.get(user_id)
            if user is not None and user.name == name:  # some databases compare names without case
                self._accounts_in_memory[name] = user
        return user

    @cached_property
    def _accounts_in_memory(self) -> WeakValueDictionary[str, User]:
        found: WeakValueDictionary[str, User] = self.db.info.setdefault(_BY_NAME, WeakValueDictionary())
        return found

    def _account_in_memory(self, name: str) -> User | None:
        """The account that `find_user` has found by this name before, if it still has the name and exists."""
        user: User | None = self._accounts_in_memory.get(name)
        try:
            return user if user is not None and is_persistent(user) and user.name == name else None
        except ObjectDeletedError:  # read again after a rollback: another program has deleted the account
            del self._accounts_in_memory[name]
            return None

    async def auth_to_user(self, authenticated: dict[str, Any], user: User | None = None) -> User:
        """The account of the authentication model, created or updated.

        A first login that fails here, in `add_user` for example, leaves no account behind: at the next login the
        account would exist, and the failed step would never be repeated. Two logins of one name run one after the
        other. Account ownership is checked again, because there may have been no account when the login was decided.

        Raises
        ------
        DatabaseFailed
            When the database cannot be read or written. It has been rolled back.
        """
        if user is not None or not isinstance(authenticated, dict):
            with database_access(self.db, "the account of a refreshed user"):
                refreshed: User = await super().auth_to_user(authenticated, user)
            return refreshed
        try:
            with database_access(self.db, f"the account {authenticated['name']!r}"):
                return await self._account_of(authenticated)
        except DatabaseFailed:
            self._accounts_in_memory.pop(authenticated["name"], None)
            raise

    async def _account_of(self, authenticated: dict[str, Any]) -> User:
        authenticator, name = self.authenticator, authenticated["name"]
        lock = _locks.setdefault(name_key(name), asyncio.Lock())
        async with lock:
            known = self._account_in_memory(name)
            if known is None:
                encrypted = await self._encrypted(authenticated)
                known = self.find_user(name)  # an administrator, for example, may have created it
            if known is not None and known in _unfinished:
                self.users.delete(known)
                known, encrypted = None, await self._encrypted(authenticated)
            if known is None:
                return await self._first_login(authenticated, encrypted)
            # it may also complete the record in auth_state
            is_rebound = await authenticator.refuse_anothers_account(known, authenticated, self.identity)
            is_unbound = known.encrypted_auth_state is None
            is_renamed = self.is_renamed and not is_rebound and await self._has_new_name(known)
            encrypted = await self._encrypted(authenticated)
            check_groups(authenticator, authenticated)
            purpose = f"the account {name!r}"
            if not is_persistent(known):  # a row of the suite's tables would be left, and a session of no account
                raise DatabaseFailed(f"{purpose} was deleted during a login of the user")
            with one_transaction(self.db, purpose):
                if getattr(authenticator, "session_max_age", 0):  # no older session may outlast its time
                    authenticator.endings.end_sessions_before_login(known)
                write_auth_state(known, encrypted)
                self._note_login(known.orm_user, authenticated)
                put_rights(authenticator, known, authenticated)
            forget_unsaved(known)
            if is_rebound or is_unbound or is_renamed:
                self._note_binding(known, "by_name" if is_rebound else "first_login" if is_unbound else "renamed")
            return known

    async def _has_new_name(self, known: User) -> bool:
        """Whether the stored data have another name of the user at the provider than this login."""
        before = SessionRecord.of(await kept_auth_state(known) or {}).login
        return self.identity is None or self.identity.login != before

    def _note_login(self, account: orm.User, model: dict[str, Any]) -> None:
        """Record the login, in the transaction that writes the account."""
        granted = bool(model.get("admin"))
        found = index_keys(self.identity, model) if self.authenticator.enable_auth_state else {}
        store_of(self.db).accounts.note_login(account, time.time(), granted_admin=granted, **found)

    async def _encrypted(self, model: dict[str, Any]) -> bytes | None:
        """The model's `auth_state` as the Hub stores it; None when nothing is stored. Then it may be stored at once."""
        auth_state = model.get("auth_state") if self.authenticator.enable_auth_state else None
        encrypted = None if auth_state is None else await encrypt(auth_state)
        await pacing_of(self.db).turn()
        return encrypted

    async def _first_login(self, model: dict[str, Any], encrypted: bytes | None) -> User:
        """A new account with everything that the model says; `encrypted` is its `auth_state`."""
        authenticator = self.authenticator
        check_groups(authenticator, model)
        admin = bool(model.get("admin"))
        account = orm.User(name=model["name"], admin=admin, encrypted_auth_state=encrypted)
        account.roles = [orm.Role.find(self.db, role) for role in ("user", *(["admin"] if admin else []))]
        orm.Spawner(name="", user=account, **_DEFAULT_SERVER)
        if HAS_PROFILES and model.get("user_info") is not None:
            account.user_info = model["user_info"]
        self.db.add(account)
        self._note_login(account, model)
        self.db.commit()
        made: User = self.users[account]
        self._accounts_in_memory[made.name] = made
        TOTAL_USERS.inc()
        was_allowed = model["name"] in authenticator.allowed_users
        try:
            await result_of(authenticator.add_user(made))
            change = changed_rights(authenticator, made, model, was_admin=False)
            write_groups_and_roles(authenticator, made, model)
        except BaseException:
            self._remove(made)
            if not was_allowed:  # `add_user` may have allowed the name, as that of an existing account
                authenticator.allowed_users.discard(model["name"])
            raise
        self.created_account = True
        if change is not None:
            self.observers.note(change)
        self._note_binding(made, "first_login")
        return made

    def _note_binding(self, user: User, how: BoundHow) -> None:
        """Note that the account belongs to the user of this login from now on."""
        is_recorded = self.authenticator.enable_auth_state and self.identity is not None
        if is_recorded or how == "by_name":
            self.observers.note(AccountBound(provider=self.observed_name, username=user.name, how=how))

    def _remove(self, made: User) -> None:
        """Remove the account of a first login that has failed. If the database fails, the next login does so."""
        roll_back(self.db)
        try:
            self.users.delete(made)
        except SQLAlchemyError:
            roll_back(self.db)
            _unfinished.add(made)

    def set_login_cookie(self, user: User) -> None:
        """Sign in under a new session ID: another user of this browser may know the earlier one."""
        before = self.get_current_user_cookie()
        if before is None or before.id != user.id:
            if before is not None:
                self.clear_login_cookie()  # also revokes the tokens of that user's session
            self.__dict__.pop("_session_id", None)
            self.set_session_cookie()
        super().set_login_cookie(user)
        note_session(self, user)

    def append_query_parameters(self, url: str, exclude: list[str] | None = None) -> str:
        """Return `url` unchanged: JupyterHub would append this request's query to the next page's URL."""
        return url
