"""For how long somebody who knows has said nothing of a user."""

from __future__ import annotations

from collections.abc import Callable

AWAY = 3600.0
"""Seconds after which an earlier silence about a user was another one, if there were answers about others since."""


class Silences:
    """Those about whom there was no answer. `clock` tells the time, in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._silences: dict[str, tuple[float, float]] = {}
        self._answered_at = float("-inf")  # about anybody

    def goes_on(self, name: str, grace: float = AWAY) -> float:
        """There was no answer about `name`: seconds since that was first so, up to now.

        Who may stay for `grace` seconds, and was away for longer, is met with another silence.
        """
        now = self._clock()
        since, latest = self._silences.get(name, (now, now))
        if now - latest >= min(grace, AWAY) and self._answered_at > latest:
            since = now
        self._silences[name] = (since, now)
        return now - since

    def ends(self, name: str) -> None:
        """There was an answer about `name`."""
        self._answered_at = self._clock()
        self._silences.pop(name, None)

    def forget(self, name: str) -> None:
        """The user begins anew."""
        self._silences.pop(name, None)
