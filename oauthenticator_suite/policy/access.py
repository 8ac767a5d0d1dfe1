"""The one decision: required → blocked → admin → allowed.

A `Rule` is data: the name of the option it comes from and a predicate over an `Identity`. The order is all:

1. every *required* rule must hold (a restriction: no allow rule, not even ``allow_all``, overrides it);
2. no *blocked* rule may hold;
3. an *admin* rule that holds lets in, as an administrator;
4. an *allowed* rule that holds lets in;
5. nobody else comes in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .identity import Identity


@dataclass(frozen=True, slots=True)
class Rule:
    """`name` is the option that an operator would look for; `holds` tells whether it applies to somebody."""

    name: str
    holds: Callable[[Identity], bool]


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, and by which rule.

    `barred` is True when a restriction or a block decided: then no other say, and no override, lets the user in.
    `admin` is True or False where the configuration speaks on it; None where it does not, and the Hub changes nothing.
    """

    allowed: bool
    rule: str
    barred: bool = False
    admin: bool | None = None


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """The rules of a hub. With `authoritative_admin`, who matches no admin rule loses admin rights."""

    required: tuple[Rule, ...] = ()
    blocked: tuple[Rule, ...] = ()
    admin: tuple[Rule, ...] = ()
    allowed: tuple[Rule, ...] = ()
    authoritative_admin: bool = False

    def decide(self, identity: Identity) -> Decision:
        """Judge `identity`. Total: every identity gets a decision, and nothing is raised."""
        for rule in self.required:
            if not rule.holds(identity):
                return Decision(False, rule.name, barred=True)
        for rule in self.blocked:
            if rule.holds(identity):
                return Decision(False, rule.name, barred=True)
        for rule in self.admin:
            if rule.holds(identity):
                return Decision(True, rule.name, admin=True)
        admin = False if self.authoritative_admin else None
        for rule in self.allowed:
            if rule.holds(identity):
                return Decision(True, rule.name, admin=admin)
        return Decision(False, "no allow rule matches", admin=admin)
