"""A queue before the provider: so many at a time, and whether it is worth waiting in it."""

from __future__ import annotations

import asyncio


class Turns:
    """Use it as ``async with``: at most `at_once` are inside at a time, in the order in which they have come."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._free = asyncio.Semaphore(at_once)
        self._here = 0

    @property
    def line_is_long(self) -> bool:
        """Whether whoever comes now must wait until others have waited for their turn as well."""
        return self._here >= 2 * self._at_once

    async def __aenter__(self) -> None:
        self._here += 1
        try:
            await self._free.acquire()
        except BaseException:
            self._here -= 1
            raise

    async def __aexit__(self, *exc_info: object) -> None:
        self._here -= 1
        self._free.release()
