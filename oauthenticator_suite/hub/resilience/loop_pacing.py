"""Event-loop pacing: bounded work per iteration of the event loop.

When thousands of users request a page at one moment, the Hub would do the same step for all of them in one iteration of
its event loop, and would not react to anything else meanwhile.
"""

from __future__ import annotations

import asyncio
from collections import deque


class LoopPacing:
    """Lets `per_iteration` callers continue in each iteration of the event loop, in the order in which they came."""

    def __init__(self, per_iteration: int) -> None:
        self._per_iteration = per_iteration
        self._passed = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    def turn(self) -> asyncio.Future[None] | None:
        """None when the caller may continue now, else a future to await."""
        loop = asyncio.get_running_loop()
        if self._passed < self._per_iteration:
            self._passed += 1
            if self._passed == 1:
                loop.call_soon(self._next_iteration, loop)
            return None
        waiting: asyncio.Future[None] = loop.create_future()
        self._waiting.append(waiting)
        return waiting

    def _next_iteration(self, loop: asyncio.AbstractEventLoop) -> None:
        self._passed = 0
        while self._waiting and self._passed < self._per_iteration:
            waiting = self._waiting.popleft()
            if not waiting.done():  # cancelled: its request is gone
                waiting.set_result(None)
                self._passed += 1
        if self._passed:
            loop.call_soon(self._next_iteration, loop)
