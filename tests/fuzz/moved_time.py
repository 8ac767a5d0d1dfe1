"""Wall-clock time that jumps, for a Hub and a provider that serve real requests meanwhile."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from types import FunctionType

import pytest

PACKAGE = "oauthenticator_suite"
REAL = time.time


class MovedTime:
    """`time.time` plus what has been added to it. Timers of the event loop go on as they are.

    Objects that are made from now on go by this clock, also those that keep it as the default of a parameter.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = 0.0
        monkeypatch.setattr(time, "time", self.now)
        for function in functions_with_the_real_clock():
            defaults = tuple(self.now if value is REAL else value for value in function.__defaults__ or ())
            monkeypatch.setattr(function, "__defaults__", defaults)
            named = {
                name: self.now if value is REAL else value for name, value in (function.__kwdefaults__ or {}).items()
            }
            monkeypatch.setattr(function, "__kwdefaults__", named)

    def now(self) -> float:
        return REAL() + self.ahead


def functions_with_the_real_clock() -> Iterator[FunctionType]:
    """Functions and methods of the package for which `time.time` is the default of a parameter."""
    modules = [module for name, module in sys.modules.items() if name.startswith(PACKAGE)]
    for module in modules:
        classes = [value for value in vars(module).values() if isinstance(value, type)]
        for owner in (module, *classes):
            for value in vars(owner).values():
                if isinstance(value, FunctionType) and has_the_real_clock(value):
                    yield value


def has_the_real_clock(function: FunctionType) -> bool:
    return REAL in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
