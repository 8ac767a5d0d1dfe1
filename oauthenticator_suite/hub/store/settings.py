"""Facts that concern the whole Hub and that no option says."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, event, select
from sqlalchemy.orm import Session

from .tables import SETTINGS

EVERYONE_MUST_SIGN_IN_SINCE = "everyone_must_sign_in_since"
"""The time at which an operator asked all users to sign in again, in seconds since the epoch."""


class StoredSettings:
    """The table ``suite_settings``. Nothing here commits: writes belong to the caller's transaction."""

    def __init__(self, db: Session) -> None:
        self._db = db
        self._known: dict[str, float | None] = {}
        event.listen(db, "after_soft_rollback", self._forget_all)

    def get(self, name: str) -> float | None:
        """The value under this name, or None. It is kept in memory: no other process writes the table."""
        if name not in self._known:
            value: float | None = self._db.execute(select(SETTINGS.c.value).where(SETTINGS.c.name == name)).scalar()
            self._known[name] = value
        return self._known[name]

    def _forget_all(self, *_: Any) -> None:
        """After a rollback: values in memory may be of a transaction that did not happen."""
        self._known.clear()

    def set(self, name: str, value: float) -> None:
        """Replace the value under this name."""
        self._known.pop(name, None)
        self._db.execute(delete(SETTINGS).where(SETTINGS.c.name == name))
        self._db.execute(SETTINGS.insert().values(name=name, value=value))

    def keep_newest(self, prefix: str, number: int) -> None:
        """Remove the settings whose names begin with `prefix`, but for those with the greatest values."""
        of_prefix = SETTINGS.c.name.startswith(prefix, autoescape=True)
        newest = select(SETTINGS.c.name).where(of_prefix).order_by(SETTINGS.c.value.desc(), SETTINGS.c.name)
        for (name,) in self._db.execute(newest.offset(number)).all():
            self._known.pop(name, None)
            self._db.execute(delete(SETTINGS).where(SETTINGS.c.name == name))
