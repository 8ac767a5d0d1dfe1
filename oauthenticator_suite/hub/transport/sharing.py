"""Requests that come at one moment share connections, instead of opening one for each.

A new connection with TLS costs the Hub about a third of the CPU time of a login, and takes three round trips. When many
users sign in at one moment, an open connection is often free before a new one would be. So at first few requests are
sent at once. When one of the others waits too long, twice as many are. To a provider that answers fast their number
stays low, and a slow one has as many connections as there may be within a second.
"""

from __future__ import annotations

import asyncio
from collections import deque

AT_ONCE = 10
"""The number of requests that never wait for one another."""

PATIENCE = 0.25
"""How long the first of the waiting requests waits, in seconds, until twice as many may be sent at once."""


class ConnectionSharing:
    """Lets requests wait for one another, in the order in which they came.

    Parameters
    ----------
    most:
        The number of requests from which on none waits here: that of the connections.
    idle:
        Seconds after which an unused connection is closed. Then the number of requests grows from the start.
    """

    def __init__(self, most: int, idle: float) -> None:
        self._most = most
        self._idle = idle
        self._loop = asyncio.get_running_loop()
        self._allowed = AT_ONCE
        self._running = 0
        self._ended_at = 0.0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._is_watched = False

    async def __aenter__(self) -> float:
        """Wait until the request may be sent. Returns how many seconds it has waited."""
        came_at = self._loop.time()
        if not self._running and came_at - self._ended_at > self._idle:
            self._allowed = AT_ONCE
        if self._is_free():
            self._running += 1
            return 0.0
        turn: asyncio.Future[None] = self._loop.create_future()
        self._waiting.append(turn)
        if not self._is_watched:
            self._watch()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it has got its turn, which another request takes
                self._end()
            raise
        return self._loop.time() - came_at

    async def __aexit__(self, *exc_info: object) -> None:
        self._end()

    def _is_free(self) -> bool:
        return self._running < self._allowed or self._allowed >= self._most

    def _end(self) -> None:
        self._running -= 1
        self._ended_at = self._loop.time()
        if self._waiting:
            self._let_go()

    def _watch(self) -> None:
        """Look at the first of the waiting requests again after a while."""
        self._is_watched = bool(self._waiting)
        if self._is_watched:
            self._loop.call_later(PATIENCE, self._grow, self._waiting[0])

    def _grow(self, first: asyncio.Future[None]) -> None:
        """Let more requests be sent if the one that was the first still waits."""
        if not first.done():
            self._allowed *= 2
            self._let_go()
        self._watch()

    def _let_go(self) -> None:
        """Let as many requests be sent as are allowed."""
        while self._waiting and self._is_free():
            turn = self._waiting.popleft()
            if not turn.done():  # cancelled: nobody waits for it
                self._running += 1
                turn.set_result(None)
