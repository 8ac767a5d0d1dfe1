"""Pauses of refreshes: while a login or a logout replaces a user's stored data, no refresh of the user runs.

A refresh that has read the earlier data would write them over the new ones.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Protocol


class Pauses:
    """The users whose refreshes are paused."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}  # by user: how many logins and logouts are in progress
        self._waited_for: dict[str, asyncio.Event] = {}  # set at the end of the last one

    def __contains__(self, name: str) -> bool:
        return name in self._counts

    def __len__(self) -> int:
        return len(self._counts)

    def begin(self, name: str) -> None:
        """Begin a pause. Several may overlap."""
        self._counts[name] = self._counts.get(name, 0) + 1

    def end(self, name: str) -> None:
        """End a pause that was begun."""
        self._counts[name] -= 1
        if not self._counts[name]:
            del self._counts[name]
            if name in self._waited_for:
                self._waited_for.pop(name).set()

    async def over(self, name: str) -> None:
        """Wait until no pause of the user is left."""
        while name in self._counts:
            await self._waited_for.setdefault(name, asyncio.Event()).wait()


class Pausable(Protocol):
    """The part of `Refresher` that pauses."""

    def begin_pause(self, name: str) -> asyncio.Task[Any] | None:
        """Begin no refresh of the user from now on. Returns one that runs and was told to stop."""

    def has_stopped(self, name: str) -> None:
        """Forget what the stopped refresh has left."""

    def end_pause(self, name: str) -> None:
        """Allow refreshes of the user again."""


@asynccontextmanager
async def all_paused(refreshers: Iterable[Pausable], name: str) -> AsyncIterator[None]:
    """Stop the user's refreshes of several authenticators, and begin none until the block ends.

    Earlier outcomes are forgotten. The user's requests wait until this ends.
    """
    begun: list[Pausable] = []
    stopping: list[tuple[Pausable, asyncio.Task[Any]]] = []
    try:
        for refresher in refreshers:
            task = refresher.begin_pause(name)
            begun.append(refresher)
            if task is not None:
                stopping.append((refresher, task))
        for refresher, task in stopping:
            await asyncio.wait({task})
            refresher.has_stopped(name)
        yield
    finally:
        for refresher in begun:
            refresher.end_pause(name)
