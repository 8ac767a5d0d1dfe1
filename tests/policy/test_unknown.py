"""Rules on data that the provider sends only as a reference, or that are not known: neither yes nor no."""

from __future__ import annotations

import pytest

from oauthenticator_suite.policy.access import AccessPolicy, Decision, Rule, Unknown
from oauthenticator_suite.policy.identity import Identity
from oauthenticator_suite.policy.predicates import (
    has_claims,
    has_verified_email,
    has_verified_email_in,
    in_groups,
)
from oauthenticator_suite.policy.unknown import cut_off, refuse_cut_off, refuse_reference

REFERENCE = {"_claim_names": {"groups": "src1", "email": "src1", "unit": "src1"}}


def of(**claims):
    return Identity("alice", claims={**REFERENCE, **claims})


@pytest.mark.parametrize("key", ["groups", "unit.name", "unit.name.first", "email"])
def test_a_reference_is_unknown_for_good(key):
    with pytest.raises(Unknown, match=f"the claim '{key.partition('.')[0]}' as a reference") as caught:
        refuse_reference(REFERENCE, key)
    assert caught.value.retry is False


@pytest.mark.parametrize(
    ("claims", "key"),
    [({}, "groups"), (REFERENCE, "roles"), ({**REFERENCE, "groups": []}, "groups"), ({"hasgroups": False}, "groups")],
)
def test_everything_else_is_known(claims, key):
    refuse_reference(claims, key)


def test_groups_that_are_not_known():
    known = Identity("alice", groups=frozenset({"staff"}), groups_unknown="too many")
    assert in_groups({"staff"}, known), "those that are known count"
    with pytest.raises(Unknown, match="too many") as caught:
        in_groups({"others"}, known)
    assert caught.value.retry is False
    assert not in_groups({"others"}, Identity("alice"))


def test_required_claims():
    required = {"unit.name": "physics", "level": 2}
    with pytest.raises(Unknown):
        has_claims(required, of(level=2))
    assert not has_claims(required, of(level=1)), "another claim that is wrong bars"
    assert has_claims(required, of(level=2, unit={"name": "physics"}))


def test_a_list_that_may_be_cut_off():
    """What is in it counts, and what is not in it is unknown."""
    claims = {"groups": ["staff"], "level": 2, **cut_off("groups", "only some")}
    refuse_cut_off(claims, "level")
    with pytest.raises(Unknown, match="only some") as caught:
        refuse_cut_off(claims, "groups")
    assert caught.value.retry is False
    user = Identity("alice", claims=claims)
    assert has_claims({"groups": "staff", "level": 2}, user)
    with pytest.raises(Unknown, match="only some"):
        has_claims({"groups": "others", "level": 2}, user)
    for required in ({"groups": "others", "level": 1}, {"level": 1, "groups": "others"}):
        assert not has_claims(required, user), "another claim that is wrong bars"
    refuse_cut_off({"_cut_off": ["groups"]}, "groups")  # a provider's claim of this name


def test_the_verified_address():
    for predicate, value in ((has_verified_email, True), (has_verified_email_in, {"example.org"})):
        with pytest.raises(Unknown):
            predicate(value, of(email_verified=True))
        with pytest.raises(Unknown):
            predicate(
                value, Identity("alice", claims={"email": "a@example.org", "_claim_names": {"email_verified": "s"}})
            )
        assert predicate(value, of(email="alice@example.org", email_verified=True))
        assert not predicate(value, Identity("alice"))
    assert has_verified_email(False, of())


@pytest.mark.parametrize("retry", [True, False])
@pytest.mark.parametrize("part", ["required", "allowed", "admin"])
def test_the_decision_says_whether_asking_again_helps(part, retry):
    def unknown(identity):
        raise Unknown("silence", retry=retry)

    decision = AccessPolicy(**{part: (Rule("rule", unknown),)}).decide(Identity("alice"))
    assert (decision.unknown, decision.retry) == ("silence", retry)
    assert Decision(True, "rule").retry
