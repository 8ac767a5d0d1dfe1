"""Keeping to the pace of the event loop.

When thousands ask for a page at one moment, the Hub does the same step for all of them in one turn of its loop. Nobody
else is heard for as long as that takes, and answers of a provider lie there unread until they count as missing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

LONG = 1.0
"""Seconds from which on a turn of the loop is long: it keeps answers from being read in time."""

CALM_WITHIN = 60.0
"""Seconds after which nobody waits any more for the loop to become calm."""


async def calm() -> None:
    """Wait for a turn of the loop that is not long: what is asked of a provider before would perhaps not be heard."""
    loop = asyncio.get_running_loop()
    give_up = loop.time() + CALM_WITHIN
    while True:
        begun = loop.time()
        await asyncio.sleep(0)  # the rest of this turn
        await asyncio.sleep(0)  # a whole one
        if loop.time() - begun < LONG or loop.time() >= give_up:
            return


class Watch:
    """Tells, of a time in which somebody has looked, whether a turn of the loop was long."""

    def __init__(self) -> None:
        self._looking = 0
        self._timer: asyncio.TimerHandle | None = None
        self.long_turn_at = float("-inf")
        """When the latest has ended, by the clock of the loop."""

    @contextmanager
    def look(self) -> Iterator[None]:
        """Around what a long turn might spoil."""
        self._looking += 1
        if self._timer is None:
            self._set_timer(asyncio.get_running_loop())
        try:
            yield
        finally:
            self._looking -= 1

    def _set_timer(self, loop: asyncio.AbstractEventLoop) -> None:
        due = loop.time() + LONG / 2
        self._timer = loop.call_at(due, self._look_at_clock, loop, due)

    def _look_at_clock(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        self._timer = None
        if loop.time() - due > LONG / 2:
            self.long_turn_at = loop.time()
        if self._looking:
            self._set_timer(loop)


class Pace:
    """Lets `a_turn` callers go on at each turn of the loop, in the order in which they have come."""

    def __init__(self, a_turn: int) -> None:
        self._a_turn = a_turn
        self._gone = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    def step(self) -> asyncio.Future[None] | None:
        """None when the caller may go on now, else what to wait for."""
        loop = asyncio.get_running_loop()
        if self._gone < self._a_turn:
            self._gone += 1
            if self._gone == 1:
                loop.call_soon(self._turn, loop)
            return None
        waiting: asyncio.Future[None] = loop.create_future()
        self._waiting.append(waiting)
        return waiting

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        self._gone = 0
        while self._waiting and self._gone < self._a_turn:
            waiting = self._waiting.popleft()
            if not waiting.done():  # else its page is gone
                waiting.set_result(None)
                self._gone += 1
        if self._gone:
            loop.call_soon(self._turn, loop)
