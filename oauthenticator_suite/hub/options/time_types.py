"""A trait type for a point in time."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timezone
from typing import Any

from traitlets import TraitError, TraitType

_LATEST = 32_503_680_000.0
"""The year 3000, in seconds since the epoch. A greater number is in milliseconds."""


class Instant(TraitType[float, Any]):
    """A point in time, as seconds since the epoch; 0 for none.

    It takes a number of seconds, an ISO 8601 date or time such as ``2027-03-31`` or ``2027-03-31T12:00:00+01:00``, and
    a `date` or `datetime`, which YAML makes of such a text. A date is its first second. A time without an offset is in
    UTC.
    """

    info_text = "a date such as 2027-03-31, or a number of seconds since 1970-01-01 (0: never)"
    default_value = 0.0

    def validate(self, obj: Any, value: Any) -> float:
        """Return the seconds since the epoch.

        Raises
        ------
        TraitError
            When the value is not a point in time.
        """
        seconds = _seconds(value)
        if seconds is None or not math.isfinite(seconds) or seconds < 0:
            raise TraitError(f"{type(obj).__name__}.{self.name} must be {self.info_text}, not {value!r:.60}")
        if seconds > _LATEST:
            raise TraitError(f"{type(obj).__name__}.{self.name} is a number of milliseconds: divide it by 1000")
        return seconds

    def from_string(self, s: str) -> Any:
        """The value of a text on the command line."""
        return s


def _seconds(value: Any) -> float | None:
    """The seconds since the epoch; None when `value` is not a point in time."""
    if isinstance(value, str):
        text = value.strip()
        try:
            return float(text)
        except ValueError:
            pass
        try:
            value = datetime.fromisoformat(f"{text[:-1]}+00:00" if text[-1:] in ("Z", "z") else text)
        except ValueError:
            return None
    if isinstance(value, date):
        at = value if isinstance(value, datetime) else datetime.combine(value, time.min)
        return (at if at.tzinfo is not None else at.replace(tzinfo=timezone.utc)).timestamp()
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
