"""Explanations: they agree with the decision, and say what would have to change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.policy.access import AccessPolicy, Rule
from oauthenticator_suite.policy.claims import find_claim
from oauthenticator_suite.policy.explanation import (
    FAILED,
    PartialClaims,
    RuleResult,
    decision_on,
    evaluate,
    names_in_claims,
    wider_values,
)
from oauthenticator_suite.policy.identity import Identity
from oauthenticator_suite.policy.predicates import (
    has_claims,
    has_scopes,
    has_verified_email,
    has_verified_email_in,
    in_groups,
)
from oauthenticator_suite.policy.unknown import Unknown

ADA = Identity(username="ada", groups=frozenset({"students", "tea"}), scopes=frozenset({"openid"}))


def says(answer: Any) -> Any:
    def holds(identity: Identity) -> bool:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return holds


answers = st.lists(st.one_of(st.booleans(), st.builds(Unknown, st.just("no answer"), retry=st.booleans())), max_size=3)


def rules(kind: str, given_answers: list[Any]) -> tuple[Rule, ...]:
    return tuple(Rule(f"{kind}-{number}", says(answer)) for number, answer in enumerate(given_answers))


@given(answers, answers, answers, answers, st.booleans())
def test_an_explanation_never_differs_from_the_decision(
    required: Any, blocked: Any, admin: Any, allowed: Any, authoritative: bool
) -> None:
    policy = AccessPolicy(
        rules("required", required),
        rules("blocked", blocked),
        rules("admin", admin),
        rules("allowed", allowed),
        authoritative,
    )
    found = evaluate(policy, ADA)
    assert found.decision == policy.decide(ADA)
    assert len(found.results) == len(required) + len(blocked) + len(admin) + len(allowed)


@given(answers, answers, answers, answers)
def test_a_user_without_obstacles_whom_an_opening_lets_in_is_admitted(
    required: Any, blocked: Any, admin: Any, allowed: Any
) -> None:
    """Changing every obstacle and any one of the openings is enough, and a part of it is not."""
    policy = AccessPolicy(
        rules("required", required), rules("blocked", blocked), rules("admin", admin), rules("allowed", allowed)
    )
    found = evaluate(policy, ADA)
    assert found.admits == (
        not found.obstacles and any(r.holds for r in found.results if r.part in ("admin", "allowed"))
    )
    without = [replace(r, holds=r.part == "required") if r in found.obstacles else r for r in found.results]
    for opening in found.openings:
        changed = [replace(r, holds=True) if r is opening else r for r in without]
        assert decision_on(changed).allowed
        assert not decision_on(changed).unknown
    if found.openings:
        decision = decision_on(without)
        assert not decision.allowed or decision.unknown


def test_each_rule_is_applied_once_and_a_failing_one_is_unknown() -> None:
    calls = []
    counted = Rule("counted", lambda identity: bool(calls.append(identity)))
    policy = AccessPolicy(
        blocked=(Rule("blocked_users", says(True)),), allowed=(counted, Rule("broken", says(ZeroDivisionError())))
    )
    found = evaluate(policy, ADA)
    assert calls == [ADA]
    assert found.rules == (
        ("blocked", "blocked_users", True),
        ("allowed", "counted", False),
        ("allowed", "broken", None),
    )
    assert found.results[2] == RuleResult(
        "allowed", "broken", None, FAILED.format(error="ZeroDivisionError"), retry=False
    )
    assert found.obstacles == (RuleResult("blocked", "blocked_users", True),)
    assert [result.name for result in found.openings] == ["counted", "broken"]
    assert not found.admits


def test_without_rules_administrator_rights_stay_as_they_are() -> None:
    assert decision_on([]).admin is None
    assert decision_on([], authoritative_admin=True).admin is False


# --- partial claims ----------------------------------------------------------------------------------------------------


def test_of_partial_claims_only_what_is_known_is_answered() -> None:
    claims = PartialClaims({"email": "ada@example.org", "a": {"b": 1}}, ["email_verified", "x.y", "x"], "no {claim}")
    assert claims["email"] == "ada@example.org"
    assert claims.get("email") == claims.get("email", "default") == "ada@example.org"
    assert claims.get("email_verified", "default") == "default"
    assert "email" in claims
    assert "email_verified" not in claims
    assert find_claim(claims, "x.y") is None
    with pytest.raises(KeyError, match="email_verified"):
        claims["email_verified"]
    for mark in ("_cut_off", "_claim_names", "hasgroups"):  # no user has these by default
        assert mark not in claims
    with pytest.raises(Unknown, match="no hd") as caught:
        claims.get("hd")
    assert caught.value.retry is False
    with pytest.raises(Unknown, match="no hd"):
        "hd" in claims  # noqa: B015
    with pytest.raises(Unknown, match="no hd"):
        claims["hd"]
    identity = replace(ADA, claims=claims)
    assert evaluate(AccessPolicy(required=(Rule("hd", lambda who: has_claims({"hd": "x"}, who)),)), identity).rules == (
        ("required", "hd", None),
    )


# --- wider values ------------------------------------------------------------------------------------------------------


def test_the_names_that_an_option_would_need() -> None:
    assert list(wider_values(in_groups, {"staff"}, ADA, ["students", "guests", 7, "tea"])) == ["students", "tea"]
    assert list(wider_values(has_scopes, ["read"], ADA, ["openid"])) == []


def test_a_restriction_that_can_be_switched_off() -> None:
    assert list(wider_values(has_verified_email, True, ADA, [])) == [False]
    assert list(wider_values(lambda value, identity: False, True, ADA, [])) == []
    assert list(wider_values(lambda value, identity: (value, identity) == (False, ADA), True, ADA, [])) == [False]


def test_the_largest_number_that_a_user_reaches() -> None:
    def at_least(number: float, identity: Identity) -> bool:
        return number <= 12

    assert list(wider_values(at_least, 100, ADA, [12, 3, 7, 40, True, "12"])) == [12]
    assert list(wider_values(at_least, 100, ADA, [3])) == [3]
    assert list(wider_values(at_least, 100, ADA, [40])) == []
    assert list(wider_values(lambda value, identity: identity is ADA, 100, ADA, [3])) == [3]


def test_no_value_is_guessed_for_other_options() -> None:
    assert list(wider_values(has_claims, {"a": "b"}, ADA, ["a"])) == []
    assert list(wider_values(lambda value, identity: 1 / 0, {"a"}, ADA, ["a"])) == []


def test_the_domain_of_an_address_is_a_candidate() -> None:
    claims = {"email": "ada@Example.org", "email_verified": True}
    candidates = names_in_claims([*claims.values(), ["x", 3, None], {"a": 1}])
    assert candidates == ["ada@Example.org", "example.org", "x", 3]
    assert names_in_claims(['"a@b"@Example.org', "example.org", '"a@b"@Example.org']) == [
        '"a@b"@Example.org',
        "example.org",
    ]
    identity = replace(ADA, claims=claims)
    assert list(wider_values(has_verified_email_in, {"other.org"}, identity, candidates)) == ["example.org"]
