"""Threads for what blocks, with an order in which waiting work has its turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any, NamedTuple, TypeVar

from ...errors import ProviderBusy, ProviderTimeout

T = TypeVar("T")

MOST_WAITING = 300
"""Work that may wait for a thread; more is refused at once, as it could not be done in time."""

PATIENCE = 30.0
"""Seconds for which work is waited, be it waiting itself or under way, unless somebody has less."""


class Place(NamedTuple):
    """Where work has its place among what waits: the smallest `rank` goes first, and of a `lane` one at a time."""

    rank: tuple[int, ...] = ()
    lane: Hashable = None


class _Waiting(NamedTuple):
    rank: tuple[int, ...]
    number: int
    lane: Hashable
    turn: asyncio.Future[None]


class Threads:
    """`threads` threads. Of what waits, the smallest rank goes first, and of equals the latest.

    The latest, since a browser waits only so long: under a flood the first ones have given up when their turn comes.
    """

    def __init__(self, threads: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._free = threads
        self._waiting: list[_Waiting] = []
        self._taken: set[Hashable] = set()
        self._number = count(0, -1)

    async def run(self, work: Callable[[], T], place: Place | None = None, *, patience: float = PATIENCE) -> T:
        """What `work` returns or raises, done in a thread.

        Parameters
        ----------
        patience:
            Seconds for which it is waited.

        Raises
        ------
        ProviderBusy
            When too much waits already.
        ProviderTimeout
            When it takes too long. The thread goes on, and is taken until it ends.
        """
        place = place or Place()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + patience
        await self._turn(place, patience)
        future = loop.run_in_executor(self._pool, work)
        future.add_done_callback(lambda done: self._ended(done, place.lane))
        ended, _ = await asyncio.wait({future}, timeout=deadline - loop.time())
        if not ended:
            raise ProviderTimeout(f"no answer within {patience:.0f} s")
        return future.result()

    async def _turn(self, place: Place, patience: float) -> None:
        if len(self._waiting) >= MOST_WAITING:
            raise ProviderBusy(f"{MOST_WAITING} wait already", retry_after=5)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = _Waiting(place.rank, next(self._number), place.lane, turn)
        self._waiting.append(waiting)
        self._call_next()
        try:
            called, _ = await asyncio.wait({turn}, timeout=patience)
        except BaseException:
            self._leave(waiting)
            raise
        if not called:
            self._leave(waiting)
            raise ProviderTimeout(f"no free thread within {patience:.0f} s")

    def _leave(self, waiting: _Waiting) -> None:
        if waiting.turn.done():
            self._release(waiting.lane)
        else:
            self._waiting.remove(waiting)

    def _ended(self, future: asyncio.Future[Any], lane: Hashable) -> None:
        if not future.cancelled():
            future.exception()  # looked at, also when nobody waits any more
        self._release(lane)

    def _release(self, lane: Hashable) -> None:
        self._free += 1
        self._taken.discard(lane)
        self._call_next()

    def _call_next(self) -> None:
        while self._free:
            ready = [waiting for waiting in self._waiting if waiting.lane is None or waiting.lane not in self._taken]
            if not ready:
                return
            first = min(ready, key=lambda waiting: (waiting.rank, waiting.number))
            self._waiting.remove(first)
            self._free -= 1
            if first.lane is not None:
                self._taken.add(first.lane)
            first.turn.set_result(None)
