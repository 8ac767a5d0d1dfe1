"""Which users of this Hub does a provider mean, when it names a subject or a session of its own? And ending theirs.

What tells is each user's record in `auth_state`, which is encrypted. So all records are read once in the life of the
process, when the first logout token comes, and from then on every login is noted as it happens. Nothing is kept on
disk, and a Hub that has just started knows all that the one before knew.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from jupyterhub import orm
from jupyterhub.crypto import decrypt
from jupyterhub.user import User
from jupyterhub.utils import new_token

from ..accounts.record import SessionRecord

AT_A_TIME = 20
"""Records that are read together: between two such lots the event loop turns to others."""

SIDS = 8
"""Sessions at the provider that are remembered of a user. The Hub has one cookie for all of a user's browsers."""


class Sessions:
    """The users of one issuer, by subject and by session.

    Parameters
    ----------
    issuer:
        Records of other issuers are passed over. Those that name none (from before a migration) count as this one's.
    owner_of:
        Reads the record from an `auth_state`.
    """

    def __init__(self, issuer: str, owner_of: Callable[[Mapping[str, Any]], SessionRecord]) -> None:
        self._issuer = issuer
        self._owner_of = owner_of
        self._subject: dict[int, str] = {}
        self._users: dict[str, set[int]] = {}
        self._sids: dict[int, deque[str]] = {}
        self._reading = asyncio.Lock()
        self._read_to = 0
        self._all_read = False

    def note(self, user_id: int, record: SessionRecord) -> None:
        """`record` is from a login of this user just now."""
        if record.subject is None or record.issuer not in (None, self._issuer):
            return
        before = self._subject.get(user_id)
        if before != record.subject:
            if before is not None:
                self._users[before].discard(user_id)
                self._sids.pop(user_id, None)
            self._subject[user_id] = record.subject
            self._users.setdefault(record.subject, set()).add(user_id)
        sids = self._sids.setdefault(user_id, deque(maxlen=SIDS))
        if record.sid is not None and record.sid not in sids:
            sids.append(record.sid)

    def subject_of(self, user_id: int) -> str | None:
        """Who the user is noted to be; None when nothing is noted."""
        return self._subject.get(user_id)

    async def find(self, db: Any, *, subject: str | None, sid: str | None) -> list[int]:
        """The ids of the users that are `subject`; without one, of the user whose session is `sid`.

        A subject that comes with a session means all of that subject's: the Hub cannot tell a user's browsers apart.
        """
        async with self._reading:
            while not self._all_read:
                await self._read_some(db)
        if subject is not None:
            return sorted(self._users.get(subject, ()))
        return sorted(user_id for user_id, sids in self._sids.items() if sid in sids)

    def sids_of(self, user_id: int, auth_state: Mapping[str, Any]) -> set[str]:
        """The sessions at the provider that this user is known to have had, by `auth_state` and since the Hub runs."""
        record = self._owner_of(auth_state)
        recorded = record.sid if record.issuer in (None, self._issuer) else None
        return {*self._sids.get(user_id, ()), *([recorded] if recorded else [])}

    async def _read_some(self, db: Any) -> None:
        rows = (
            db.query(orm.User.id, orm.User.encrypted_auth_state)
            .filter(orm.User.id > self._read_to, orm.User.encrypted_auth_state.isnot(None))
            .order_by(orm.User.id)
            .limit(AT_A_TIME)
            .all()
        )
        states = await asyncio.gather(*(decrypt(row[1]) for row in rows), return_exceptions=True)
        for (user_id, _), auth_state in zip(rows, states, strict=True):
            # Who has logged in meanwhile is known better. What cannot be decrypted belongs to no session that works.
            if user_id not in self._subject and isinstance(auth_state, Mapping):
                self.note(user_id, self._owner_of(auth_state))
        self._all_read = len(rows) < AT_A_TIME
        if rows:
            self._read_to = rows[-1][0]


def end_hub_sessions(user: User) -> None:
    """Make every cookie of `user`'s worthless, and every token that came of one.

    The tokens are those that browsers were given for the user's servers and for services. Tokens that the user made
    for scripts stay, and servers keep running.
    """
    user.orm_user.cookie_id = new_token()
    tokens = user.db.query(orm.APIToken).filter(orm.APIToken.user_id == user.id, orm.APIToken.session_id.isnot(None))
    codes = user.db.query(orm.OAuthCode).filter(orm.OAuthCode.user_id == user.id)
    for row in [*tokens, *codes]:
        user.db.delete(row)
    user.db.commit()
