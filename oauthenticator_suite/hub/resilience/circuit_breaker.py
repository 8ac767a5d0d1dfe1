"""Circuit breaker: while a provider is down, single requests probe it, instead of one request for every page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from logging import Logger, LoggerAdapter
from typing import Any

from ...errors import ProviderBusy, ProviderTimeout, ProviderUnreachable, SuiteError, UserLimit
from ...protocol.text import printable
from .user_faults import UserFaults

OUTAGE = (ProviderUnreachable, ProviderTimeout, ProviderBusy)
"""Errors that say that the provider is down, and not that one request or one user is wrong; except `UserLimit`."""

MAX_RETRY_AFTER = 600.0
"""Seconds of a provider's Retry-After that are honoured at most."""

FIRST_PAUSE = 2.0
LAST_PAUSE = 30.0
"""Seconds between two requests to a provider that is down: doubled after each failure, from the first to the last."""

SLOW = 3.0
"""Seconds without a response after which the provider counts as slow."""


class CircuitBreaker:
    """Closed while the provider answers. Open, for a growing pause after each failure, while it is down.

    A limit on one user's token does not open it. Neither do further failures about a user when the provider answers
    about others: see `UserFaults`.

    Parameters
    ----------
    clock:
        Returns the time in seconds.
    log:
        Gets one warning when the circuit opens, and one line when it closes.
    note_health:
        Called at the same moments, with whether the provider answers, and what went wrong. Returns ``extra`` for the
        line.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        log: Logger | LoggerAdapter[Any],
        note_health: Callable[[bool, str], Mapping[str, Any]] = lambda is_up, detail: {},
    ) -> None:
        self._clock = clock
        self._log = log
        self.failing_since: float | None = None
        """Since when the provider has not answered, by the clock; None while it answers."""
        self._note_health = note_health
        self._pause = 0.0
        self._open_until = 0.0
        self._is_probing = False
        self.user_faults = UserFaults(clock)
        self._sent_at: dict[asyncio.Future[None], float] = {}  # by the end of the request, the oldest first

    @property
    def is_open(self) -> bool:
        """Whether no request may be sent now."""
        return bool(self._pause) and (self._is_probing or self._clock() < self._open_until)

    @property
    def is_slow(self) -> bool:
        """Whether the oldest request has been without a response for `SLOW` seconds."""
        now = self._clock()
        return now - next(iter(self._sent_at.values()), now) >= SLOW

    async def not_slow(self) -> None:
        """Wait while the provider is slow: until the oldest request has ended, or the circuit is open."""
        while self.is_slow and not self.is_open:
            await asyncio.wait({next(iter(self._sent_at))})

    def admits(self, about: str) -> bool:
        """Whether a request about this user may be sent now, inside `request`. While the circuit is open, only a probe.

        A request about a user who is at fault does not probe the provider.
        """
        if self.is_open:
            return False
        if about not in self.user_faults:
            self._is_probing = bool(self._pause)
        return True

    @contextmanager
    def request(self, about: str) -> Iterator[None]:
        """Put this around everything that asks the provider about a user: it records the result."""
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        started, is_own_fault = self._clock(), about in self.user_faults
        if not is_own_fault:
            self._sent_at[ended] = started
        try:
            yield
        except UserLimit:
            self.succeeded()  # the provider did answer
            raise
        except OUTAGE as error:
            if not is_own_fault:
                self.user_faults.suspect(about)
                self.failed(error)
            raise
        except asyncio.CancelledError:
            if not is_own_fault:
                self._is_probing = False  # there is no result: the next request may probe
            raise
        except BaseException:
            self.succeeded()  # the provider did answer
            raise
        else:
            self.succeeded()
            if self._clock() - started < SLOW:
                self.user_faults.answered(about)
            elif not is_own_fault:
                self.user_faults.suspect(about)
        finally:
            self._sent_at.pop(ended, None)
            ended.set_result(None)

    def succeeded(self) -> None:
        """Close the circuit: the provider has answered."""
        if self._pause:
            self._log.info("The provider answers again", extra=self._note_health(True, ""))
        self._pause = 0.0
        self._is_probing = False
        self.failing_since = None

    def failed(self, error: SuiteError) -> None:
        """Open the circuit: the provider has not answered, or asks for a pause."""
        if self._clock() < self._open_until and not self._is_probing:
            return  # one of several requests that were sent before the circuit opened
        if not self._pause:
            self.failing_since = self._clock()
            self._log.warning(
                "The provider does not answer (%s). Users who are signed in stay for the time being.",
                printable(error.detail),
                extra=self._note_health(False, type(error).__name__),
            )  # fmt: skip
        self._is_probing = False
        self._pause = min(max(2 * self._pause, FIRST_PAUSE), LAST_PAUSE)
        asked_for = (error.retry_after or 0.0) if isinstance(error, ProviderBusy) else 0.0
        self._open_until = self._clock() + max(self._pause, min(asked_for, MAX_RETRY_AFTER))
