"""The end of every login, whatever it began with: the account, the session, where to go."""

from __future__ import annotations

import asyncio
from typing import Any
from weakref import WeakValueDictionary

from jupyterhub import orm
from jupyterhub.metrics import TOTAL_USERS
from jupyterhub.user import User

from .pages import SignInHandler

_turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
"""A lock for each name under which somebody is signing in at this moment."""


class SignedInHandler(SignInHandler):
    """What handlers share in whose verbs somebody becomes signed in."""

    def find_user(self, name: str) -> User | None:
        """The Hub's account of this name, or None.

        The Hub's own method reads the whole account with its groups, roles and shares on every call, to keep of them
        what it has in memory anyway. That is a fifth of the work of a login, and a login asks twice.
        """
        key = self.db.query(orm.User.id).filter(orm.User.name == name).scalar()
        return None if key is None else self.users.get(key)

    _made: User | None = None

    def user_from_username(self, username: str) -> User:
        """A new account, with the role that everybody has: the Hub has just seen that there is none of this name.

        The Hub's own method looks once more, and finds, grants and commits role by role. The end is the same here, by
        one transaction.
        """
        account = orm.User(name=username, roles=[orm.Role.find(self.db, "user")])
        self.db.add(account)
        self.db.commit()
        TOTAL_USERS.inc()
        made: User = self.users[account]
        self._made = made
        return made

    async def auth_to_user(self, authenticated: dict[str, Any], user: User | None = None) -> User:
        """As of the Hub; but a first login that fails here, in `add_user` say, leaves no account behind.

        At the next login the account would be known, and whatever had failed would never be made up for. Two logins of
        one name take turns: else the second would sign in to an account that the first may yet take back.
        """
        name = authenticated["name"] if isinstance(authenticated, dict) else authenticated
        turn = _turns.setdefault(name, asyncio.Lock())
        async with turn:
            try:
                return await super().auth_to_user(authenticated, user)
            except BaseException:
                if self._made is not None:
                    self.db.rollback()
                    self.users.delete(self._made)
                raise

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
