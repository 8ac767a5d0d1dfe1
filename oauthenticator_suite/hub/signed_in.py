"""The end of every login, whatever it began with: the account, the session, where to go."""

from __future__ import annotations

from jupyterhub import orm
from jupyterhub.user import User

from .pages import SignInHandler


class SignedInHandler(SignInHandler):
    """What handlers share in whose verbs somebody becomes signed in."""

    def find_user(self, name: str) -> User | None:
        """The Hub's account of this name, or None.

        The Hub's own method reads the whole account with its groups, roles and shares on every call, to keep of them
        what it has in memory anyway. That is a fifth of the work of a login, and a login asks twice.
        """
        key = self.db.query(orm.User.id).filter(orm.User.name == name).scalar()
        return None if key is None else self.users.get(key)

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
