"""`Observers`: the receivers of the facts."""

from __future__ import annotations

from collections.abc import Callable
from logging import Logger, LoggerAdapter
from typing import Any, Protocol

from .facts import Fact

Observer = Callable[[Fact], None]
"""Gets each fact, at once. It must not wait for anything."""


class Observers:
    """The observers of the authenticator of one Hub, and of all its children.

    Parameters
    ----------
    log:
        Gets a line with a traceback for the first failure of each observer.
    """

    def __init__(self, log: Logger | LoggerAdapter[Any]) -> None:
        self._log = log
        self._observers: list[Observer] = []
        self._failed: set[Observer] = set()
        self.has_begun = False
        """Whether `hub.base.observing.start_observing` has added its observers."""

    @property
    def are_any(self) -> bool:
        """Whether there is an observer. Facts that take time to gather are gathered only then."""
        return bool(self._observers)

    def add(self, observer: Observer) -> None:
        """Tell `observer` of all facts from now on. Adding it again has no effect."""
        if observer not in self._observers:
            self._observers.append(observer)

    def cannot_begin(self, name: str) -> None:
        """Log the exception that keeps an observer from its work. The Hub starts without it."""
        self._log.exception("Logins are not observed by %s", name)

    def note(self, fact: Fact) -> None:
        """Tell all observers of a fact. It never raises."""
        for observer in self._observers:
            try:
                observer(fact)
            except Exception:  # noqa: BLE001 - whatever an observer raises, the login continues
                if observer not in self._failed:
                    self._failed.add(observer)
                    self._log.exception("An observer of logins failed at a %s", type(fact).__name__)


class StatesFacts(Protocol):
    """The part of an authenticator that states facts."""

    @property
    def observers(self) -> Observers:
        """Who is told what happens."""

    @property
    def observed_name(self) -> str:
        """The name of this way to sign in, in facts."""
