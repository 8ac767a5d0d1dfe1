"""A bounded number of requests at a time, and a bounded number of callers that wait for their turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ...errors import ProviderBusy


class RequestLimit:
    """Lets `running` callers continue at a time, in the order in which they came, while at most `waiting` others wait.

    Parameters
    ----------
    what:
        The requests, for the error.
    """

    def __init__(self, running: int, waiting: int, what: str) -> None:
        self._free = asyncio.Semaphore(running)
        self._most_waiting = waiting
        self._waiting = 0
        self._what = what

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Put this around a request.

        Raises
        ------
        ProviderBusy
            If too many callers wait already. Nothing has been sent.
        """
        if self._free.locked() and self._waiting >= self._most_waiting:
            raise ProviderBusy(f"{self._what}: {self._waiting} others are waiting for the provider", retry_after=5)
        self._waiting += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._free.release()
