"""The end of every login: the account, the session cookie, and where to go.

JupyterHub writes an account in several small transactions. Here are the same steps in one. Where the rights of an
existing account change, JupyterHub's own method is used. Tests compare the results on each supported release.
"""

from __future__ import annotations

import asyncio
from typing import Any
from weakref import WeakValueDictionary

from jupyterhub import orm
from jupyterhub.crypto import encrypt
from jupyterhub.metrics import TOTAL_USERS
from jupyterhub.user import User
from sqlalchemy import bindparam, select

from ..maybe_await import result_of
from ..web.pages import SignInHandler
from .account_sync import HAS_PROFILES, check_groups, rights_change, write_groups_and_roles

_ID_BY_NAME = select(orm.User.id).where(orm.User.name == bindparam("name"))

_DEFAULT_SERVER = {"display_name": ""} if hasattr(orm.Spawner, "display_name") else {}
"""More columns of the default server; JupyterHub 5 has none."""

_locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
"""A lock for each username with a login in progress."""


class SignedInHandler(SignInHandler):
    """Base of the handlers that end with a signed-in user."""

    def find_user(self, name: str) -> User | None:
        """The Hub's account of this name, or None.

        JupyterHub's own method loads groups, roles and shares on every call, also of an account that is in memory.
        """
        user_id = self.db.execute(_ID_BY_NAME, {"name": name}).scalar()
        return None if user_id is None else self.users.get(user_id)

    async def auth_to_user(self, authenticated: dict[str, Any], user: User | None = None) -> User:
        """The account of the authentication model, created or updated.

        A first login that fails here, in `add_user` for example, leaves no account behind: at the next login the
        account would exist, and the failed step would never be repeated. Two logins of one name run one after the
        other. Account ownership is checked again, because there may have been no account when the login was decided.
        """
        if user is not None or not isinstance(authenticated, dict):
            refreshed: User = await super().auth_to_user(authenticated, user)
            return refreshed
        check_groups(self.authenticator, authenticated)
        lock = _locks.setdefault(authenticated["name"], asyncio.Lock())
        async with lock:
            while True:
                known = self.find_user(authenticated["name"])
                if known is not None:  # it may also complete the record in auth_state
                    await self.authenticator.refuse_anothers_account(known, authenticated, self.identity)
                encrypted = await self._encrypted(authenticated)
                if known is not None or self.find_user(authenticated["name"]) is None:
                    break  # otherwise an administrator, for example, has created the account in the meantime
            if known is None:
                return await self._first_login(authenticated, encrypted)
            if rights_change(known, authenticated):
                changed: User = await super().auth_to_user(authenticated)
                return changed
            if HAS_PROFILES and authenticated.get("user_info") is not None:
                known.user_info = authenticated["user_info"]
            known.encrypted_auth_state = encrypted
            write_groups_and_roles(self.authenticator, known, authenticated)  # may commit
            self.db.commit()
            return known

    async def _encrypted(self, model: dict[str, Any]) -> bytes | None:
        """The model's `auth_state` as the Hub stores it; None when nothing is stored."""
        auth_state = model.get("auth_state") if self.authenticator.enable_auth_state else None
        return None if auth_state is None else await encrypt(auth_state)

    async def _first_login(self, model: dict[str, Any], encrypted: bytes | None) -> User:
        """A new account with everything that the model says; `encrypted` is its `auth_state`."""
        admin = bool(model.get("admin"))
        account = orm.User(name=model["name"], admin=admin, encrypted_auth_state=encrypted)
        account.roles = [orm.Role.find(self.db, role) for role in ("user", *(["admin"] if admin else []))]
        orm.Spawner(name="", user=account, **_DEFAULT_SERVER)
        if HAS_PROFILES and model.get("user_info") is not None:
            account.user_info = model["user_info"]
        try:
            self.db.add(account)
            self.db.commit()
        except BaseException:
            self.db.rollback()  # the Hub has one session for everything: it would stay unusable
            raise
        made: User = self.users[account]
        TOTAL_USERS.inc()
        try:
            await result_of(self.authenticator.add_user(made))
            write_groups_and_roles(self.authenticator, made, model)
        except BaseException:
            self.db.rollback()
            self.users.delete(made)
            raise
        return made

    def set_login_cookie(self, user: User) -> None:
        """Sign in under a new session ID: another user of this browser may know the earlier one."""
        before = self.get_current_user_cookie()
        if before is None or before.id != user.id:
            if before is not None:
                self.clear_login_cookie()  # also revokes the tokens of that user's session
            self.__dict__.pop("_session_id", None)
            self.set_session_cookie()
        super().set_login_cookie(user)

    def append_query_parameters(self, url: str, exclude: list[str] | None = None) -> str:
        """Return `url` unchanged: JupyterHub would append this request's query to the next page's URL."""
        return url
