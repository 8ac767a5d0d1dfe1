"""Failures that belong to one user, and not to the provider.

A user's own data can make a provider answer with an error or very slowly, and a user can use up a quota on purpose. If
that counted as an outage of the provider, one user could stop the refreshes of all others.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

SUSPECT_FOR = 60.0
"""Seconds within which an answer about another user shows that a failure was this user's own."""

MAX_SUSPECTS = 3
"""Failures of more users than these within that time are taken for an outage of the provider that has ended."""

MAX_USERS = 10_000
"""Users that are remembered at most, of each kind."""

FIRST_BACKOFF, LAST_BACKOFF = 20.0, 600.0
"""Seconds between two requests about a user who cannot be refreshed: doubled after each failure."""

MAX_USER_RETRY_AFTER = 3600.0
"""Seconds of a Retry-After about one user that are honoured at most: the length of GitHub's window."""


class UserFaults:
    """Users whose requests fail or take long while the provider answers about others.

    A user is a suspect after a failure, and is at fault once the provider answers in time about another user. An answer
    in time about the user ends both. `clock` returns seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._suspects: OrderedDict[str, float] = OrderedDict()
        self._at_fault: OrderedDict[str, None] = OrderedDict()

    def __contains__(self, name: str) -> bool:
        """Whether failures about this user say nothing about the provider."""
        return name in self._at_fault

    def suspect(self, name: str) -> None:
        """Record that the provider has failed, or took long, in a request about this user."""
        self._suspects[name] = self._clock()
        self._suspects.move_to_end(name)
        _keep_newest(self._suspects)

    def answered(self, name: str) -> None:
        """Record that the provider has answered in time about this user."""
        self._suspects.pop(name, None)
        self._at_fault.pop(name, None)
        now = self._clock()
        recent = [suspect for suspect, at in self._suspects.items() if 0 <= now - at <= SUSPECT_FOR]
        self._suspects.clear()
        if len(recent) <= MAX_SUSPECTS:
            self._at_fault.update(dict.fromkeys(recent))
            _keep_newest(self._at_fault)


@dataclass(frozen=True, slots=True)
class _Backoff:
    seconds: float
    until: float
    own: bool


class UserBackoff:
    """Pauses between the requests about single users. `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._pauses: OrderedDict[str, _Backoff] = OrderedDict()

    def failed(self, name: str, retry_after: float | None = None, *, own: bool) -> None:
        """Pause the requests about a user, twice as long as the last time.

        Parameters
        ----------
        retry_after:
            The seconds that the provider asks for. More than `MAX_USER_RETRY_AFTER` are not honoured.
        own:
            Whether the user may have caused the failure, as with a used-up quota.
        """
        before = self._pauses.pop(name, None)
        seconds = FIRST_BACKOFF if before is None else min(2 * before.seconds, LAST_BACKOFF)
        wait = max(seconds, min(retry_after or 0.0, MAX_USER_RETRY_AFTER))
        self._pauses[name] = _Backoff(seconds, self._clock() + wait, own)
        _keep_newest(self._pauses)

    def is_paused(self, name: str) -> bool:
        """Whether no request about this user may be sent now."""
        return name in self._pauses and self._clock() < self._pauses[name].until

    def is_own(self, name: str) -> bool:
        """Whether the user may have caused the last failure, and the provider has not answered since."""
        return name in self._pauses and self._pauses[name].own

    def forget(self, name: str) -> None:
        """End the pause, after an answer about the user or at a login."""
        self._pauses.pop(name, None)


def _keep_newest(users: OrderedDict[str, T]) -> None:
    while len(users) > MAX_USERS:
        users.popitem(last=False)
