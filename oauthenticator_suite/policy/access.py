"""The access decision: required → blocked → admin → allowed.

A `Rule` is data: the name of the option that it comes from and a predicate over an `Identity`. `AccessPolicy.decide`
applies the rules in this order:

1. Every *required* rule must hold. It is a restriction: no allow rule overrides it, not even ``allow_all``.
2. No *blocked* rule may hold.
3. If an *admin* rule holds, the user is admitted as an administrator.
4. If an *allowed* rule holds, the user is admitted.
5. Otherwise the user is denied.

A rule that needs data which a directory or provider did not deliver raises `Unknown`. Such a rule neither bars the user
nor removes a right. When no other rule admits the user, the decision is a provisional "allowed". `Decision.unknown`
names the missing data; the caller decides how to act on it (a login fails, a session continues).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .identity import Identity
from .unknown import Unknown as Unknown


@dataclass(frozen=True, slots=True)
class Rule:
    """One access rule.

    Attributes
    ----------
    name:
        The option that the operator set, as it is reported in logs and errors.
    holds:
        A predicate: whether the rule applies to an identity. It may raise `Unknown`.
    """

    name: str
    holds: Callable[[Identity], bool]


@dataclass(frozen=True, slots=True)
class Decision:
    """The result of `AccessPolicy.decide`.

    Attributes
    ----------
    allowed:
        Whether the user may sign in. If `unknown` is not empty, this is provisional.
    rule:
        The name of the deciding rule; ``"no allow rule matches"`` or ``"unknown"`` when no rule decided.
    barred:
        True when a required or blocked rule denied the user. No allow rule and no override can then admit the user.
    admin:
        True or False when the configuration determines administrator rights; None when the Hub must not change them.
    unknown:
        The data that were missing for a definite decision; empty when the decision is definite.
    retry:
        False when asking again for the missing data does not help.
    """

    allowed: bool
    rule: str
    barred: bool = False
    admin: bool | None = None
    unknown: str = ""
    retry: bool = True


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """All rules of a Hub.

    With `authoritative_admin`, a user who matches no admin rule loses administrator rights. Without it, the Hub keeps
    the rights that it has on record.
    """

    required: tuple[Rule, ...] = ()
    blocked: tuple[Rule, ...] = ()
    admin: tuple[Rule, ...] = ()
    allowed: tuple[Rule, ...] = ()
    authoritative_admin: bool = False

    def decide(self, identity: Identity) -> Decision:
        """Apply the rules to `identity`, in the order described in this module's docstring.

        Raises nothing, unless a rule's predicate raises something other than `Unknown`.
        """
        bars = _Evaluation()
        for rule in self.required:
            if bars.holds(rule, identity) is False:
                return Decision(False, rule.name, barred=True, unknown=bars.unknown, retry=bars.retry)
        for rule in self.blocked:
            if bars.holds(rule, identity):
                return Decision(False, rule.name, barred=True, unknown=bars.unknown, retry=bars.retry)
        grants = _Evaluation()
        for rule in self.admin:
            if grants.holds(rule, identity):
                return Decision(True, rule.name, admin=True, unknown=bars.unknown, retry=bars.retry)
        admin = False if self.authoritative_admin and not grants.unknown else None
        for rule in self.allowed:
            if grants.holds(rule, identity):
                return Decision(True, rule.name, admin=admin, unknown=bars.unknown, retry=bars.retry)
        unknown, retry = bars.unknown or grants.unknown, bars.retry and grants.retry
        if grants.unknown:
            return Decision(True, "unknown", admin=admin, unknown=unknown, retry=retry)
        return Decision(False, "no allow rule matches", admin=admin, unknown=unknown, retry=retry)


class _Evaluation:
    """Evaluates rules and remembers the data that the last `Unknown` named."""

    def __init__(self) -> None:
        self.unknown = ""
        self.retry = True

    def holds(self, rule: Rule, identity: Identity) -> bool | None:
        try:
            return rule.holds(identity)
        except Unknown as error:
            self.unknown = str(error)
            self.retry = self.retry and error.retry
            return None
