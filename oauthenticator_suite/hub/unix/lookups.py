"""Look-ups of users in the operating system, which may ask a directory that is slow or down.

`Lookups` asks any question about a user in a thread; `UnixLookups` asks for account and groups.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable
from functools import partial
from typing import Any, TypeVar

from ...errors import ProviderBusy, ProviderTimeout, TransportError
from ..resilience.blocking_calls import BlockingCalls, NoFreeThread
from ..resilience.outage_clock import OutageClock
from .identity import LookupResult, look_up

T = TypeVar("T")

THREADS = 16
"""Look-ups of accounts that run at a time."""

ANSWER_WITHIN = 5.0
"""Seconds within which the system must answer. After a time-out, the same user is not looked up for as long again."""

MAX_OVERDUE = 4
"""Look-ups without an answer in time, of all users together, from which on further look-ups fail at once."""

MAX_OVERDUE_OF_USER = 2
"""The same for look-ups of one user: an entry that the system cannot find the end of must not stop the others."""


class Unanswered(Exception):
    """The system did not answer about a user.

    Attributes
    ----------
    reason:
        A phrase for the log.
    seconds:
        How long the system has failed to answer about this user; None when the look-up was not started, because too
        many others were running.
    """

    def __init__(self, reason: str, seconds: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.seconds = seconds


class Lookups:
    """Look-ups that run in threads, with single-flight and a time limit.

    Several callers with one question share one look-up. While the system lets look-ups time out, further ones fail at
    once, so that pages do not wait and threads do not pile up.

    Parameters
    ----------
    calls:
        The threads.
    outages:
        Measures how long the system has failed to answer. Several instances may share it.
    """

    def __init__(self, calls: BlockingCalls, outages: OutageClock) -> None:
        self._calls = calls
        self._outages = outages
        self._under_way: dict[Hashable, asyncio.Task[Any]] = {}
        self._timed_out_at: dict[str, float] = {}  # by user, ordered by time

    async def ask(self, name: str, question: Callable[[], T], *, key: Hashable = None, grace: float) -> T:
        """Run `question` about the user `name` in a thread.

        Parameters
        ----------
        question:
            A function that may block. It raises an OSError or a `TransportError` when the system cannot tell.
        key:
            Tells apart several questions about one user.
        grace:
            The grace period for outages, in seconds (see `OutageClock.failed`).

        Returns
        -------
        T
            The result of `question`. Other exceptions than those named above are raised as they are.

        Raises
        ------
        Unanswered
            When there is no answer within `ANSWER_WITHIN` seconds, or the system cannot tell.
        """
        task: asyncio.Task[T] | None = self._under_way.get((name, key))
        if task is None:
            if self._is_pointless(name):
                raise self._failed(name, "no answer yet to earlier look-ups", grace)
            task = asyncio.ensure_future(self._ask(name, question, grace))
            self._under_way[name, key] = task
            task.add_done_callback(lambda _: self._under_way.pop((name, key)))
        return await asyncio.shield(task)

    async def _ask(self, name: str, question: Callable[[], T], grace: float) -> T:
        try:
            answer = await self._calls.run(question, limit=ANSWER_WITHIN, about=name)
        except (NoFreeThread, ProviderBusy) as error:  # not started: this says nothing about the system
            raise Unanswered(error.detail) from None
        except ProviderTimeout as error:
            self._note_time_out(name)
            raise self._failed(name, error.detail, grace) from None
        except TransportError as error:
            raise self._failed(name, error.detail, grace) from None
        except OSError as error:
            raise self._failed(name, error.strerror or type(error).__name__, grace) from None
        except Exception:  # an answer too: that there is no such user, for example
            self._answered(name)
            raise
        self._answered(name)
        return answer

    def _is_pointless(self, name: str) -> bool:
        """Whether the system would most probably not answer either."""
        timed_out_just_now = time.monotonic() - self._timed_out_at.get(name, float("-inf")) < ANSWER_WITHIN
        too_many_overdue = self._calls.overdue() >= min(MAX_OVERDUE, self._calls.threads)
        return timed_out_just_now or too_many_overdue or self._calls.overdue(name) >= MAX_OVERDUE_OF_USER

    def _note_time_out(self, name: str) -> None:
        now = time.monotonic()
        self._timed_out_at.pop(name, None)
        self._timed_out_at[name] = now
        while now - next(iter(self._timed_out_at.values())) >= ANSWER_WITHIN:
            del self._timed_out_at[next(iter(self._timed_out_at))]

    def _answered(self, name: str) -> None:
        self._outages.answered(name)
        self._timed_out_at.pop(name, None)

    def _failed(self, name: str, reason: str, grace: float) -> Unanswered:
        return Unanswered(reason, self._outages.failed(name, grace))


class UnixLookups:
    """Look-ups of Unix accounts and groups. Parameters are those of `Lookups`."""

    def __init__(self, calls: BlockingCalls, outages: OutageClock) -> None:
        self._lookups = Lookups(calls, outages)

    async def ask(self, name: str, *, groups: bool, grace: float) -> LookupResult:
        """Look up the account `name`, and its groups if `groups` is set. Never raises for a system that cannot tell."""
        try:
            return await self._lookups.ask(name, partial(look_up, name, groups=groups), key=groups, grace=grace)
        except Unanswered as error:
            return LookupResult(unknown=error.reason, unknown_for=error.seconds)
