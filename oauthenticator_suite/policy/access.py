"""The one decision: required → blocked → admin → allowed.

A `Rule` is data: the name of the option it comes from and a predicate over an `Identity`. The order is all:

1. every *required* rule must hold (a restriction: no allow rule, not even ``allow_all``, overrides it);
2. no *blocked* rule may hold;
3. an *admin* rule that holds lets in, as an administrator;
4. an *allowed* rule that holds lets in;
5. nobody else comes in.

A rule may be unable to tell (`Unknown`). Then nobody is barred by it, nobody loses rights by it, and it lets in
*perhaps*; what is to become of that is for the caller, who is told what is unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .identity import Identity


class Unknown(Exception):
    """A rule cannot tell whether it holds, as somebody who knows does not answer. The argument says so, for the log."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`name` is the option that an operator would look for; `holds` tells whether it applies to somebody.

    It may raise `Unknown`.
    """

    name: str
    holds: Callable[[Identity], bool]


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, and by which rule.

    `barred` is True when a restriction or a block decided: then no other say, and no override, lets the user in.
    `admin` is True or False where the configuration speaks on it; None where it does not, and the Hub changes nothing.
    `unknown` says what would have to be known for a decision, and is empty for one that is sure.
    """

    allowed: bool
    rule: str
    barred: bool = False
    admin: bool | None = None
    unknown: str = ""


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
        bars = _Judged()
        for rule in self.required:
            if bars.holds(rule, identity) is False:
                return Decision(False, rule.name, barred=True, unknown=bars.unknown)
        for rule in self.blocked:
            if bars.holds(rule, identity):
                return Decision(False, rule.name, barred=True, unknown=bars.unknown)
        lets_in = _Judged()
        for rule in self.admin:
            if lets_in.holds(rule, identity):
                return Decision(True, rule.name, admin=True, unknown=bars.unknown)
        admin = False if self.authoritative_admin and not lets_in.unknown else None
        for rule in self.allowed:
            if lets_in.holds(rule, identity):
                return Decision(True, rule.name, admin=admin, unknown=bars.unknown)
        unknown = bars.unknown or lets_in.unknown
        if lets_in.unknown:
            return Decision(True, "unknown", admin=admin, unknown=unknown)
        return Decision(False, "no allow rule matches", admin=admin, unknown=unknown)


class _Judged:
    """What rules say of somebody, and what the last of them could not tell for."""

    def __init__(self) -> None:
        self.unknown = ""

    def holds(self, rule: Rule, identity: Identity) -> bool | None:
        try:
            return rule.holds(identity)
        except Unknown as error:
            self.unknown = str(error)
            return None
