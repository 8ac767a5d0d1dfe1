"""Access rules from options: which options are rules, and the names that are blocked."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator
from functools import cached_property, partial
from typing import Any, Protocol

from jupyterhub.auth import Authenticator

from ...policy.access import Rule
from ...policy.predicates import Predicate, in_groups


class HasOptionRules(Protocol):
    """The part of an authenticator that `OptionRules` uses."""

    blocked_users: set[str]
    username_map: dict[str, str]

    def traits(self, **metadata: Any) -> dict[str, Any]:
        """The options whose tags satisfy `metadata`."""

    def normalize_username(self, username: str) -> str:
        """The username on the Hub."""

    def groups_named(self, names: Collection[str]) -> frozenset[str]:
        """The Hub groups that names in options mean."""


class OptionRules:
    """The access rules that the options of one authenticator define."""

    def __init__(self, authenticator: HasOptionRules) -> None:
        self._authenticator = authenticator
        self._blocked: tuple[tuple[frozenset[str], dict[str, str]], frozenset[str]] | None = None

    def of(self, part: str) -> Iterator[Rule]:
        """The rules of one part of the policy (``required``, ``admin`` or ``allowed``), of options that are set.

        An option is a rule if its tags say so: see `hub.options.trait_types.rule`.
        """
        for name, predicate in self._predicates[part]:
            value = getattr(self._authenticator, name)
            if value and predicate is in_groups:
                value = self._authenticator.groups_named(value)
            if value:
                yield Rule(name, partial(predicate, value))

    @cached_property
    def _predicates(self) -> dict[str, list[tuple[str, Predicate]]]:
        found: dict[str, list[tuple[str, Predicate]]] = {"required": [], "allowed": [], "admin": []}
        for name, trait in sorted(self._authenticator.traits(rule=lambda part: part is not None).items()):
            found[trait.metadata["rule"]].append((name, trait.metadata["predicate"]))
        return found

    def named_groups(self) -> frozenset[str]:
        """The Hub groups that options name."""
        rules = (rule for part in self._predicates.values() for rule in part)
        names = (getattr(self._authenticator, name) for name, predicate in rules if predicate is in_groups)
        return self._authenticator.groups_named(frozenset().union(*names))

    def blocked_names(self) -> frozenset[str]:
        """`blocked_users`: as configured, as normalised, and in NFKC, which every username of the Hub is in.

        Cached, because there may be thousands.
        """
        authenticator = self._authenticator
        options = (frozenset(authenticator.blocked_users), dict(authenticator.username_map))
        may_depend_on_more = type(authenticator).normalize_username is not Authenticator.normalize_username
        if self._blocked is None or self._blocked[0] != options or may_depend_on_more:
            normal = frozenset(form for name in options[0] for form in (name, unicodedata.normalize("NFKC", name)))
            self._blocked = (options, normal | {authenticator.normalize_username(name) for name in normal})
        return self._blocked[1]
