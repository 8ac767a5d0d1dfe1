"""Why sessions have ended, for the sign-in page of the browser that had one."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from .hashing import hash_of
from .tables import ENDED_SESSIONS, RULE_LENGTH

KEPT = 24 * 3600.0
"""Seconds for which a reason is kept."""

_CLEAN_UP_EVERY = 600.0
"""Seconds between two removals of old rows."""


def hash_of_cookie(cookie_id: str) -> str:
    """The hash of the content of a Hub cookie, by which the end of its sessions is recorded."""
    return hash_of("cookie", cookie_id)


class EndedSessions:
    """The table ``suite_ended_sessions``. Nothing here commits: writes belong to the caller's transaction.

    A row is as large as a hash and a word, one is added for each end of a user's sessions, and each is removed after a
    day.
    """

    def __init__(self, db: Session) -> None:
        self._db = db
        self._cleaned_at = 0.0

    def add(self, cookie_id: str, reason: str, now: float) -> None:
        """Record why the sessions with this `cookie_id` have ended. `now` is in seconds since the epoch."""
        self._clean_up(now)
        cookie_hash = hash_of_cookie(cookie_id)
        self._db.execute(delete(ENDED_SESSIONS).where(ENDED_SESSIONS.c.cookie_hash == cookie_hash))
        self._db.execute(
            ENDED_SESSIONS.insert().values(cookie_hash=cookie_hash, reason=reason[:RULE_LENGTH], ended_at=now)
        )

    def reason_of(self, cookie_hash: str, now: float) -> str | None:
        """Why the session with a Hub cookie of this hash has ended; None when it is not known, or too long ago.

        Parameters
        ----------
        cookie_hash:
            `hash_of_cookie`, as a signed cookie of the browser holds it.
        now:
            Seconds since the epoch.
        """
        wanted = ENDED_SESSIONS.c.cookie_hash == cookie_hash, ENDED_SESSIONS.c.ended_at > now - KEPT
        found: str | None = self._db.execute(select(ENDED_SESSIONS.c.reason).where(*wanted)).scalar()
        return found

    def _clean_up(self, now: float) -> None:
        if not 0 <= now - self._cleaned_at < _CLEAN_UP_EVERY:
            self._cleaned_at = now
            self._db.execute(delete(ENDED_SESSIONS).where(ENDED_SESSIONS.c.ended_at <= now - KEPT))
