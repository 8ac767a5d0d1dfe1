"""Threads for what blocks, with an order in which waiting work has its turn."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any, TypeVar

from ..errors import ProviderBusy, ProviderTimeout

T = TypeVar("T")
Rank = tuple[int, ...]

MOST_WAITING = 300
"""Work that may wait for a thread; more is refused at once, as it could not be done in time."""

PATIENCE = 30.0
"""Seconds after which work is not waited for any longer, be it waiting itself or under way."""


class Turns:
    """`threads` threads. Of what waits, the smallest rank goes first, and of equals the latest.

    The latest, since a browser waits only so long: under a flood the first ones have given up when their turn comes.
    """

    def __init__(self, threads: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._free = threads
        self._waiting: list[tuple[Rank, int, asyncio.Future[None]]] = []
        self._number = count(0, -1)

    async def run(self, work: Callable[[], T], rank: Rank = ()) -> T:
        """What `work` returns or raises, done in a thread.

        Raises
        ------
        ProviderBusy
            When too much waits already.
        ProviderTimeout
            When it takes too long. The thread goes on, and is taken until it ends.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE
        await self._turn(rank)
        future = loop.run_in_executor(self._pool, work)
        future.add_done_callback(self._ended)
        done, _ = await asyncio.wait({future}, timeout=deadline - loop.time())
        if not done:
            raise ProviderTimeout(f"no answer within {PATIENCE:.0f} s")
        return future.result()

    async def _turn(self, rank: Rank) -> None:
        if len(self._waiting) >= MOST_WAITING:
            raise ProviderBusy(f"{MOST_WAITING} logins wait already", retry_after=5)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (rank, next(self._number), turn))
        self._call_next()
        try:
            done, _ = await asyncio.wait({turn}, timeout=PATIENCE)
        except BaseException:
            self._leave(turn)
            raise
        if not done:
            self._leave(turn)
            raise ProviderTimeout(f"no free thread within {PATIENCE:.0f} s")

    def _leave(self, turn: asyncio.Future[None]) -> None:
        if turn.done():
            self._free += 1
            self._call_next()
        else:
            turn.cancel()
            self._waiting = [entry for entry in self._waiting if entry[2] is not turn]
            heapq.heapify(self._waiting)

    def _ended(self, future: asyncio.Future[Any]) -> None:
        if not future.cancelled():
            future.exception()  # looked at, also when nobody waits any more
        self._free += 1
        self._call_next()

    def _call_next(self) -> None:
        while self._free and self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            self._free -= 1
            turn.set_result(None)
