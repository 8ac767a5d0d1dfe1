"""Measures how many requests a client sends concurrently, and how many rounds of requests it sends in sequence."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from math import inf
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from tests.fakes.openid_provider.wire import Handler, Serve, Wire

    Base = Wire
else:
    Base = object

FRONT_CHANNEL = ("authorize", "end_session")  # requests of a browser, not of the client


@dataclass
class Span:
    """The time from the arrival of a request to the end of its reply, in numbered events instead of seconds."""

    endpoint: str
    begin: float
    end: float = inf


@dataclass
class Spans:
    items: list[Span] = field(default_factory=list)
    _events: count[int] = field(default_factory=count)

    def begin(self, endpoint: str) -> Span:
        span = Span(endpoint, next(self._events))
        self.items.append(span)
        return span

    def finish(self, span: Span) -> None:
        span.end = next(self._events)


def most_at_once(spans: Iterable[Span]) -> int:
    steps = sorted((moment, step) for span in spans for moment, step in ((span.begin, 1), (span.end, -1)))
    most = now = 0
    for _, step in steps:
        now += step
        most = max(most, now)
    return most


def rounds(spans: Iterable[Span]) -> int:
    """The longest chain of requests each of which arrived after the reply to the previous one."""
    chain, free_from = 0, -1.0
    for span in sorted(spans, key=lambda span: span.end):
        if span.begin > free_from:
            chain, free_from = chain + 1, span.end
    return chain


SLICES = 10
"""The parts of a round trip. In each one the event loop runs everything that is ready.

On a busy machine a process may not run for as long as a round trip takes. A single wait would end at once after that,
before a concurrent request is sent.
"""


class Traffic(Base):
    """For a fake: put it before `Wire` or `FakeProvider` among the base classes.

    Requests over loopback are answered before the next one arrives, even when a client sends them concurrently. Set
    `round_trip` to some hundredths of a second, and concurrent requests overlap.
    """

    round_trip = 0.0

    def _endpoint(self, name: str, handler: Handler) -> Serve:
        serve = super()._endpoint(name, handler)

        async def measured(request: web.Request) -> web.StreamResponse:
            span = self._spans.begin(name)
            try:
                for _ in range(SLICES if self.round_trip else 0):
                    await asyncio.sleep(self.round_trip / SLICES)
                return await serve(request)
            finally:
                self._spans.finish(span)

        return measured

    @property
    def _spans(self) -> Spans:
        spans = self.__dict__.get("_measured")
        if spans is None:
            spans = self.__dict__["_measured"] = Spans()
        return spans

    def _back_channel(self) -> list[Span]:
        return [span for span in self._spans.items if span.endpoint not in FRONT_CHANNEL]

    @property
    def most_at_once(self) -> int:
        """The greatest number of the client's requests that overlapped."""
        return most_at_once(self._back_channel())

    @property
    def rounds(self) -> int:
        """The number of sequential round trips of the client's requests; concurrent requests count as one."""
        return rounds(self._back_channel())

    @property
    def under_way(self) -> int:
        return sum(span.end == inf for span in self._back_channel())

    def forget_traffic(self) -> None:
        """Restart the measurement; the list of calls stays."""
        self._spans.items.clear()
