"""From a provider's subjects and sessions to accounts of the Hub.

A logout token names a subject or a session of the provider. Each login writes hashes of both to ``suite_accounts``, so
that one statement finds the accounts, by an index, however many there are and also after a restart.

Accounts whose last login wrote no such hash (it was recorded by another package, or by an earlier release) are read in
the background when the Hub has started, and get theirs. Sessions of a user's earlier logins, in other browsers, are
known until the Hub is started again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from logging import Logger, LoggerAdapter
from typing import Any, Protocol

from sqlalchemy.orm import Session

from ...errors import DatabaseFailed
from ..accounts.identity_keys import Owner, owner_key, session_key
from ..accounts.record import SessionRecord
from ..accounts.renames import owner_of_row, readable_record
from ..database import database_access, one_transaction
from ..store.store import store_of

READ_AFTER = 5.0
"""Seconds from the start of the Hub until accounts without hashes are read, so that the reading delays no start."""

BATCH_SIZE = 50
"""Records that are read at a time, in some milliseconds. Between two batches the event loop runs other tasks."""

MAX_SESSION_IDS = 8
"""Session IDs of the provider that are remembered for each user, one for each recent login."""


class IndexedAuthenticator(Protocol):
    """The part of `OAuthenticator` that says whose an account is."""

    log: Logger | LoggerAdapter[Any]

    @property
    def shares_accounts(self) -> bool:
        """Whether users of other providers may have the same accounts."""

    @property
    def account_issuer(self) -> str | None:
        """The provider that accounts belong to."""

    def owner_of(self, auth_state: Mapping[str, Any]) -> SessionRecord:
        """The record of the login that stored `auth_state`."""

    def may_own(self, name: str) -> bool:
        """Whether an account of this name can belong to a user of this authenticator."""

    def recorded_owner(self, name: str, auth_state: dict[str, Any]) -> Owner | None:
        """Whose account it is by its `auth_state`; None when that is not a user of this authenticator."""


class ProviderSessions:
    """The accounts of one provider's users, by subject and by session."""

    def __init__(self, authenticator: IndexedAuthenticator) -> None:
        self._authenticator = authenticator
        self._identities: dict[int, str] = {}
        self._session_ids: dict[int, deque[str]] = {}
        self._by_session_id: dict[str, set[int]] = {}
        self._shared: dict[str, set[int]] = {}
        self._reading = asyncio.Lock()
        self._last_read_id = 0
        self._all_read = False
        self._task: asyncio.Task[None] | None = None

    # --- logins ------------------------------------------------------------------------------------------------------

    def add_login(self, user_id: int, record: SessionRecord) -> None:
        """Remember the provider's session of a login of this user, whose hashes are in the database."""
        identity = self.identity_of(record)
        if identity is None:
            return
        if self._identities.get(user_id) != identity:
            self._forget(user_id)
            self._identities[user_id] = identity
        if self._authenticator.shares_accounts:
            self._shared.setdefault(identity, set()).add(user_id)
        if record.sid is None:
            return
        session_ids = self._session_ids.setdefault(user_id, deque())
        if record.sid not in session_ids:
            if len(session_ids) == MAX_SESSION_IDS:
                self._drop(user_id, session_ids.popleft())
            session_ids.append(record.sid)
            self._by_session_id.setdefault(record.sid, set()).add(user_id)

    def identity_of(self, record: SessionRecord) -> str | None:
        """The hash of the account at the provider; None when the record is not of this provider."""
        issuer = self._authenticator.account_issuer
        if issuer is None or record.subject is None or record.issuer not in (None, issuer):
            return None
        return owner_key(Owner(issuer, record.subject))

    def known_identity(self, user_id: int) -> str | None:
        """The identity of the user's last login since the start of the Hub; None if there was none."""
        return self._identities.get(user_id)

    def session_ids_of(self, user_id: int, auth_state: Mapping[str, Any]) -> set[str]:
        """The session IDs of the provider that are known for this user: from memory and from `auth_state`."""
        record = self._authenticator.owner_of(auth_state)
        recorded = record.sid if record.issuer in (None, self._authenticator.account_issuer) else None
        return {*self._session_ids.get(user_id, ()), *([recorded] if recorded else [])}

    def _forget(self, user_id: int) -> None:
        before = self._identities.pop(user_id, "")
        if before in self._shared:
            self._drop_from(self._shared, before, user_id)
        for sid in self._session_ids.pop(user_id, ()):
            self._drop(user_id, sid)

    def _drop(self, user_id: int, sid: str) -> None:
        self._drop_from(self._by_session_id, sid, user_id)

    @staticmethod
    def _drop_from(index: dict[str, set[int]], key: str, user_id: int) -> None:
        index[key].discard(user_id)
        if not index[key]:
            del index[key]

    # --- logout tokens -----------------------------------------------------------------------------------------------

    async def find(self, db: Session, *, subject: str | None, sid: str | None) -> dict[int, str | None]:
        """The accounts with this subject; without a subject, those with this session.

        If both are given, `sid` is ignored, because the Hub cannot distinguish the browsers of a user.

        Returns
        -------
        dict
            By the number of the account, the hash of the account at the provider to which the session belongs.
        """
        await self.read_all(db)
        accounts, issuer = store_of(db).accounts, self._authenticator.account_issuer
        if issuer is None:
            return {}
        if subject is not None:
            key = owner_key(Owner(issuer, subject))
            numbers = {number for number, _ in accounts.of_identity(key)} | self._shared.get(key, set())
            return dict.fromkeys(numbers, key)
        session = session_key(issuer, sid)
        found = {} if session is None else dict(accounts.of_provider_session(session))
        for user_id in self._by_session_id.get(sid or "", ()):
            found.setdefault(user_id, self._identities[user_id])
        return found

    # --- accounts without hashes -------------------------------------------------------------------------------------

    def read_in_background(self, db: Session) -> None:
        """Begin to read the accounts without hashes `READ_AFTER` seconds from now. Without an event loop do nothing."""
        try:
            self._task = asyncio.get_running_loop().create_task(self._read_later(db))
        except RuntimeError:  # the first logout token reads them
            self._authenticator.log.debug("no event loop: accounts are read at the first logout token")

    async def _read_later(self, db: Session) -> None:
        await asyncio.sleep(READ_AFTER)
        try:
            await self.read_all(db)
        except DatabaseFailed as error:  # the first logout token tries it again
            self._authenticator.log.warning("Accounts cannot be read for back-channel logout: %s", error.detail)

    async def read_all(self, db: Session) -> None:
        """Read what has not been read since the start of the Hub: nothing, as a rule.

        Raises
        ------
        DatabaseFailed
            When the database cannot be read or written. What has been read is kept.
        """
        if self._all_read:
            return
        async with self._reading:
            while not self._all_read:
                with database_access(db, "the accounts of logout tokens"):
                    self._read_batch(db)
                await asyncio.sleep(0)

    def _read_batch(self, db: Session) -> None:
        """Read the next `BATCH_SIZE` records. A record that cannot be decrypted names no subject."""
        authenticator, accounts = self._authenticator, store_of(db).accounts
        shared = authenticator.shares_accounts  # the hashes are those of the last provider only
        rows = accounts.without_identity(self._last_read_id, BATCH_SIZE, all_records=shared)
        found = []
        for row in rows:
            auth_state = readable_record(row.encrypted_auth_state)
            if auth_state is None:
                continue
            if shared:
                if row.id not in self._identities:  # a login in the meantime is newer
                    self.add_login(row.id, authenticator.owner_of(auth_state))
                continue
            owner = owner_of_row(authenticator, row.name, auth_state)
            if owner is not None:
                found.append((row, owner_key(owner), session_key(owner.issuer, SessionRecord.of(auth_state).sid)))
        if found:
            with one_transaction(db, "the hashes of accounts"):
                accounts.set_identities(found)
        if len(rows) < BATCH_SIZE:
            self._all_read = True
        else:
            self._last_read_id = rows[-1].id
