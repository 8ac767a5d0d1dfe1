"""What observers of a Hub are told: the facts of a scenario, in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from oauthenticator_suite.hub.observe.facts import FACTS, Fact
from oauthenticator_suite.hub.observe.observers import Handlers, Observer

from .hub import Hub

F = TypeVar("F", bound=Fact)


class ObserverOfAll:
    """An observer that handles each fact with one function."""

    def __init__(self, handle: Callable[[Fact], None]) -> None:
        self.handlers: Handlers = dict.fromkeys(FACTS, handle)


def tell(observer: Observer, *facts: Fact) -> None:
    """Tell one observer of facts. In contrast to `Observers.note`, an exception of the observer is raised."""
    for fact in facts:
        handle = observer.handlers.get(type(fact))
        if handle is not None:
            handle(fact)


class Witness:
    """An observer that remembers everything."""

    def __init__(self, hub: Hub) -> None:
        self.facts: list[Fact] = []
        hub.authenticator.observers.add(ObserverOfAll(self.facts.append))

    def names(self, *without: str) -> list[str]:
        """The names of the facts' classes, in order, but for those of requests to the provider and these."""
        names = [type(fact).__name__ for fact in self.facts]
        return [name for name in names if name not in ("ProviderAnswered", *without)]

    def only(self, kind: type[F]) -> F:
        """The one fact of this kind."""
        (fact,) = self.all(kind)
        return fact

    def all(self, kind: type[F]) -> list[F]:
        """The facts of this kind."""
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def take(self) -> list[Fact]:
        """The facts since the last call, but for those of requests to the provider."""
        taken = [fact for fact in self.facts if type(fact).__name__ != "ProviderAnswered"]
        self.facts.clear()
        return taken

    def summary(self) -> list[Any]:
        """The facts since the last call, as `summary_of` shows them."""
        return [summary_of(fact) for fact in self.take()]


def summary_of(fact: Fact) -> tuple[Any, ...]:
    """The class's name and the values that are not the defaults, but for times and references."""
    values = {name: getattr(fact, name) for name in type(fact).__dataclass_fields__}
    defaults = {name: field.default for name, field in type(fact).__dataclass_fields__.items()}
    shown = {
        name: value
        for name, value in values.items()
        if name not in ("seconds", "reference", "provider") and value != defaults[name]
    }
    return (type(fact).__name__, shown)
