"""An operator asks users to sign in again: by the API or on the status page."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from logging import Logger, LoggerAdapter
from typing import Any, Protocol

from jupyterhub import orm
from jupyterhub.user import User
from sqlalchemy.orm import Session

from ..database import one_transaction
from ..observe.facts import SessionsEnded
from ..observe.observers import Observers
from ..store.settings import EVERYONE_MUST_SIGN_IN_SINCE
from ..store.store import store_of
from .endings import Endings
from .outcome import Reason


class AsksToSignIn(Protocol):
    """The part of an authenticator that is used here."""

    auth_refresh_age: int
    log: Logger | LoggerAdapter[Any]

    @property
    def endings(self) -> Endings:
        """The ends of sessions."""

    @property
    def observers(self) -> Observers:
        """Who is told what happens."""


def account_of_name(db: Session, name: str) -> orm.User | None:
    """The account of a name that an operator has typed; None when there is none.

    No username has an unprintable character, and some databases refuse a text with one.
    """
    return orm.User.find(db, name) if name.isprintable() else None


def ask_users(authenticator: AsksToSignIn, users: Iterable[User], by: str) -> None:
    """End the sessions of some users in all browsers. Their tokens for programs, and their servers, continue.

    Parameters
    ----------
    by:
        The administrator or service that asks for it.

    Raises
    ------
    DatabaseFailed
        When the database cannot be written. The sessions of users before the failure have ended.
    """
    for user in users:
        authenticator.endings.end_sessions(user, Reason.ASKED, by=by)
        user._auth_refreshed = None


def ask_everyone(authenticator: AsksToSignIn, db: Session, users: Mapping[Any, User], by: str) -> None:
    """End the sessions of all users at their next request. Their tokens for programs, and their servers, continue.

    Parameters
    ----------
    db:
        The Hub's database session.
    users:
        The Hub's users in memory.
    by:
        The administrator or service that asks for it.

    Raises
    ------
    DatabaseFailed
        When the database cannot be written. No session has ended then.
    """
    with one_transaction(db, "the time at which all users were asked to sign in again"):
        store_of(db).settings.set(EVERYONE_MUST_SIGN_IN_SINCE, time.time())
        if not authenticator.auth_refresh_age:  # no refresh will end the sessions
            authenticator.endings.end_all_sessions(db, Reason.ASKED)
    for user in list(users.values()):
        user._auth_refreshed = None  # the next request of each user is refreshed
    authenticator.observers.note(SessionsEnded(provider="", username="", reason="asked", by=by))
