"""FIFO queue of users waiting for a background refresh.

A queued user is a name. The stored data are read when the refresh starts, so that thousands of waiting users cost the
Hub no more memory than the few that it is asking about.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from contextvars import Context
from typing import Any

from jupyterhub.user import User


class RefreshQueue:
    """Starts a bounded number of refreshes at a time, in the order in which users joined.

    Parameters
    ----------
    max_running:
        The number of refreshes that run at the same time.
    start:
        Starts the refresh of a user, and returns a future that is done when it ends.
    clock:
        Returns the time in seconds. Only differences matter.
    """

    def __init__(
        self,
        max_running: int,
        start: Callable[[str, User], asyncio.Future[Any]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_running = max_running
        self._start = start
        self._clock = clock
        self._waiting: OrderedDict[str, tuple[float, User]] = OrderedDict()
        self._running = 0

    def __len__(self) -> int:
        """How many users wait."""
        return len(self._waiting)

    @property
    def waiting(self) -> list[str]:
        """The names of the waiting users, in order."""
        return [*self._waiting]

    @property
    def oldest_wait(self) -> float:
        """Seconds for which the first user has been waiting; 0.0 when no user waits."""
        joined_at = next((at for at, _ in self._waiting.values()), None)
        return 0.0 if joined_at is None else max(0.0, self._clock() - joined_at)

    def join(self, name: str, user: User) -> None:
        """Add a user. A user who is waiting already stays in place."""
        self._waiting.setdefault(name, (self._clock(), user))
        self.start_next()

    def leave(self, name: str) -> None:
        """Remove a user, if waiting."""
        self._waiting.pop(name, None)

    def start_next(self) -> None:
        """Start refreshes until `max_running` of them run."""
        while self._waiting and self._running < self._max_running:
            name, (_, user) = self._waiting.popitem(last=False)
            self._running += 1
            # in a new context: the refresh is not part of the request, possibly another user's, that has just ended
            Context().run(self._start, name, user).add_done_callback(self._ended)

    def _ended(self, done: asyncio.Future[Any]) -> None:
        self._running -= 1
        if not done.cancelled():  # after a cancellation the Hub may be about to stop, and nothing more must start
            self.start_next()
