"""One-time tokens that have been used: a second use is refused, also after a restart."""

from __future__ import annotations

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from .hashing import hash_of
from .tables import USED_TOKENS

MAX_TOKENS = 100_000
"""Used tokens that are kept. Above that, no further token is accepted: to forget one would be to accept it twice."""

_CLEAN_UP_EVERY = 60.0
"""Seconds between two removals of old rows."""


class UsedTokens:
    """The table ``suite_used_tokens``. Nothing here commits: writes belong to the caller's transaction."""

    def __init__(self, db: Session) -> None:
        self._db = db
        self._cleaned_at = 0.0

    def use(self, identifier: str, until: float, now: float) -> bool:
        """Mark a token as used.

        Parameters
        ----------
        identifier:
            What identifies the token among all tokens of all issuers, such as the issuer and the ``jti``.
        until:
            The time from which the token is refused anyway, in seconds since the epoch. The row is kept so long.
        now:
            The current time in seconds since the epoch.

        Returns
        -------
        False when the token was used before, or when `MAX_TOKENS` are kept already.
        """
        self._clean_up(now)
        token_hash = hash_of("token", identifier)
        known = select(USED_TOKENS.c.until).where(USED_TOKENS.c.token_hash == token_hash)
        if self._db.execute(known).first() is not None:
            return False
        if (self._db.execute(select(func.count()).select_from(USED_TOKENS)).scalar() or 0) >= MAX_TOKENS:
            return False
        self._db.execute(USED_TOKENS.insert().values(token_hash=token_hash, until=until))
        return True

    def forget(self, identifier: str) -> None:
        """Allow the token to be used again, because its use has failed."""
        self._db.execute(delete(USED_TOKENS).where(USED_TOKENS.c.token_hash == hash_of("token", identifier)))

    def _clean_up(self, now: float) -> None:
        if not 0 <= now - self._cleaned_at < _CLEAN_UP_EVERY:
            self._cleaned_at = now
            self._db.execute(delete(USED_TOKENS).where(USED_TOKENS.c.until <= now))
