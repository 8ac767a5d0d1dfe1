"""Asking the system who somebody is, without holding up the Hub: the system may ask a directory, which may be down."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from ..resilience.outage_clock import OutageClock
from .identity import Found

AT_ONCE = 16
"""Names that are asked about at once."""

LATE = 4
"""Look-ups without an answer in time from which on nobody waits: of one name, half as many."""

NEVER = 60.0
"""Seconds after which a look-up will never end, and says nothing of others."""

PATIENCE = 5.0
"""Seconds within which the system has to answer. As long again, nobody waits for what has just not come."""


@dataclass(frozen=True, slots=True, eq=False)
class _LookUp:
    name: str
    begun: float
    job: Future[Found]
    """Of the thread: it can be taken back until it has begun."""
    answer: asyncio.Future[Found]


class UnixLookups:
    """Of several who ask about one name, one asks. While no thread gets an answer, nobody else waits for one."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="unix-lookup")
        self._under_way: dict[tuple[str, bool], _LookUp] = {}
        self._late: set[_LookUp] = set()
        self._gave_up_at: dict[str, float] = {}
        self._outages = OutageClock(time.monotonic)

    async def ask(self, name: str, *, groups: bool) -> Found:
        """What the system says of `name`, within `PATIENCE`."""
        look_up = self._under_way.get((name, groups))
        if look_up is None:
            if self._is_in_vain(name):
                return self._unknown(name, "no answer yet to those who asked before")
            look_up = self._begin(name, groups)
        await asyncio.wait({look_up.answer}, timeout=max(0.0, look_up.begun + PATIENCE - time.monotonic()))
        job = look_up.job
        if not job.done() and not job.cancel():
            self._give_up((name, groups), look_up)
            return self._unknown(name, f"no answer within {PATIENCE:g} s")
        if job.cancelled():  # too many have asked: that is no silence of the system's
            return Found(name, unknown=f"no free thread within {PATIENCE:g} s")
        try:
            found = job.result()
        except OSError as error:
            return self._unknown(name, error.strerror or type(error).__name__)
        self._outages.answered(name)
        self._gave_up_at.pop(name, None)
        return found

    def _is_in_vain(self, name: str) -> bool:
        now = time.monotonic()
        late = [look_up for look_up in self._late if now - look_up.begun < NEVER]
        of_name = sum(look_up.name == name for look_up in late)
        just_now = now - self._gave_up_at.get(name, float("-inf")) < PATIENCE
        return just_now or of_name >= LATE / 2 or len(late) >= LATE or len(self._late) >= AT_ONCE

    def _begin(self, name: str, groups: bool) -> _LookUp:
        job = self._threads.submit(partial(Found.by_asking, name, groups=groups))
        look_up = _LookUp(name, time.monotonic(), job, asyncio.wrap_future(job))
        self._under_way[name, groups] = look_up

        def ended(answer: asyncio.Future[Found]) -> None:
            self._late.discard(look_up)
            if self._under_way.get((name, groups)) is look_up:
                del self._under_way[name, groups]
            if not answer.cancelled():
                answer.exception()  # looked at, also when nobody waits any more

        look_up.answer.add_done_callback(ended)
        return look_up

    def _give_up(self, key: tuple[str, bool], look_up: _LookUp) -> None:
        """It has taken too long. Who asks next asks anew: one that never ends keeps nobody out for ever."""
        if self._under_way.get(key) is look_up:
            del self._under_way[key]
            self._late.add(look_up)
            self._gave_up_at[look_up.name] = time.monotonic()

    def _unknown(self, name: str, why: str) -> Found:
        return Found(name, unknown=why, unknown_for=self._outages.failed(name))
