"""How long a source (a provider, the operating system, PAM) has failed to answer about each user."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

MAX_OWN = 10_000
"""Users whose own outages are remembered at most."""

SEPARATE_AFTER = 3600.0
"""Seconds between two failures for one user after which they count as two outages, if the source answered about
another user in the meantime.
"""


class _Outage(NamedTuple):
    since: float
    latest: float


class OutageClock:
    """Measures one outage per user, from the first failure until the source answers about that user.

    A user who is away causes no questions, and so no answers. Two failures that lie far apart therefore belong to one
    outage only if the source has answered about no other user between them.

    Parameters
    ----------
    clock:
        Returns the time in seconds. Only differences matter.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._outages: OrderedDict[str, _Outage] = OrderedDict()  # ordered by the time of the latest failure
        self._own: OrderedDict[str, float] = OrderedDict()  # since when, for outages that the user may have caused
        self._answered_at = float("-inf")

    def __len__(self) -> int:
        """The number of users of outages that may still continue."""
        return len(self._outages.keys() | self._own.keys())

    def failed(self, name: str, grace: float = SEPARATE_AFTER, *, own: bool = False) -> float:
        """Record that the source did not answer about a user.

        Parameters
        ----------
        name:
            The user.
        grace:
            The grace period in seconds. A shorter one than `SEPARATE_AFTER` takes its place: a user who was away for
            all of the grace period must not return to find it used up by an outage that is over.
        own:
            Whether the user may have caused the failure. Then only an answer about this user ends the outage: else a
            user could stay forever by causing a failure now and then.

        Returns
        -------
        float
            Seconds since the first failure of this outage; 0.0 for the first one.
        """
        now = self._clock()
        if own:
            begun = self._outages[name].since if name in self._outages else now
            since = self._own.setdefault(name, begun)
            if len(self._own) > MAX_OWN:
                self._own.popitem(last=False)
            return now - since
        since = now
        if name in self._outages:
            earlier = self._outages[name]
            if not self._is_over(earlier, now, min(grace, SEPARATE_AFTER)):
                since = earlier.since
        self._outages[name] = _Outage(since, now)
        self._outages.move_to_end(name)
        self._drop_finished(now)
        return now - since

    def answered(self, name: str) -> None:
        """Record that the source answered about a user. The answer ends the outage for this user."""
        self._answered_at = self._clock()
        self.forget(name)

    def forget(self, name: str) -> None:
        """Drop the outage of a user, for example at a new login. This does not count as an answer of the source."""
        self._outages.pop(name, None)
        self._own.pop(name, None)

    def _is_over(self, outage: _Outage, now: float, separate_after: float) -> bool:
        return now - outage.latest >= separate_after and self._answered_at > outage.latest

    def _drop_finished(self, now: float) -> None:
        """Keep memory bounded by the users of outages that may still continue."""
        while self._outages:
            name, oldest = next(iter(self._outages.items()))
            if not self._is_over(oldest, now, SEPARATE_AFTER):
                return
            del self._outages[name]
