"""Facts that concern the whole Hub and that no option says."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from .tables import SETTINGS

EVERYONE_MUST_SIGN_IN_SINCE = "everyone_must_sign_in_since"
"""The time at which an operator asked all users to sign in again, in seconds since the epoch."""


class StoredSettings:
    """The table ``suite_settings``. Nothing here commits: writes belong to the caller's transaction."""

    def __init__(self, db: Session) -> None:
        self._db = db

    def get(self, name: str) -> float | None:
        """The value under this name, or None."""
        value: float | None = self._db.execute(select(SETTINGS.c.value).where(SETTINGS.c.name == name)).scalar()
        return value

    def set(self, name: str, value: float) -> None:
        """Replace the value under this name."""
        self._db.execute(delete(SETTINGS).where(SETTINGS.c.name == name))
        self._db.execute(SETTINGS.insert().values(name=name, value=value))
