"""A provider that is down is asked by one request now and then, not by everybody who opens a page."""

from __future__ import annotations

from collections.abc import Callable
from logging import Logger, LoggerAdapter
from typing import Any

from ..errors import ProviderBusy, SuiteError

LONGEST_PEACE = 600.0
"""Seconds of a Retry-After that are honoured at most."""

FIRST_PAUSE = 2.0
LAST_PAUSE = 30.0
"""Seconds between two requests to a provider that does not answer: doubled each time, from the first to the last."""


class Breaker:
    """Closed while the provider answers; open, and refusing at once, for a growing pause after each failure."""

    def __init__(self, clock: Callable[[], float], log: Logger | LoggerAdapter[Any]) -> None:
        self._clock = clock
        self._log = log
        self._pause = 0.0
        self._open_until = 0.0
        self._probing = False

    def lets_through(self) -> bool:
        """Whether the provider may be asked. While it is down, one caller after each pause may, and reports back."""
        if not self._pause:
            return True
        if self._probing or self._clock() < self._open_until:
            return False
        self._probing = True
        return True

    def succeeded(self) -> None:
        """The provider has answered."""
        if self._pause:
            self._log.info("The provider answers again")
        self._pause = 0.0
        self._probing = False

    def failed(self, error: SuiteError) -> None:
        """The provider has not answered, or asks to be left alone. One warning for each outage."""
        if self._clock() < self._open_until and not self._probing:
            return  # one more of the requests that were under way when it went down
        if not self._pause:
            self._log.warning(
                "The provider does not answer (%s). Users who are signed in stay for the time being.", error.detail
            )
        self._probing = False
        self._pause = min(max(2 * self._pause, FIRST_PAUSE), LAST_PAUSE)
        asked_for = (error.retry_after or 0.0) if isinstance(error, ProviderBusy) else 0.0
        self._open_until = self._clock() + max(self._pause, min(asked_for, LONGEST_PEACE))
