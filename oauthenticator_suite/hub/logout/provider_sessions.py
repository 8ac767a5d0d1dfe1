"""An index from a provider's subjects and sessions to users of the Hub.

A logout token names a subject or a session of the provider. The record of each login in `auth_state` has both, but it
is encrypted. So all records are read once per process, when the first logout token arrives, and each later login is
added when it happens. The index is not stored: after a restart it is built again from the records.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from jupyterhub import orm
from jupyterhub.crypto import decrypt

from ..accounts.record import SessionRecord

BATCH_SIZE = 20
"""Records that are read at a time. Between two batches the event loop runs other tasks."""

MAX_SESSION_IDS = 8
"""Session IDs of the provider that are remembered for each user, one for each recent login."""


class ProviderSessions:
    """The users of one issuer, by subject and by session.

    Parameters
    ----------
    issuer:
        Records of other issuers are ignored. A record without an issuer, from before a migration, counts as one of
        this issuer.
    owner_of:
        A function that returns the record in an `auth_state`.
    """

    def __init__(self, issuer: str, owner_of: Callable[[Mapping[str, Any]], SessionRecord]) -> None:
        self._issuer = issuer
        self._owner_of = owner_of
        self._subject: dict[int, str] = {}
        self._users: dict[str, set[int]] = {}
        self._session_ids: dict[int, deque[str]] = {}
        self._reading = asyncio.Lock()
        self._last_read_id = 0
        self._all_read = False

    def add_login(self, user_id: int, record: SessionRecord) -> None:
        """Add the record of a login of this user."""
        if record.subject is None or record.issuer not in (None, self._issuer):
            return
        before = self._subject.get(user_id)
        if before != record.subject:
            if before is not None:
                self._users[before].discard(user_id)
                self._session_ids.pop(user_id, None)
            self._subject[user_id] = record.subject
            self._users.setdefault(record.subject, set()).add(user_id)
        session_ids = self._session_ids.setdefault(user_id, deque(maxlen=MAX_SESSION_IDS))
        if record.sid is not None and record.sid not in session_ids:
            session_ids.append(record.sid)

    def subject_of(self, user_id: int) -> str | None:
        """The subject that the index has for the user; None if the index does not have the user."""
        return self._subject.get(user_id)

    async def find_user_ids(self, db: Any, *, subject: str | None, sid: str | None) -> list[int]:
        """The database IDs of the users with this subject; without a subject, of the users with this session.

        If both are given, `sid` is ignored, because the Hub cannot distinguish the browsers of a user.
        """
        async with self._reading:
            while not self._all_read:
                await self._read_batch(db)
        if subject is not None:
            return sorted(self._users.get(subject, ()))
        return sorted(user_id for user_id, session_ids in self._session_ids.items() if sid in session_ids)

    def session_ids_of(self, user_id: int, auth_state: Mapping[str, Any]) -> set[str]:
        """The session IDs of the provider that are known for this user: from the index and from `auth_state`."""
        record = self._owner_of(auth_state)
        recorded = record.sid if record.issuer in (None, self._issuer) else None
        return {*self._session_ids.get(user_id, ()), *([recorded] if recorded else [])}

    async def _read_batch(self, db: Any) -> None:
        """Add the next `BATCH_SIZE` stored records to the index."""
        rows = (
            db.query(orm.User.id, orm.User.encrypted_auth_state)
            .filter(orm.User.id > self._last_read_id, orm.User.encrypted_auth_state.isnot(None))
            .order_by(orm.User.id)
            .limit(BATCH_SIZE)
            .all()
        )
        states = await asyncio.gather(*(decrypt(row[1]) for row in rows), return_exceptions=True)
        for (user_id, _), auth_state in zip(rows, states, strict=True):
            # A login in the meantime is newer than the stored record. A record that cannot be decrypted names no
            # subject, so its user's sessions cannot be found.
            if user_id not in self._subject and isinstance(auth_state, Mapping):
                self.add_login(user_id, self._owner_of(auth_state))
        self._all_read = len(rows) < BATCH_SIZE
        if rows:
            self._last_read_id = rows[-1][0]
