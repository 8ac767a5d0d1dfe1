"""Pacing of logins: some milliseconds of their work in each iteration of the event loop.

When many users sign in at one moment, browsers and the provider send many requests and answers at once. Each leads to
some milliseconds of work, and to database statements, which JupyterHub sends in the thread of the event loop. Without
pacing, the Hub would react to nothing else until all of this work is done.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from weakref import WeakKeyDictionary

from sqlalchemy.orm import Session

BUDGET = 0.01
"""Seconds of work in one iteration, after which further logins wait for a later one."""


class LoginPacing:
    """Lets logins work in the order in which they came. `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._began: float | None = None
        """When the first login of this iteration has begun to work."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def turn(self) -> None:
        """Wait until it is the caller's turn: at once, or in a later iteration when this one has used up its budget.

        A login calls it before each part of its work. The time since the first call in this iteration counts, with the
        work of other requests.
        """
        loop = asyncio.get_running_loop()
        if loop is not self._loop:  # what an earlier loop has scheduled never runs
            self._loop, self._began = loop, None
            self._waiting.clear()
        if self._began is None:
            self._began = self._clock()
            loop.call_soon(self._next_iteration, loop)
        elif self._waiting or self._clock() - self._began >= BUDGET:
            waiting: asyncio.Future[None] = loop.create_future()
            self._waiting.append(waiting)
            await waiting

    def _next_iteration(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin an iteration. The next login that waits works in the one after it, before this method is called."""
        self._began = None
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():  # cancelled: its request is gone
                waiting.set_result(None)
                self._began = self._clock()
                loop.call_soon(self._next_iteration, loop)
                return


_pacings: WeakKeyDictionary[Session, LoginPacing] = WeakKeyDictionary()


def pacing_of(db: Session) -> LoginPacing:
    """The pacing of the Hub with this session: JupyterHub has one for everything."""
    pacing = _pacings.get(db)
    if pacing is None:
        pacing = _pacings[db] = LoginPacing()
    return pacing
