"""`follow_renames`: the account of a user, found by issuer and subject, whatever the user is called at the provider.

The table ``suite_accounts`` has a hash of issuer and subject for each account, which every login writes. So an account
is found with one statement, and no `auth_state` but its own is decrypted. The hash only finds candidates: the record in
`auth_state` decides whose account it is, and an account without a record belongs to no user.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from logging import Logger, LoggerAdapter
from typing import Any, Protocol

from cryptography.fernet import InvalidToken
from jupyterhub import orm
from jupyterhub.crypto import CryptKeeper
from sqlalchemy.orm import Session

from ...errors import UnreadableRecord
from ..database import database_access, one_transaction
from ..store.store import store_of
from .auth_state import kept_auth_state
from .identity_keys import Owner, owner_key, session_key
from .record import SessionRecord

MAX_ACCOUNTS = 20
"""Accounts with one identity that are looked at. A user gets a second one only by signing in with the option off."""


_BATCH = 500  # records in memory at the same time: each may have many kilobytes


class KnowsOwners(Protocol):
    """The part of an authenticator that knows whose an account is."""

    log: Logger | LoggerAdapter[Any]

    def may_own(self, name: str) -> bool:
        """Whether an account of this name can belong to a user of this authenticator."""

    def recorded_owner(self, name: str, auth_state: dict[str, Any]) -> Owner | None:
        """Whose account it is by its `auth_state`; None when that is not a user of this authenticator."""


async def account_of(authenticator: KnowsOwners, db: Session, owner: Owner, username: str) -> str | None:
    """The name of the Hub account that belongs to `owner`; None when there is none.

    If there are several, it is the one with the name `username`, else the one of the latest login.

    Parameters
    ----------
    username:
        The name that the account of a new user would get.

    Raises
    ------
    DatabaseFailed
        When the database cannot be read.
    """
    with database_access(db, "the account of a subject"):
        found = store_of(db).accounts.of_identity(owner_key(owner))[:MAX_ACCOUNTS]
        for number, name in sorted(found, key=lambda each: each[1] != username):
            account = db.get(orm.User, number)
            if account is None or not authenticator.may_own(name):
                continue
            try:
                auth_state = await kept_auth_state(account)
            except UnreadableRecord:  # unknown, which is not no: the check of its owner refuses the login
                return name
            if auth_state and authenticator.recorded_owner(name, auth_state) == owner:
                return name
    return None


def fill_index(authenticator: KnowsOwners, db: Session) -> int:
    """Store the identity of accounts whose login was recorded before the index existed, or by another package.

    It reads each such record once, some 9,000 in a second of processor time. Records that cannot be decrypted stay
    without an identity.

    Returns
    -------
    int
        How many accounts can be found by issuer and subject from now on.
    """
    added = after = 0
    with one_transaction(db, "the index of accounts"):
        records = store_of(db).accounts
        while rows := records.without_identity(after, _BATCH):
            found = [*_owners(authenticator, rows)]
            records.set_identities(found)
            added, after = added + len(found), rows[-1].id
    return added


def _owners(authenticator: KnowsOwners, rows: Iterable[Any]) -> Iterator[tuple[Any, str, str | None]]:
    for row in rows:
        auth_state = readable_record(row.encrypted_auth_state)
        owner = None if auth_state is None else owner_of_row(authenticator, row.name, auth_state)
        if auth_state is not None and owner is not None:
            yield row, owner_key(owner), session_key(owner.issuer, SessionRecord.of(auth_state).sid)


def readable_record(encrypted: bytes) -> dict[str, Any] | None:
    """The `auth_state` of a row that was read without its account; None when it cannot be read.

    It decrypts at once, in the thread of the event loop.
    """
    try:
        auth_state = json.loads(CryptKeeper.instance().fernet.decrypt(encrypted))
    except (InvalidToken, ValueError):
        return None
    return auth_state if isinstance(auth_state, dict) else None


def owner_of_row(authenticator: KnowsOwners, name: str, auth_state: dict[str, Any]) -> Owner | None:
    """Whose account it is; None when it cannot belong to a user of this authenticator."""
    return authenticator.recorded_owner(name, auth_state) if authenticator.may_own(name) else None
