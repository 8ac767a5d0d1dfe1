"""Time that passes at a test's word, and by itself only while nothing else can happen."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from typing import Any
from weakref import WeakSet

import pytest

ON_ITS_WAY = 0.1
"""Real seconds for which the loop listens before time jumps: an event may be on its way through the kernel, or a thread
that was let go may not have run yet.
"""


class FakeTime:
    """The time of one event loop, in seconds. It stands still while there is something to do.

    When everything in the loop waits, it jumps to the next timer. A limit of five seconds is therefore reached at once,
    and no answer is late because the machine is busy. Both ends of a connection must be in the loop: what another
    process does is not seen. While a thread has work whose result is a `concurrent.futures.Future`, time stands still,
    unless the test holds the thread up (`held_up`).
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch) -> None:
        self._loop = loop
        self._now = loop.time()
        self._wall = time.time() - self._now
        self._monkeypatch = monkeypatch
        self._counting = threading.Lock()
        self._in_threads = 0

    def time(self) -> float:
        """Now, by the clock of the loop."""
        return self._now

    def passes(self, seconds: float) -> None:
        """Move the clock forward. In a callback of the loop this is a callback that has taken so long."""
        self._now += seconds

    @contextmanager
    def taking(self) -> Iterator[Callable[[], float]]:
        """Around what takes time: how many seconds have passed since."""
        begun = self._now
        yield lambda: self._now - begun

    def rules(self, *modules: str) -> None:
        """These modules, which ask the module `time`, go by this clock as well."""
        stand_in = SimpleNamespace(
            **{**vars(time), "monotonic": self.time, "perf_counter": self.time, "time": lambda: self._wall + self._now}
        )
        for module in modules:
            self._monkeypatch.setattr(f"{module}.time", stand_in)

    @contextmanager
    def held_up(self) -> Iterator[None]:
        """Around what a thread waits for until the test lets it continue: meanwhile, time may jump."""
        self._count(-1)
        try:
            yield
        finally:
            self._count(1)

    # -- inside

    def install(self) -> None:
        """Rule the event loop, and count the results that threads owe."""
        loop: Any = self._loop
        create, tell = Future.__init__, Future._invoke_callbacks
        counted: WeakSet[Future[Any]] = WeakSet()

        def counted_create(future: Future[Any]) -> None:
            create(future)
            counted.add(future)
            self._count(1)

        def counted_tell(future: Future[Any]) -> None:
            try:
                tell(future)  # here the loop hears of the result
            finally:
                if future in counted:
                    counted.discard(future)
                    self._count(-1)

        self._monkeypatch.setattr(Future, "__init__", counted_create)
        self._monkeypatch.setattr(Future, "_invoke_callbacks", counted_tell)
        self._monkeypatch.setattr(loop, "time", self.time)
        self._monkeypatch.setattr(loop, "_selector", _Selector(loop._selector, self))

    def _count(self, change: int) -> None:
        with self._counting:
            self._in_threads += change
        with suppress(RuntimeError):  # the loop is closed already
            self._loop.call_soon_threadsafe(lambda: None)

    def select(self, real: Callable[[float | None], list[Any]], timeout: float | None) -> list[Any]:
        """What the loop's selector says: what is ready, or, when nothing is, that `timeout` has passed."""
        in_threads = self._in_threads  # before the look: what ends after it is seen the next time
        events = real(0)
        if events or timeout == 0:
            return events
        if timeout is None or in_threads:
            return real(timeout)
        events = real(min(timeout, ON_ITS_WAY))
        if not events and not self._in_threads:
            self._now += timeout
        return events


class _Selector:
    """The loop's own selector, but for `select`."""

    def __init__(self, real: Any, clock: FakeTime) -> None:
        self._real = real
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[Any]:
        return self._clock.select(self._real.select, timeout)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


@contextmanager
def fake_time() -> Iterator[FakeTime]:
    """The running event loop goes by a `FakeTime`."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        clock = FakeTime(asyncio.get_running_loop(), monkeypatch)
        clock.install()
        yield clock
