"""Wall-clock time that jumps, for a Hub and a provider that serve real requests meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

PACKAGE = "oauthenticator_suite"
REAL = time.time


class MovedTime:
    """`time.time` plus what has been added to it. Timers of the event loop go on as they are."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = 0.0
        monkeypatch.setattr(time, "time", self.now)

    def now(self) -> float:
        return REAL() + self.ahead

    def rules(self, *things: Any) -> None:
        """Objects that keep `time.time` as their clock, and those that belong to them, go by this clock."""
        seen: set[int] = set()
        waiting = list(things)
        while waiting:
            thing = waiting.pop()
            if id(thing) in seen or not type(thing).__module__.startswith(PACKAGE):
                continue
            seen.add(id(thing))
            for name, value in list(getattr(thing, "__dict__", {}).items()):
                if value is REAL:
                    setattr(thing, name, self.now)
                else:
                    waiting.append(value)
            waiting.extend(getattr(thing, "_trait_values", {}).values())


Clock = Callable[[], float]
