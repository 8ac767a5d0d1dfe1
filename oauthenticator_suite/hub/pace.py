"""So many at each turn of the event loop.

When thousands ask for a page at one moment, the Hub would make all of these pages in one turn of the loop: nobody else
is heard for as long as that takes, and a provider's answers wait until their requests count as unanswered.
"""

from __future__ import annotations

import asyncio
from collections import deque


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
