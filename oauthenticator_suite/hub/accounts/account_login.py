"""The end of every login, whatever it began with: the account, the session, where to go.

The account is most of the work of a callback, and the Hub does it in many small transactions, each with a check of the
connection. Here are the same steps in one. Where the rights of somebody known are to change, the Hub's own method
does it. Tests hold what comes of both against each other, with each supported release.
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
from .account_sync import HAS_PROFILES, belong, check_groups, rights_change

_KEY_OF_NAME = select(orm.User.id).where(orm.User.name == bindparam("name"))

_NAMELESS = {"display_name": ""} if hasattr(orm.Spawner, "display_name") else {}
"""Of the default server; JupyterHub 5 has no such name."""

_turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
"""A lock for each name under which somebody is signing in at this moment."""


class SignedInHandler(SignInHandler):
    """What handlers share in whose verbs somebody becomes signed in."""

    def find_user(self, name: str) -> User | None:
        """The Hub's account of this name, or None.

        The Hub's own method reads the whole account with its groups, roles and shares on every call, to keep of them
        what it has in memory anyway.
        """
        key = self.db.execute(_KEY_OF_NAME, {"name": name}).scalar()
        return None if key is None else self.users.get(key)

    async def auth_to_user(self, authenticated: dict[str, Any], user: User | None = None) -> User:
        """As of the Hub; but a first login that fails here, in `add_user` say, leaves no account behind.

        At the next login the account would be known, and whatever had failed would never be made up for. Two logins of
        one name take turns: else the second would sign in to an account that the first may yet take back. And whose it
        is, is asked again: when the second was judged, there was perhaps none.
        """
        if user is not None or not isinstance(authenticated, dict):
            refreshed: User = await super().auth_to_user(authenticated, user)
            return refreshed
        check_groups(self.authenticator, authenticated)
        turn = _turns.setdefault(authenticated["name"], asyncio.Lock())
        async with turn:
            while True:
                known = self.find_user(authenticated["name"])
                if known is not None:
                    await self.authenticator.refuse_anothers_account(self, authenticated)
                encrypted = await self._encrypted(authenticated)
                if known is not None or self.find_user(authenticated["name"]) is None:
                    break  # else somebody, an administrator say, has made the account meanwhile
            if known is None:
                return await self._first_login(authenticated, encrypted)
            if rights_change(known, authenticated):
                changed: User = await super().auth_to_user(authenticated)
                return changed
            if HAS_PROFILES and authenticated.get("user_info") is not None:
                known.user_info = authenticated["user_info"]
            belong(self.authenticator, known, authenticated)
            known.encrypted_auth_state = encrypted
            self.db.commit()
            return known

    async def _encrypted(self, model: dict[str, Any]) -> bytes | None:
        """What is to be kept of the model's `auth_state`."""
        auth_state = model.get("auth_state") if self.authenticator.enable_auth_state else None
        return None if auth_state is None else await encrypt(auth_state)

    async def _first_login(self, model: dict[str, Any], encrypted: bytes | None) -> User:
        """A new account, with all that the model says of it; `encrypted` is its `auth_state`."""
        admin = bool(model.get("admin"))
        account = orm.User(name=model["name"], admin=admin, encrypted_auth_state=encrypted)
        account.roles = [orm.Role.find(self.db, role) for role in ("user", *(["admin"] if admin else []))]
        orm.Spawner(name="", user=account, **_NAMELESS)
        if HAS_PROFILES and model.get("user_info") is not None:
            account.user_info = model["user_info"]
        try:
            self.db.add(account)
            self.db.commit()
        except BaseException:
            self.db.rollback()  # else the Hub, which has this one session for all, could do nothing any more
            raise
        made: User = self.users[account]
        TOTAL_USERS.inc()
        try:
            await result_of(self.authenticator.add_user(made))
            belong(self.authenticator, made, model)
        except BaseException:
            self.db.rollback()
            self.users.delete(made)
            raise
        return made

    def set_login_cookie(self, user: User) -> None:
        """Sign in under a new session id: one that was there before may be known to somebody else."""
        before = self.get_current_user_cookie()
        if before is None or before.id != user.id:
            if before is not None:
                self.clear_login_cookie()  # also revokes the tokens of that person's session
            self.__dict__.pop("_session_id", None)
            self.set_session_cookie()
        super().set_login_cookie(user)

    def append_query_parameters(self, url: str, exclude: list[str] | None = None) -> str:
        """Nothing of this request's query travels on: the Hub would append it to the next page's."""
        return url
