"""Look-ups at a provider's API in addition to the user's data, mostly for memberships.

Most look-ups need only the access token, so they run at the same time as the request for the user's data. A login then
takes two round trips to the provider after the browser's return, whatever the number of access rules.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from weakref import WeakSet

MAX_CONCURRENT_LOOKUPS = 8
"""Maximum number of simultaneous requests about one user."""

A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Found:
    """The results of a provider's look-ups.

    Attributes
    ----------
    memberships:
        For each kind of membership, the requested names that apply to the user.
    claims:
        Claims that are added to the user's data. They replace claims with the same key.
    auth_state:
        Entries that are added to `auth_state`. They replace entries with the same key.
    emails:
        Addresses that the provider has verified, for `collect_emails`.
    """

    memberships: Mapping[str, Iterable[str]] = field(default_factory=dict)
    claims: Mapping[str, Any] = field(default_factory=dict)
    auth_state: Mapping[str, Any] = field(default_factory=dict)
    emails: Iterable[str] = ()


class SharedResult(Generic[A]):
    """The result of a running task, for several callers to await.

    Cancelling a caller that awaits the task itself would cancel the task for all callers. This object shields the task.
    """

    def __init__(self, task: asyncio.Future[A]) -> None:
        self._task = task

    def __await__(self) -> Generator[Any, None, A]:
        return asyncio.shield(self._task).__await__()


async def side_by_side(
    ask: Callable[[A], Awaitable[B]], items: Iterable[A], at_once: int = MAX_CONCURRENT_LOOKUPS
) -> list[B]:
    """Await ``ask(item)`` for each item, at most `at_once` at a time.

    If a call raises, the others are cancelled and the error is raised.

    Returns
    -------
    list
        The results, in the order of the items.
    """
    slots = asyncio.Semaphore(at_once)

    async def ask_in_slot(item: A) -> B:
        async with slots:
            return await ask(item)

    return await all_of(*(ask_in_slot(item) for item in items))


async def all_of(*questions: Awaitable[Any]) -> list[Any]:
    """Await all arguments at the same time, and return their results in order.

    If one raises, the others are cancelled; the first error is raised when all have ended.
    """
    tasks = [asyncio.ensure_future(question) for question in questions]
    try:
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


def names_at(sources: Iterable[Mapping[str, Any]], *path: str) -> list[str]:
    """The names in the list at `path` in the first of `sources` that has a list there; empty if none has."""
    for value in sources:
        found: Any = value
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        if isinstance(found, list):
            return [name for name in found if isinstance(name, str)]
    return []


def warn_of_missing(authenticator: Any, options: Iterable[str], sentence: str) -> None:
    """Log once that the provider does not send what these options name. `sentence` says what to do at the provider.

    Nothing is logged if no option is set.
    """
    wanted = [f"c.{type(authenticator).__name__}.{option}" for option in options if getattr(authenticator, option)]
    if wanted and authenticator not in _warned:
        _warned.add(authenticator)
        authenticator.log.warning("%s They are named in %s. This is logged once.", sentence, " and ".join(wanted))


_warned: WeakSet[Any] = WeakSet()
"""The authenticators that have logged it."""
