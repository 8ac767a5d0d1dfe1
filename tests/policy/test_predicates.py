"""Predicates of access options."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.policy import predicates
from oauthenticator_suite.policy.identity import Identity
from oauthenticator_suite.policy.unknown import Unknown

NAMES = st.sets(st.sampled_from(["lab", "Lab", "lab:ops", "ops", "", "*", "l\u00e4b"]))


def who(**known: Any) -> Identity:
    return Identity(username="ada", **known)


@given(NAMES, NAMES)
def test_in_groups_is_having_one_in_common(groups: set[str], wanted: set[str]) -> None:
    assert predicates.in_groups(wanted, who(groups=frozenset(groups))) is any(name in groups for name in wanted)


@pytest.mark.parametrize(
    ("wanted", "granted", "right"),
    [
        (["read:org"], {"read:org", "gist"}, True),
        (["read:org", "gist"], {"read:org", "gist"}, True),
        (["read:org", "gist"], {"read:org"}, False),
        (["read:org"], set(), False),
        ([], {"read:org"}, False),  # no scope to be granted is no way in
        ([], set(), False),
        (["read"], {"read:org"}, False),
    ],
)
def test_has_scopes_is_having_all_and_there_is_one(wanted: list[str], granted: set[str], right: bool) -> None:
    assert predicates.has_scopes(wanted, who(scopes=frozenset(granted))) is right


@pytest.mark.parametrize(
    ("required", "right"),
    [
        ({"affiliation": "staff"}, True),
        ({"affiliation": ["staff", "student"]}, True),
        ({"affiliation": "staff", "member": True}, True),
        ({"affiliation": "staff", "member": 1}, False),
        ({"affiliation": "Staff"}, False),
        ({"org.unit": 7}, True),
        ({"org.unit": "7"}, False),
        ({"missing": None}, True),
        ({"missing": ["x"]}, False),
        ({}, True),
    ],
)
def test_has_claims(required: dict[str, Any], right: bool) -> None:
    claims = {"affiliation": ["staff", "alum"], "member": True, "org": {"unit": 7}}
    assert predicates.has_claims(required, who(claims=claims)) is right


@pytest.mark.parametrize(
    ("claims", "vouched"),
    [
        ({"email": "ada@example.org", "email_verified": True}, True),
        ({"email": "ada@example.org", "email_verified": "true"}, True),
        ({"email": "ada@example.org", "email_verified": 1}, False),
        ({"email": "ada@example.org", "email_verified": False}, False),
        ({"email": "ada@example.org"}, False),
        ({"email_verified": True}, False),
        ({"email": "ada@example.org@evil.example", "email_verified": True}, False),
        ({"email": ["ada@example.org"], "email_verified": True}, False),
    ],
)
def test_verified_email(claims: dict[str, Any], vouched: bool) -> None:
    """F71, H (oauth2-proxy CVE-2026-40574)."""
    assert predicates.has_verified_email(True, who(claims=claims)) is vouched
    assert predicates.has_verified_email(False, who(claims=claims)) is True
    assert predicates.has_verified_email_in({"EXAMPLE.org", "example.net"}, who(claims=claims)) is vouched
    assert predicates.has_verified_email_in({"evil.example", "ample.org", "org"}, who(claims=claims)) is False
    assert predicates.has_verified_email_in(set(), who(claims=claims)) is False


@given(st.dictionaries(st.sampled_from(["organization", "team", "project"]), NAMES), NAMES)
def test_members_are_those_of_the_same_kind(memberships: dict[str, set[str]], wanted: set[str]) -> None:
    """A name is compared exactly, and only with memberships of its kind. An empty option matches no user."""
    identity = who(memberships={kind: frozenset(names) for kind, names in memberships.items()})
    for kind in ("organization", "team", "project", "group"):
        assert predicates.member_of(kind)(wanted, identity) is bool(wanted & memberships.get(kind, set()))


def test_a_user_of_whom_not_all_memberships_are_known_is_no_stranger() -> None:
    identity = who(memberships={"team": frozenset({"lab"})}, memberships_unknown={"team": "not asked"})
    assert predicates.member_of("team")({"lab", "staff"}, identity) is True
    assert predicates.member_of("group")({"staff"}, identity) is False
    with pytest.raises(Unknown, match="not asked") as caught:
        predicates.member_of("team")({"staff"}, identity)
    assert caught.value.retry is False


def test_each_kind_has_its_own_predicate() -> None:
    """A predicate that is created later does not change an earlier one."""
    of_teams, of_groups = predicates.member_of("team"), predicates.member_of("group")
    identity = who(memberships={"team": frozenset({"lab"})})
    assert (of_teams({"lab"}, identity), of_groups({"lab"}, identity)) == (True, False)


@pytest.mark.parametrize(
    ("claims", "right"),
    [
        ({"roles": ["teacher", "student"]}, True),
        ({"roles": ["student"]}, False),
        ({"roles": []}, False),
        ({"roles": "teacher"}, False),
        ({"roles": {"teacher": True}}, False),
        ({"roles": [None, 1, ["teacher"], {"name": "teacher"}]}, False),
        ({"roles": None}, False),
        ({}, False),
    ],
)
def test_one_of_the_names_is_in_the_claim(claims: dict[str, Any], right: bool) -> None:
    assert predicates.has_name_in("roles")({"teacher", "tutor"}, Identity("alice", claims=claims)) is right
    assert predicates.has_name_in("app.roles")({"teacher"}, Identity("alice", claims={"app": claims})) is right
