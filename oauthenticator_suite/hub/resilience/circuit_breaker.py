"""A provider that is down is asked by one request now and then, not by everybody who opens a page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from logging import Logger, LoggerAdapter
from typing import Any

from ...errors import ProviderBusy, ProviderTimeout, ProviderUnreachable, SuiteError
from .loop_pacing import Watch

OUTAGE = (ProviderUnreachable, ProviderTimeout, ProviderBusy)
"""What says that the provider is down, rather than that one request or one user is wrong."""

LONGEST_PEACE = 600.0
"""Seconds of a Retry-After that are honoured at most."""

FIRST_PAUSE = 2.0
LAST_PAUSE = 30.0
"""Seconds between two requests to a provider that does not answer: doubled each time, from the first to the last."""

DOUBT = 3.0
"""Seconds after which a request without an answer has everybody else wait with asking, until it has ended."""


class NotHeard(ProviderTimeout):
    """The provider has perhaps answered, and this Hub had no time to read it."""


class Breaker:
    """Closed while the provider answers; open, and refusing at once, for a growing pause after each failure."""

    def __init__(self, clock: Callable[[], float], log: Logger | LoggerAdapter[Any]) -> None:
        self._clock = clock
        self._log = log
        self._pause = 0.0
        self._open_until = 0.0
        self._probing = False
        self._asked_at: dict[object, float] = {}  # of the requests under way, the oldest first
        self._one_has_ended = asyncio.Event()
        self._watch = Watch()

    @property
    def open(self) -> bool:
        """Whether nobody may ask now: the provider is down, and one has just asked or is asking."""
        return bool(self._pause) and (self._probing or self._clock() < self._open_until)

    @property
    def in_doubt(self) -> bool:
        """Whether the one who has asked first waits for long: the provider may be down, or this Hub may be busy."""
        now = self._clock()
        return now - next(iter(self._asked_at.values()), now) >= DOUBT

    async def without_doubt(self) -> None:
        """Wait until it is known how the provider is."""
        while self.in_doubt and not self.open:
            await self._one_has_ended.wait()

    def lets_through(self) -> bool:
        """Whether the caller may ask, in `asking`. While the provider is down, one may after each pause."""
        if self.open:
            return False
        self._probing = bool(self._pause)
        return True

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Around what asks the provider: notes that it is under way, and how it ends.

        Raises
        ------
        NotHeard
            In place of a `ProviderTimeout` that says nothing of the provider.
        """
        request, begun = object(), asyncio.get_running_loop().time()
        self._asked_at[request] = self._clock()
        try:
            with self._watch.look():
                yield
        except OUTAGE as error:
            if isinstance(error, ProviderTimeout) and self._watch.long_turn_at > begun:
                self._probing = False
                raise NotHeard(error.detail) from error
            self.failed(error)
            raise
        except asyncio.CancelledError:
            self._probing = False  # nobody has waited for the answer: the next one may ask
            raise
        except BaseException:
            self.succeeded()  # it did answer
            raise
        else:
            self.succeeded()
        finally:
            del self._asked_at[request]
            self._one_has_ended.set()
            self._one_has_ended.clear()

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
