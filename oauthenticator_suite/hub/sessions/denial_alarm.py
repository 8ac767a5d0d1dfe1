"""One error in the log when many users are denied in a short time: most often an option is wrong."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from logging import Logger, LoggerAdapter
from typing import Any

MANY_DENIALS = 10
"""Denials within `DENIAL_PERIOD` above which the log has an error."""

DENIAL_PERIOD = 300.0
"""Seconds."""


class DenialAlarm:
    """Counts the denials of one authenticator. `clock` returns seconds."""

    def __init__(self, log: Logger | LoggerAdapter[Any], section: str, clock: Callable[[], float]) -> None:
        self._log = log
        self._section = section
        self._clock = clock
        self._recent: deque[tuple[float, str]] = deque(maxlen=MANY_DENIALS + 1)
        self._silent_until = float("-inf")

    def note(self, rule: str) -> None:
        """Count a denial by this rule. More than `MANY_DENIALS` of them in five minutes are one error in the log."""
        now = self._clock()
        self._recent.append((now, rule))
        recent = [rule for at, rule in self._recent if now - at < DENIAL_PERIOD]
        if len(recent) <= MANY_DENIALS or now < self._silent_until:
            return
        self._silent_until = now + DENIAL_PERIOD
        ((most, _),) = Counter(recent).most_common(1)
        self._log.error(
            "More than %d users were denied within five minutes, most of them by rule=%s. Is that option of %s right? "
            "Their sessions and rights have ended; their tokens work again after each user's next permitted login.",
            MANY_DENIALS,
            most,
            self._section,
        )
