"""Checks on options that take names, on the values as the configuration has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from traitlets import Dict, List, Set, TraitType
from traitlets.config.loader import LazyConfigValue

from ..options.names import OF_JUPYTERHUB, FaultCode, TakesNames, kind_is_list
from ..options.trait_types import Renamed
from .finding import ERROR, WARNING, Check, Problem, check
from .loaded import Given, LoadedConfig, values_in


def _options(loaded: LoadedConfig) -> Iterator[tuple[Given, TraitType[Any, Any]]]:
    """The options that the configuration sets for one class, with their traits; old names with those of the new."""
    (cls,) = loaded.classes
    traits = cls.class_traits(config=True)
    for _, given in loaded.options():
        trait = traits.get(given.name)
        if isinstance(trait, Renamed):
            trait = None if trait.convert is not None else traits.get(trait.new_name)
        if trait is not None:
            yield given, trait


def _taking_names(loaded: LoadedConfig) -> Iterator[tuple[Given, TakesNames, Any]]:
    """The options that take names, and their values."""
    for given, trait in _options(loaded):
        names = OF_JUPYTERHUB.get(trait.name or "", trait)
        if isinstance(names, TakesNames):
            yield given, names, values_in(given, trait)


def _faults(code: FaultCode) -> Callable[[LoadedConfig], Iterator[Problem]]:
    def find(loaded: LoadedConfig) -> Iterator[Problem]:
        for given, names, value in _taking_names(loaded):
            for fault in names.faults(value):
                if fault.code == code:
                    yield Problem(given.place, fault.reason, fault.fix)

    return find


names_as_text = check(
    "names-as-text",
    ERROR,
    "A string, a number or a truth value is given where a list of names is meant.",
    'Write a list: `["bob", "eve"]`.',
    stage="values",
)(_faults("names-as-text"))

name_as_value = check(
    "name-as-value",
    ERROR,
    "A list of names contains a number or a truth value. YAML reads `0123` as 83 and `on` as True.",
    "Put each name in quotes.",
    stage="values",
)(_faults("name-as-value"))

empty_name = check(
    "empty-name",
    ERROR,
    "A list of names contains an empty name.",
    "Remove it. An empty environment variable, split at commas, is one empty name.",
    stage="values",
)(_faults("empty-name"))

comma_in_name = check(
    "comma-in-name",
    ERROR,
    "The name of a user or a domain contains a comma.",
    'Write each name as a separate item: `["bob", "eve"]`.',
    stage="values",
)(_faults("comma-in-name"))

comma_in_group = check(
    "comma-in-group",
    WARNING,
    "The name of a group, role or organization contains a comma.",
    "If several are meant, write each as a separate item.",
    stage="values",
)(_faults("comma-in-group"))

domain_form = check(
    "domain-form",
    ERROR,
    "The name of a domain contains white space, an `@`, a scheme or a wildcard.",
    "Write the domain alone: `example.org`.",
    stage="values",
)(_faults("domain-form"))


@check(
    "names-of-letters",
    WARNING,
    "All names in a list are single letters: probably a string was made a set.",
    'Write a list: `["bob"]`. In Python, `set("bob")` is the set of its letters.',
    stage="values",
)
def names_of_letters(loaded: LoadedConfig) -> Iterator[Problem]:
    """``set("bob")``, or ``c.Authenticator.allowed_users.update("bob")``."""
    for given, names, value in _taking_names(loaded):
        if kind_is_list(names) and isinstance(value, (list, set)) and len(value) > 1:
            letters = [name for name in value if isinstance(name, str) and len(name) == 1]
            if len(letters) == len(value):
                yield Problem(given.place, f"contains only single letters: {', '.join(sorted(letters))}")


@check(
    "addition-without-effect",
    ERROR,
    "Names are added to an option with a method that its type does not have, such as `append` for a set.",
    "Use `add` and `update` for a set, `append` and `extend` for a list, and `update` for a dict.",
    stage="values",
)
def additions_without_effect(loaded: LoadedConfig) -> Iterator[Problem]:
    """traitlets ignores them: a block that is appended would block no user."""
    for given, trait in _options(loaded):
        lazy = given.value
        if not isinstance(lazy, LazyConfigValue):
            continue
        listed = bool(lazy._extend or lazy._prepend or lazy._inserts)
        updated = lazy._update is not None
        if listed and isinstance(trait, Set):
            yield Problem(given.place, "is a set: append, extend and insert have no effect", "Use add or update")
        elif listed and isinstance(trait, Dict):
            yield Problem(given.place, "is a dict: append, extend and insert have no effect", "Use update")
        elif updated and isinstance(trait, List):
            yield Problem(given.place, "is a list: add and update have no effect", "Use append or extend")


NAME_CHECKS: tuple[Check, ...] = (
    names_as_text,
    name_as_value,
    empty_name,
    comma_in_name,
    domain_form,
    additions_without_effect,
    comma_in_group,
    names_of_letters,
)
"""The checks on options that take names."""
