"""Reading claims of any type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.policy.claims import MAX_NAMES, bounded, find_claim, names_in, sent_by_reference, wanted_among

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("claims", "key", "value"),
    [
        ({"a": 1}, "a", 1),
        ({"a": {"b": {"c": 2}}}, "a.b.c", 2),
        ({"https://example.org/groups": ["x"]}, "https://example.org/groups", ["x"]),
        ({"a.b": 1, "a": {"b": 2}}, "a.b", 1),
        ({"user": {"https://example.org/groups": ["x"]}}, "user.https://example.org/groups", ["x"]),
        ({"a": {"b.c": 1, "b": {"c": 2}}}, "a.b.c", 1),
        ({"a": "text"}, "a.b", None),
        ({"a": {}}, "a.b", None),
        ({}, "", None),
    ],
)
def test_find_claim(claims, key, value):
    assert find_claim(claims, key) == value


def test_a_string_is_one_group_never_its_letters():
    """F70."""
    assert names_in("staff") == (["staff"], [])


def test_nothing_is_no_groups_and_no_complaint():
    assert names_in(None) == ([], [])


@pytest.mark.parametrize("value", [{"staff": True}, 5, True, 1.5])
def test_other_shapes_give_no_groups_and_a_complaint(value):
    """F70: a dict, a number."""
    names, complaints = names_in(value)
    assert names == []
    assert len(complaints) == 1


def test_entries_that_are_no_names_are_left_out():
    """F70: a mixed list."""
    names, complaints = names_in(["staff", 5, None, "", "x" * 256, "line\nbreak", ["nested"], "staff", "ok"])
    assert names == ["staff", "ok"]
    assert names_in(["x", "y" * 255]) == (["x", "y" * 255], [])
    assert complaints == ["6 of 9 entries are not names and are left out"]


def test_a_flood_of_groups_is_read_and_a_part_is_stored():
    """F70: 100,000 entries. Rules see all of them; the Hub stores those that rules name, and others."""
    flood = [f"g{i}" for i in range(100_000)]
    names, complaints = names_in(flood)
    assert (names, complaints) == (flood, [])
    stored = bounded(names, {"g99999", "g50000", "absent"})
    assert stored == ["g50000", "g99999", *flood[: MAX_NAMES - 2]]
    assert bounded(["b", "a"], {"a"}) == ["a", "b"]


@pytest.mark.parametrize(
    ("claims", "names"),
    [
        ({}, set()),
        ({"_claim_names": {"groups": "src1", "email": "src2"}}, {"groups", "email"}),
        ({"_claim_names": ["groups"]}, set()),
        ({"hasgroups": True}, {"groups"}),
        ({"hasgroups": "true"}, {"groups"}),
        ({"hasgroups": False}, set()),
        ({"hasgroups": 1}, {"groups"}),
        ({"groups:src1": "https://graph.example"}, {"groups"}),
        ({"groups:source": ["a"]}, set()),
    ],
)
def test_claims_that_are_sent_by_reference(claims, names):
    assert sent_by_reference(claims) == names


@given(json_values)
def test_names_in_is_total_and_bounded(value):
    names, _ = names_in(value)
    assert len(names) <= MAX_NAMES
    assert len(set(names)) == len(names)
    assert all(isinstance(name, str) and name.isprintable() and name for name in names)


@given(st.dictionaries(st.text(), json_values), st.text())
def test_find_claim_is_total(claims, key):
    find_claim(claims, key)
    assert find_claim({"k": claims}, "k") == claims


@pytest.mark.parametrize(
    ("names", "wanted", "found"),
    [
        (["physics", "lab"], ["lab", "staff"], ["lab"]),
        (["Physics/Lab-3"], ["physics/lab-3"], ["physics/lab-3"]),
        (["physics"], ["PHYSICS", "Physics"], ["PHYSICS", "Physics"]),
        (["c", "b", "a"], ["a", "b", "c"], ["a", "b", "c"]),
        (["physics"], ["physics/lab-3", "phys"], []),
        (["physics"], [], []),
        ([], ["physics"], []),
    ],
)
def test_those_that_are_wanted_in_the_spelling_of_who_wants_them(names, wanted, found):
    assert wanted_among(iter(names), wanted) == found
