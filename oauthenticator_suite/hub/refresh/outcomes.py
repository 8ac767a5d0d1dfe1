"""What refreshes have come to: kept for those who ask a moment later, and for those who could not wait for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..base.authenticator import AuthModel

KEPT = 5.0
"""Seconds for which an outcome answers further requests of the same user."""

UNTOLD = 600.0
"""Seconds for which an outcome that came when nobody waited any more is kept for the user's next page. It saves asking
the provider again: what there is to know is written down.
"""

_MANY = 1000
"""Outcomes from which on old ones are looked for, at most every `KEPT` seconds."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a refresh came to: a new `model`; or, without one, whether the user may stay on what is known."""

    stays: bool
    model: AuthModel | None = None
    final: bool = True
    """False when the provider could not be asked: to be tried again soon."""

    def for_hub(self) -> bool | AuthModel:
        """The answer in the Hub's form. Each gets a model of its own, as the Hub writes into it."""
        return dict(self.model) if self.stays and self.model is not None else self.stays


@dataclass(slots=True)
class _Kept:
    outcome: Outcome
    at: float
    told: bool


class Outcomes:
    """The latest outcome of each user, by name, while it is of use."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._cleared_at = 0.0

    def keep(self, name: str, outcome: Outcome, *, told: bool) -> None:
        """Keep an outcome of just now. `told` says whether somebody has waited for it."""
        now = self._clock()
        self._kept[name] = _Kept(outcome, now, told)
        if len(self._kept) > _MANY and not 0 <= now - self._cleared_at < KEPT:
            self._cleared_at = now
            self._kept = {name: kept for name, kept in self._kept.items() if self._is_of_use(kept)}

    def latest(self, name: str) -> Outcome | None:
        """The outcome of a moment ago, if there is one: good for whoever asks now."""
        kept = self._kept.get(name)
        if kept is None or not 0 <= self._clock() - kept.at < KEPT:
            return None
        kept.told = True
        return kept.outcome

    def take_untold(self, name: str) -> Outcome | None:
        """An older outcome that nobody has heard of, if there is one; the next call gives None."""
        kept = self._kept.get(name)
        if kept is None or kept.told or not self._is_of_use(kept):
            return None
        kept.told = True
        return kept.outcome

    def forget(self, name: str) -> None:
        """The user's outcomes answer nobody any more."""
        self._kept.pop(name, None)

    def _is_of_use(self, kept: _Kept) -> bool:
        return 0 <= self._clock() - kept.at < (KEPT if kept.told else UNTOLD)
