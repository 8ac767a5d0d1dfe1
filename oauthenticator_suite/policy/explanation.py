"""Why the access decision is what it is: the result of every rule, and which rules would have to change.

`evaluate` applies every rule once, also those after the one that decides, and lets `AccessPolicy.decide` decide on
these results. So an explanation and the decision never differ.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .access import AccessPolicy, Decision, Rule
from .identity import Identity
from .predicates import Predicate
from .unknown import CUT_OFF_MARK, Unknown

Part = Literal["required", "blocked", "admin", "allowed"]
"""The part of the policy that a rule belongs to."""

_NOBODY = Identity(username="")
"""The identity for rules that have their results already."""

FAILED = "the rule failed with {error}"
"""Why the result of a rule is unknown whose code raised an exception other than `Unknown`."""


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one rule says about a user.

    Attributes
    ----------
    part:
        The part of the policy that the rule belongs to.
    name:
        The option or rule.
    holds:
        Whether it holds; None when it cannot tell.
    why_unknown:
        The data that it lacks; empty when it can tell.
    retry:
        False when asking again for the missing data does not help.
    """

    part: Part
    name: str
    holds: bool | None
    why_unknown: str = ""
    retry: bool = True

    @property
    def is_met(self) -> bool:
        """Whether the rule stands in no user's way: a restriction holds, a block does not."""
        return self.holds is (self.part != "blocked")

    def as_rule(self) -> Rule:
        """A rule that always has this result."""
        return Rule(self.name, self._answer)

    def _answer(self, _: Identity) -> bool:
        if self.holds is None:
            raise Unknown(self.why_unknown, retry=self.retry)
        return self.holds


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What all rules say about a user, and the decision.

    Attributes
    ----------
    decision:
        The decision that follows from the results.
    results:
        The results, in the order in which the policy applies its rules.
    """

    decision: Decision
    results: tuple[RuleResult, ...]

    @property
    def admits(self) -> bool:
        """Whether a login of the user succeeds: the rules allow the user, and nothing that they need is unknown."""
        return self.decision.allowed and not self.decision.unknown

    @property
    def rules(self) -> tuple[tuple[str, str, bool | None], ...]:
        """The part, the name and the result of each rule."""
        return tuple((result.part, result.name, result.holds) for result in self.results)

    @property
    def obstacles(self) -> tuple[RuleResult, ...]:
        """Restrictions and blocks that keep the user out. Each of them must change."""
        barring = (result for result in self.results if result.part in ("required", "blocked"))
        return tuple(result for result in barring if not result.is_met)

    @property
    def openings(self) -> tuple[RuleResult, ...]:
        """Rules of which one must allow the user. Empty when one does."""
        granting = [result for result in self.results if result.part in ("admin", "allowed")]
        return () if any(result.holds for result in granting) else tuple(granting)


def evaluate(policy: AccessPolicy, identity: Identity) -> Evaluation:
    """The result of every rule about `identity`, and the decision that follows.

    Raises nothing: of a predicate that raises any exception, the result is unknown.
    """
    parts: dict[Part, tuple[Rule, ...]] = {
        "required": policy.required,
        "blocked": policy.blocked,
        "admin": policy.admin,
        "allowed": policy.allowed,
    }
    results = tuple(_result(part, rule, identity) for part, rules in parts.items() for rule in rules)
    return Evaluation(decision_on(results, authoritative_admin=policy.authoritative_admin), results)


def decision_on(results: Collection[RuleResult], *, authoritative_admin: bool = False) -> Decision:
    """The decision that follows from the results of all rules: see `AccessPolicy`."""
    parts: dict[Part, tuple[Rule, ...]] = {
        part: tuple(result.as_rule() for result in results if result.part == part)
        for part in ("required", "blocked", "admin", "allowed")
    }
    policy = AccessPolicy(
        parts["required"], parts["blocked"], parts["admin"], parts["allowed"], authoritative_admin=authoritative_admin
    )
    return policy.decide(_NOBODY)


def _result(part: Part, rule: Rule, identity: Identity) -> RuleResult:
    try:
        return RuleResult(part, rule.name, bool(rule.holds(identity)))
    except Unknown as unknown:
        return RuleResult(part, rule.name, None, str(unknown), unknown.retry)
    except Exception as error:  # noqa: BLE001 - the rule is an operator's code
        return RuleResult(part, rule.name, None, FAILED.format(error=type(error).__name__), retry=False)


# --- claims of which only a part is known -----------------------------------------------------------------------------


class PartialClaims(dict[str, Any]):
    """Claims of a user of which some are not known.

    Parameters
    ----------
    claims:
        The claims that are known.
    absent:
        The names of claims that the user does not have.
    reason:
        Why any other claim is not known, for `Unknown`. ``{claim}`` stands for its name.
    """

    def __init__(self, claims: Mapping[str, Any], absent: Collection[str], reason: str) -> None:
        super().__init__(claims)
        self._absent = frozenset(absent) | {CUT_OFF_MARK, "_claim_names", "hasgroups"}
        self._reason = reason

    def get(self, key: Any, default: Any = None) -> Any:
        """The value of a claim.

        Raises
        ------
        Unknown
            When it is not known whether the user has the claim.
        """
        try:
            return self[key]
        except KeyError:
            return default

    def __missing__(self, key: Any) -> Any:
        raise KeyError(key) if self._is_absent(key) else self._unknown(key)

    def __contains__(self, key: Any) -> bool:
        if super().__contains__(key):
            return True
        if self._is_absent(key):
            return False
        raise self._unknown(key)

    def _is_absent(self, key: Any) -> bool:
        """Whether the claim is not there. A part of a key with dots is as the key is."""
        return key in self._absent

    def _unknown(self, key: Any) -> Unknown:
        return Unknown(self._reason.format(claim=key), retry=False)


# --- values of options that would admit a user ------------------------------------------------------------------------


def wider_values(predicate: Predicate, value: Any, identity: Identity, candidates: Collection[Any]) -> Iterator[Any]:
    """What can be added to the value of an option so that its rule holds for a user.

    Parameters
    ----------
    predicate:
        The predicate of the option.
    value:
        The present value: a set or list of names, a number, or True.
    candidates:
        Names and numbers in the user's data.

    Yields
    ------
    For a list or set each of `candidates` that is a name, with which the rule would hold. Else a new value: False, or
    the largest suitable number.
    """
    if value is True:
        if _holds(predicate, False, identity):
            yield False
    elif isinstance(value, (int, float)):
        fitting = [each for each in candidates if _is_number(each) and _holds(predicate, each, identity)]
        yield from sorted(fitting)[-1:]
    elif isinstance(value, (list, set, frozenset, tuple)):
        for name in candidates:
            if isinstance(name, str) and _holds(predicate, frozenset((*value, name)), identity):
                yield name


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _holds(predicate: Predicate, value: Any, identity: Identity) -> bool:
    try:
        return bool(predicate(value, identity))
    except Exception:  # noqa: BLE001 - a value that the predicate was not written for
        return False


def names_in_claims(values: Collection[Any]) -> list[Any]:
    """Names and numbers in the values of claims, of which one may belong into an option.

    They are the strings and numbers, those in lists, and the domains of e-mail addresses.
    """
    found = []
    for value in values:
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str) or _is_number(each):
                found.append(each)
            if isinstance(each, str) and "@" in each:
                found.append(each.rpartition("@")[2].lower())
    return list(dict.fromkeys(found))
