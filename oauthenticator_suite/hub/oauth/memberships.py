"""What a provider is asked about a user beside the user's data: memberships, mostly.

Such questions are asked side by side with the one for the user's data, for most need nothing but the token; so a login
takes two round trips to the provider after the browser's return, however many rules there are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

AT_ONCE = 8
"""Questions about one user that are under way at a time."""

A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Found:
    """What the look-ups brought.

    `memberships` has, by kind, those names of what was asked for that the user belongs to. `claims` are laid over the
    user's data, and `auth_state` over what is kept. `emails` are addresses that the provider has verified, for
    `collect_emails`.
    """

    memberships: Mapping[str, Iterable[str]] = field(default_factory=dict)
    claims: Mapping[str, Any] = field(default_factory=dict)
    auth_state: Mapping[str, Any] = field(default_factory=dict)
    emails: Iterable[str] = ()


class Shared(Generic[A]):
    """The answer to a question that somebody else has asked: for several to await.

    One who awaits the task itself takes it along when given up: the question would end as cancelled for all, before the
    error that was the reason is known.
    """

    def __init__(self, task: asyncio.Future[A]) -> None:
        self._task = task

    def __await__(self) -> Generator[Any, None, A]:
        return asyncio.shield(self._task).__await__()


async def side_by_side(ask: Callable[[A], Awaitable[B]], items: Iterable[A], at_once: int = AT_ONCE) -> list[B]:
    """``ask(item)`` for each item, at most `at_once` at a time; the answers in the items' order.

    When one raises, the others are given up and the error is raised.
    """
    turn = asyncio.Semaphore(at_once)

    async def in_turn(item: A) -> B:
        async with turn:
            return await ask(item)

    return await all_of(*(in_turn(item) for item in items))


async def all_of(*questions: Awaitable[Any]) -> list[Any]:
    """The answers of all, which are asked at once. The first error ends the others, and is raised after that."""
    tasks = [asyncio.ensure_future(question) for question in questions]
    try:
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
