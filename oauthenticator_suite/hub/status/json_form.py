"""The status as JSON, for services. Times are strings in UTC (RFC 3339), and durations are numbers of seconds."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timezone
from typing import Any

from .status import Status

_TIMES = frozenset({"as_of", "counted_since", "since", "until", "at", "everyone_asked_at"})
"""The members that are times."""


def json_form(status: Status) -> dict[str, Any]:
    """The members of `Status`, and of what it contains, under their names."""
    converted: dict[str, Any] = _converted(asdict(status))
    return converted


def utc(seconds: float) -> datetime:
    """The time of so many seconds since the epoch, to the second."""
    return datetime.fromtimestamp(int(seconds), timezone.utc)


def _converted(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _converted(each, key) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_converted(each) for each in value]
    if name in _TIMES and value is not None:
        return utc(value).strftime("%Y-%m-%dT%H:%M:%SZ")
    return round(value, 3) if isinstance(value, float) else value
