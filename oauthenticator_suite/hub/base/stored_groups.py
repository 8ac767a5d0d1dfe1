"""The groups that the Hub stores: of a user who has very many those that rules name, then others, up to a bound."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from logging import Logger, LoggerAdapter
from typing import Any, Protocol

from ...policy.claims import MAX_NAMES, bounded
from ..accounts.record import KEY, SessionRecord
from .option_rules import OptionRules


class HasGroupRules(Protocol):
    """The part of an authenticator that `bound_groups` uses."""

    group_roles: dict[str, list[str]]
    log: Logger | LoggerAdapter[Any]

    def hub_groups(self, names: Collection[str]) -> list[str]:
        """The names as the Hub's groups have them."""

    def groups_named(self, names: Collection[str]) -> frozenset[str]:
        """The Hub groups that names in options mean."""

    @property
    def option_rules(self) -> OptionRules:
        """The access rules that options define."""


def bound_groups(authenticator: HasGroupRules, model: dict[str, Any]) -> None:
    """Leave at most `MAX_NAMES` groups in the model and in its record, after the decision was taken on all of them.

    They have the spelling of the Hub's groups, also where an override has set others.
    """
    groups = model.get("groups")
    if groups is None:
        return
    names = authenticator.hub_groups(groups)
    if len(names) > MAX_NAMES:
        named = authenticator.option_rules.named_groups() | authenticator.groups_named(authenticator.group_roles)
        authenticator.log.warning(
            "%r has %d groups. All of them count for access rules; the Hub stores %d, first those that options name.",
            model.get("name"),
            len(names),
            MAX_NAMES,
        )
        names = bounded(names, named)
    elif names == list(groups):
        return
    model["groups"] = names
    auth_state = model.get("auth_state")
    if isinstance(auth_state, dict) and KEY in auth_state:
        record = SessionRecord.of(auth_state)
        if record.groups is not None:
            replace(record, groups=list(model["groups"])).into(auth_state)
