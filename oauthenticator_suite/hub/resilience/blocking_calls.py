"""Blocking calls (PAM, look-ups of system accounts, password hashing) in threads, with limits.

asyncio's own executors do not fit: their threads keep the process alive until every call has returned, and a call that
never returns takes a thread for good. A system that asks a directory over the network has such calls.
"""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from queue import SimpleQueue
from typing import Any, NamedTuple, TypeVar

from ...errors import ProviderBusy, ProviderTimeout

T = TypeVar("T")

DEFAULT_LIMIT = 30.0
"""Seconds within which a call must have returned, the time in the queue included, if the caller names no limit."""

MAX_QUEUED = 300
"""Calls that may wait for a thread. Further calls fail at once, because they would fail in the queue."""

GIVE_UP_AFTER = 60.0
"""Seconds after which a running call that is past its limit is given up: another call may start in its place."""

MAX_GIVEN_UP = 64
"""Given-up calls that may exist at a time. Each still has a thread."""


class NoFreeThread(ProviderTimeout):
    """The call has not been started: within its limit no thread became free."""


class Priority(NamedTuple):
    """The order of calls in the queue: the smallest `rank` first. Calls with the same `lane` run one at a time."""

    rank: tuple[int, ...] = ()
    lane: Hashable = None


class BlockingCalls:
    """Runs blocking functions in a bounded number of daemon threads.

    A call that cannot start at once waits in a queue. The smallest rank starts first; among equal ranks the newest
    call does, because under a flood of requests the oldest callers have left by then.

    A call that does not return within its limit raises for its caller, but keeps its thread: Python cannot stop a
    thread. After `GIVE_UP_AFTER` seconds the call is given up, so that hanging calls do not block the queue for good.
    Threads never keep the process alive.

    Calls that must not wait for each other, such as those of logins and of refreshes, need separate instances.

    Parameters
    ----------
    threads:
        The number of calls that run at a time, given-up calls not included.
    name:
        The prefix of the names of the threads.
    """

    def __init__(self, threads: int, name: str) -> None:
        self.threads = threads
        self._free = threads
        self._workers = _Workers(name)
        self._queue: list[_Queued] = []
        self._busy_lanes: set[Hashable] = set()
        self._number = count(0, -1)
        self._overdue: set[_Running] = set()
        self._given_up = 0

    async def run(
        self,
        call: Callable[[], T],
        *,
        limit: float = DEFAULT_LIMIT,
        priority: Priority | None = None,
        about: Hashable = None,
    ) -> T:
        """Run `call` in a thread.

        Parameters
        ----------
        limit:
            Seconds within which the call must have returned, the time in the queue included.
        about:
            A key by which `overdue` counts calls.

        Returns
        -------
        T
            The result of `call`. An exception of `call` is raised as it is.

        Raises
        ------
        ProviderBusy
            When too many calls are in the queue. The call has not been started.
        NoFreeThread
            When no thread became free within the limit, or the system starts no thread. The call has not been started.
        ProviderTimeout
            When the call has not returned within the limit. It continues in its thread, and its result is dropped.
        """
        priority = priority or Priority()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + limit
        await self._wait_for_thread(priority, limit)
        try:
            job = self._workers.submit(call)
        except RuntimeError as error:
            self._release(priority.lane)
            raise NoFreeThread(f"the system starts no thread: {error}") from None
        running = _Running(about, priority.lane, loop.time(), asyncio.wrap_future(job))
        running.result.add_done_callback(lambda _: self._returned(running))
        try:
            await asyncio.wait({running.result}, timeout=max(0.0, deadline - loop.time()))
        finally:
            if not running.result.done():
                self._overdue.add(running)
                give_up_at = running.started + GIVE_UP_AFTER
                running.timer = loop.call_at(give_up_at, self._give_up, running)
        if not running.result.done():
            raise ProviderTimeout(f"no answer within {limit:g} s")
        result: T = running.result.result()
        return result

    def overdue(self, about: Hashable = None) -> int:
        """Count the running calls whose callers have left without a result, given-up calls not included.

        `about` counts only the calls that were started with the same key.
        """
        return sum(about is None or running.about == about for running in self._overdue)

    async def _wait_for_thread(self, priority: Priority, limit: float) -> None:
        if len(self._queue) >= MAX_QUEUED:
            raise ProviderBusy(f"{MAX_QUEUED} calls are waiting for a thread", retry_after=5)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queued = _Queued(priority.rank, next(self._number), priority.lane, turn)
        self._queue.append(queued)
        self._start_next()
        try:
            started, _ = await asyncio.wait({turn}, timeout=limit)
        except BaseException:
            self._leave_queue(queued)
            raise
        if not started:
            self._leave_queue(queued)
            raise NoFreeThread(f"no free thread within {limit:g} s")

    def _leave_queue(self, queued: _Queued) -> None:
        if queued.turn.done():
            self._release(queued.lane)
        else:
            self._queue.remove(queued)

    def _start_next(self) -> None:
        while self._free:
            ready = [queued for queued in self._queue if queued.lane is None or queued.lane not in self._busy_lanes]
            if not ready:
                return
            first = min(ready, key=lambda queued: (queued.rank, queued.number))
            self._queue.remove(first)
            self._free -= 1
            if first.lane is not None:
                self._busy_lanes.add(first.lane)
            first.turn.set_result(None)

    def _release(self, lane: Hashable) -> None:
        self._free += 1
        self._busy_lanes.discard(lane)
        self._start_next()

    def _returned(self, running: _Running) -> None:
        """Free the thread of a call that has returned."""
        if not running.result.cancelled():
            running.result.exception()  # marks it as retrieved: the caller may be gone
        if running.timer is not None:
            running.timer.cancel()
        self._overdue.discard(running)
        if running.given_up:
            self._given_up -= 1
        else:
            self._release(running.lane)

    def _give_up(self, running: _Running) -> None:
        """Let another call start in place of a hanging call."""
        if self._given_up >= MAX_GIVEN_UP:
            running.timer = asyncio.get_running_loop().call_later(GIVE_UP_AFTER, self._give_up, running)
            return
        running.given_up = True
        self._given_up += 1
        self._overdue.discard(running)
        self._release(running.lane)


