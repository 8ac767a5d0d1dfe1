"""Pacing of the database work of logins: some milliseconds of it in each iteration of the event loop.

JupyterHub talks to its database in the thread of the event loop, so each statement keeps everything else waiting for a
round trip to the database server. When the provider answers many logins at one moment, all of them would write their
accounts in one iteration, and the Hub would react to nothing else for as long as all of that takes.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from sqlalchemy.orm import Session

BUDGET = 0.01
"""Seconds of database work in one iteration, after which further logins wait for the next one."""

_WEIGHT = 0.2
"""Weight of the latest piece of work in the estimate of what one takes, when it took less than estimated."""


class DatabasePacing:
    """Lets callers work with the database in the order in which they came. `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._spent = 0.0
        self._usual = 0.0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._is_scheduled = False

    async def turn(self) -> None:
        """Wait until it is the caller's turn. It then works within `measured`, before it awaits anything else."""
        loop = asyncio.get_running_loop()
        if self._waiting or self._spent >= BUDGET:
            waiting: asyncio.Future[None] = loop.create_future()
            self._waiting.append(waiting)
            self._schedule(loop)
            await waiting

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Measure the work of the block, which must not await."""
        began = self._clock()
        try:
            yield
        finally:
            seconds = self._clock() - began
            self._spent += seconds
            self._usual = max(seconds, self._usual + _WEIGHT * (seconds - self._usual))
            self._schedule(asyncio.get_running_loop())

    def _schedule(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            loop.call_soon(self._next_iteration, loop)

    def _next_iteration(self, loop: asyncio.AbstractEventLoop) -> None:
        self._spent, self._is_scheduled = 0.0, False
        planned = 0.0
        while self._waiting and planned < BUDGET:
            waiting = self._waiting.popleft()
            if not waiting.done():  # cancelled: its request is gone
                waiting.set_result(None)
                planned += self._usual
        if self._waiting:
            self._schedule(loop)


_pacings: WeakKeyDictionary[Session, DatabasePacing] = WeakKeyDictionary()


def pacing_of(db: Session) -> DatabasePacing:
    """The pacing of the Hub with this session: JupyterHub has one for everything."""
    pacing = _pacings.get(db)
    if pacing is None:
        pacing = _pacings[db] = DatabasePacing()
    return pacing
