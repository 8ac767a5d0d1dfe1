"""The outcomes of refreshes, stored for a few seconds for the user's next requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..sessions.outcome import Outcome

FRESH = 5.0
"""Seconds for which an outcome answers further requests of the same user."""

UNTOLD = 600.0
"""Seconds for which an outcome is stored that came when no request waited for it. The user's next request gets it."""

_CLEAN_UP_ABOVE = 1000
"""Stored outcomes above which old ones are removed, at most every `FRESH` seconds."""


@dataclass(slots=True)
class _Stored:
    outcome: Outcome
    at: float
    told: bool


class Outcomes:
    """The latest outcome of each user, by name. `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._stored: dict[str, _Stored] = {}
        self._cleaned_at = 0.0

    def store(self, name: str, outcome: Outcome, *, told: bool) -> None:
        """Store an outcome. `told` says whether a request has waited for it."""
        now = self._clock()
        self._stored[name] = _Stored(outcome, now, told)
        if len(self._stored) > _CLEAN_UP_ABOVE and not 0 <= now - self._cleaned_at < FRESH:
            self._cleaned_at = now
            self._stored = {name: stored for name, stored in self._stored.items() if self._is_of_use(stored)}

    def recent(self, name: str) -> Outcome | None:
        """The outcome of the last seconds, if there is one."""
        stored = self._stored.get(name)
        if stored is None or not 0 <= self._clock() - stored.at < FRESH:
            return None
        stored.told = True
        return stored.outcome

    def take_untold(self, name: str) -> Outcome | None:
        """An older outcome that no request has got, if there is one. The next call returns None."""
        stored = self._stored.get(name)
        if stored is None or stored.told or not self._is_of_use(stored):
            return None
        stored.told = True
        return stored.outcome

    def forget(self, name: str) -> None:
        """Remove the user's outcome."""
        self._stored.pop(name, None)

    def _is_of_use(self, stored: _Stored) -> bool:
        return 0 <= self._clock() - stored.at < (FRESH if stored.told else UNTOLD)
