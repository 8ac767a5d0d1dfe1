"""Those who are due, when so many are that each must wait until others have been asked about.

Somebody in line is a name, and nothing else of theirs is in memory: what is kept of them is read when their turn comes,
as it is then. So a crowd costs the Hub no more than the few that it is asking about.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from contextvars import Context
from typing import Any

from jupyterhub.user import User


class Line:
    """Users, in the order in which they have come.

    Parameters
    ----------
    at_once:
        How many are called at a time.
    call:
        Begins what is to be done for a user, and returns what ends when it is done.
    """

    def __init__(self, at_once: int, call: Callable[[str, User], asyncio.Future[Any]]) -> None:
        self._at_once = at_once
        self._call = call
        self._waiting: OrderedDict[str, User] = OrderedDict()
        self._called = 0

    def join(self, name: str, user: User) -> None:
        """To be called when it is their turn. Who is in line already keeps their place."""
        self._waiting.setdefault(name, user)
        self.go_on()

    def leave(self, name: str) -> None:
        """Not to be called any more."""
        self._waiting.pop(name, None)

    def go_on(self) -> None:
        """Call whoever is next, unless enough are called."""
        while self._waiting and self._called < self._at_once:
            name, user = self._waiting.popitem(last=False)
            self._called += 1
            # In a context of its own: it is no part of the page, perhaps another user's, that has just ended.
            Context().run(self._call, name, user).add_done_callback(self._ended)

    def _ended(self, done: asyncio.Future[Any]) -> None:
        self._called -= 1
        if not done.cancelled():  # else the Hub is perhaps about to end, and nothing more may begin
            self.go_on()
