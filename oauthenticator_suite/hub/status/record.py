"""What is counted for the status page: sign-ins and answers of providers, since the start of the Hub."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any
from weakref import WeakKeyDictionary

from ..observe.facts import LoginSucceeded, ProviderAnswered, ProviderHealth
from ..observe.observers import Handlers, Observers

COUNTED_FOR = 24 * 3600.0
"""Seconds for which sign-ins are counted."""

SLOT = 600.0
"""Seconds of one counter of sign-ins: the count of a day is exact to this."""

ANSWERS_KEPT = 100
"""Answers of a provider of which the median is the answer time."""

ANSWERS_AGE = 3600.0
"""Seconds after which an answer says nothing about the present."""

MAX_PROVIDERS = 200
"""Providers of which something is counted."""

NO_ANSWER = frozenset({"ProviderBusy", "ProviderTimeout", "ProviderUnreachable"})
"""Results of a request that say that the provider does not answer."""


@dataclass(slots=True)
class ProviderRecord:
    """What is known of one way to sign in. All times are seconds since the epoch.

    Attributes
    ----------
    failing_since:
        The first of the requests in a row that the provider has not answered; None when it has answered the last one.
    answering_since:
        The first answer after the start or after a failure; None while there is none.
    """

    failing_since: float | None = None
    answering_since: float | None = None
    _sign_ins: OrderedDict[int, int] = field(default_factory=OrderedDict)
    _answers: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=ANSWERS_KEPT))

    def answered(self, now: float, seconds: float | None = None) -> None:
        """Record that the provider answers, and how long the answer took, if that is known."""
        if self.answering_since is None or self.failing_since is not None:
            self.answering_since = now
        self.failing_since = None
        if seconds is not None:
            self._answers.append((now, seconds))

    def failed(self, now: float) -> None:
        """Record that the provider does not answer."""
        if self.failing_since is None:
            self.failing_since = now

    def note_sign_in(self, now: float) -> None:
        """Count a sign-in."""
        slot = int(now // SLOT)
        self._sign_ins[slot] = self._sign_ins.get(slot, 0) + 1
        while len(self._sign_ins) > COUNTED_FOR / SLOT + 1:
            self._sign_ins.popitem(last=False)

    def sign_ins(self, now: float) -> int:
        """The sign-ins of the last day."""
        return sum(count for slot, count in self._sign_ins.items() if slot > (now - COUNTED_FOR) // SLOT)

    def answer_time(self, now: float) -> float | None:
        """The median of the last answers, in seconds; None when there was none within `ANSWERS_AGE`."""
        recent = [seconds for at, seconds in self._answers if now - at <= ANSWERS_AGE]
        return median(recent) if recent else None


class StatusRecord:
    """An observer that counts for the status page. `clock` returns seconds since the epoch.

    Attributes
    ----------
    since:
        The start of the counters.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self.since = clock()
        self._providers: dict[str, ProviderRecord] = {}
        self.handlers: Handlers = dict.fromkeys((LoginSucceeded, ProviderAnswered, ProviderHealth), self._count)

    def of(self, provider: str) -> ProviderRecord:
        """The record of one way to sign in; an empty one when nothing is recorded."""
        return self._providers.get(provider) or ProviderRecord()

    def _count(self, fact: LoginSucceeded | ProviderAnswered | ProviderHealth) -> None:
        if fact.provider not in self._providers and len(self._providers) >= MAX_PROVIDERS:
            return
        record, now = self._providers.setdefault(fact.provider, ProviderRecord()), self._clock()
        if isinstance(fact, LoginSucceeded):
            record.note_sign_in(now)
        elif isinstance(fact, ProviderHealth):
            (record.answered if fact.is_up else record.failed)(now)
        elif fact.result in NO_ANSWER or fact.result.startswith("5"):
            record.failed(now)
        else:
            record.answered(now, fact.seconds)


_records: WeakKeyDictionary[Observers, StatusRecord] = WeakKeyDictionary()


def record_of(observers: Observers) -> StatusRecord:
    """The record of the Hub whose observers these are. It must be one of them from the start of the Hub on."""
    return _records.setdefault(observers, StatusRecord())


def status_observer(authenticator: Any, app: Any) -> StatusRecord:
    """The record of the Hub of this authenticator, to be added to its observers."""
    return record_of(authenticator.observers)
