"""Roles that follow from groups."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.policy.roles import highest_level, roles_of

GROUP_ROLES = {"teachers": ["instructor", "editor"], "editors": ["editor"], "nobodies": []}


@pytest.mark.parametrize(
    ("groups", "admin", "roles"),
    [
        ([], False, ["user"]),
        ([], True, ["user", "admin"]),
        (["teachers"], False, ["user", "instructor", "editor"]),
        (["editors", "teachers"], False, ["user", "instructor", "editor"]),
        (["Teachers", "teach", "others", "nobodies"], False, ["user"]),
        (["editors"], True, ["user", "admin", "editor"]),
    ],
)
def test_roles_of(groups, admin, roles):
    assert roles_of(groups, GROUP_ROLES, admin=admin) == roles


names = st.sampled_from(["a", "b", "c", "user", "admin"])


@given(st.sets(names), st.dictionaries(names, st.lists(names)), st.booleans())
def test_no_role_without_a_reason(groups, group_roles, admin):
    roles = roles_of(groups, group_roles, admin=admin)
    assert len(roles) == len(set(roles))
    reasons = {"user"} | ({"admin"} if admin else set()) | {r for g in groups for r in group_roles.get(g, [])}
    assert set(roles) == reasons


@pytest.mark.parametrize(
    ("groups", "level"),
    [
        ([], None),
        (["x"], None),
        (["students"], "user"),
        (["students", "tutors"], "maintainer"),
        (["chiefs", "students"], "admin"),
        (["Chiefs"], None),
    ],
    ids=str,
)
def test_the_highest_level_that_a_group_gives(groups, level):
    levels = {"admin": {"chiefs"}, "maintainer": ["tutors"], "user": {"students", "tutors"}, "nobody": set()}
    assert highest_level(levels, groups) == level
    assert highest_level(levels, set(groups)) == level
