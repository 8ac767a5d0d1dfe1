"""`Observers`: the receivers of the facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from logging import Logger, LoggerAdapter
from typing import Any, Protocol

from .facts import Fact

Handlers = Mapping[type[Fact], Callable[[Any], None]]
"""What an observer does with a fact, by the fact's class. It is told nothing of other facts."""


class Observer(Protocol):
    """A receiver of facts. Its functions are called at once, so they must not wait for anything."""

    @property
    def handlers(self) -> Handlers:
        """What it does with which facts: read once, when it is added."""


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
        self._handlers: dict[type[Fact], list[tuple[Callable[[Any], None], Observer]]] = {}
        self._failed: set[Observer] = set()
        self.has_begun = False
        """Whether `hub.base.observing.start_observing` has added its observers."""

    def any_for(self, kind: type[Fact]) -> bool:
        """Whether any observer handles facts of this class. One that takes time to gather is gathered only then."""
        return kind in self._handlers

    def add(self, observer: Observer) -> None:
        """Tell `observer` from now on of the facts that it handles. Adding it again has no effect."""
        if observer in self._observers:
            return
        self._observers.append(observer)
        for kind, handle in observer.handlers.items():
            self._handlers.setdefault(kind, []).append((handle, observer))

    def cannot_begin(self, name: str) -> None:
        """Log the exception that keeps an observer from its work. The Hub starts without it."""
        self._log.exception("Logins are not observed by %s", name)

    def note(self, fact: Fact) -> None:
        """Tell the observers that handle this kind of fact. It never raises."""
        for handle, observer in self._handlers.get(type(fact), ()):
            try:
                handle(fact)
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
