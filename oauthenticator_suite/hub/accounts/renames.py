"""`follow_renames`: the account of a user, found by issuer and subject, whatever the user is called at the provider.

The table ``suite_accounts`` has a hash of issuer and subject for each account, which every login writes. So an account
is found with one statement, and no `auth_state` but its own is decrypted. The hash only finds candidates: the record in
`auth_state` decides whose account it is, and an account without a record belongs to no user.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from logging import Logger, LoggerAdapter
from typing import Any, NamedTuple, Protocol

from cryptography.fernet import InvalidToken
from jupyterhub import orm
from jupyterhub.crypto import CryptKeeper
from sqlalchemy.orm import Session

from ...errors import UnreadableRecord
from ...policy.identity import Identity
from ..database import database_access, one_transaction
from ..store.hashing import hash_of
from ..store.store import store_of
from .auth_state import kept_auth_state

MAX_ACCOUNTS = 20
"""Accounts with one identity that are looked at. A user gets a second one only by signing in with the option off."""


_BATCH = 500  # records in memory at the same time: each may have many kilobytes


class Owner(NamedTuple):
    """An account at a provider."""

    issuer: str
    subject: str


class KnowsOwners(Protocol):
    """The part of an authenticator that knows whose an account is."""

    log: Logger | LoggerAdapter[Any]

    def may_own(self, name: str) -> bool:
        """Whether an account of this name can belong to a user of this authenticator."""

    def recorded_owner(self, name: str, auth_state: dict[str, Any]) -> Owner | None:
        """Whose account it is by its `auth_state`; None when that is not a user of this authenticator."""


def owner_in(identity: Identity | None) -> Owner | None:
    """The account at the provider; None when the identity has no issuer or no subject."""
    if identity is None or identity.issuer is None or identity.subject is None:
        return None
    return Owner(identity.issuer, identity.subject)


def owner_key(owner: Owner) -> str:
    """The hash under which the Hub account of `owner` is found."""
    return hash_of("identity", json.dumps(list(owner)))


def identity_key(identity: Identity | None) -> str | None:
    """The same of an identity; None when it has no issuer or no subject."""
    owner = owner_in(identity)
    return None if owner is None else owner_key(owner)


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


def _owners(authenticator: KnowsOwners, rows: Any) -> Iterator[tuple[Any, str]]:
    fernet = CryptKeeper.instance().fernet
    for row in rows:
        try:
            auth_state = json.loads(fernet.decrypt(row.encrypted_auth_state))
        except (InvalidToken, ValueError):
            continue
        if not isinstance(auth_state, dict) or not authenticator.may_own(row.name):
            continue
        owner = authenticator.recorded_owner(row.name, auth_state)
        if owner is not None:
            yield row, owner_key(owner)
