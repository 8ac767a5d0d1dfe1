"""The groups that are stored of a user who has very many: those that rules name, then others, up to a bound."""

from __future__ import annotations

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

    @property
    def option_rules(self) -> OptionRules:
        """The access rules that options define."""


def bound_groups(authenticator: HasGroupRules, model: dict[str, Any]) -> None:
    """Leave at most `MAX_NAMES` groups in the model and in its record, after the decision was taken on all of them."""
    groups = model.get("groups")
    if groups is None or len(groups) <= MAX_NAMES:
        return
    named = authenticator.option_rules.named_groups() | authenticator.group_roles.keys()
    model["groups"] = bounded(list(groups), named)
    authenticator.log.warning(
        "%r has %d groups. All of them count for access rules; the Hub stores %d, first those that options name.",
        model.get("name"),
        len(groups),
        MAX_NAMES,
    )
    auth_state = model.get("auth_state")
    if isinstance(auth_state, dict) and KEY in auth_state:
        record = SessionRecord.of(auth_state)
        if record.groups is not None:
            replace(record, groups=list(model["groups"])).into(auth_state)