class _Queued(NamedTuple):
    rank: tuple[int, ...]
    number: int
    lane: Hashable
    turn: asyncio.Future[None]


@dataclass(slots=True, eq=False)
class _Running:
    about: Hashable
    lane: Hashable
    started: float
    result: asyncio.Future[Any]
    timer: asyncio.TimerHandle | None = None
    given_up: bool = False


@dataclass(slots=True)
class _Job:
    call: Callable[[], Any]
    result: Future[Any] = field(default_factory=Future)


class _Workers:
    """Daemon threads that are started on demand and used again. They end when this object is collected."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._number = count()
        weakref.finalize(self, self._jobs.put, None)

    def submit(self, call: Callable[[], T]) -> Future[T]:
        """Start `call` at once: in an idle thread, or in a new one."""
        job = _Job(call)
        job.result.set_running_or_notify_cancel()  # from now on it cannot be cancelled
        if not self._idle.acquire(blocking=False):
            name = f"{self._name}_{next(self._number)}"
            threading.Thread(target=_work, args=(self._jobs, self._idle), name=name, daemon=True).start()
        self._jobs.put(job)
        return job.result


def _work(jobs: SimpleQueue[_Job | None], idle: threading.Semaphore) -> None:
    """Run jobs in a thread. It must hold no reference to the `_Workers`."""
    while (job := jobs.get()) is not None:
        try:
            outcome = partial(job.result.set_result, job.call())
        except BaseException as error:  # noqa: BLE001 - it is raised for the caller
            outcome = partial(job.result.set_exception, error)
        idle.release()  # before the result is there, so that the next call finds this thread
        outcome()
        del job, outcome
    jobs.put(None)  # for the next thread
