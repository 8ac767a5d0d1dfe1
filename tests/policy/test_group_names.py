"""Groups in the forms that providers send, and names that are compared without regard to case."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.policy.claims import names_in
from oauthenticator_suite.policy.group_names import all_folded, folded, names_by_format, unreadable_json
from oauthenticator_suite.policy.unknown import Unknown

ZITADEL = {"admin": {"3214": "example.org"}, "user": {"3214": "example.org"}}


@pytest.mark.parametrize(
    ("value", "form", "names"),
    [
        (None, "names", None),
        (None, "keys", None),
        ("a,b", "names", "a,b"),
        (["a"], "names", ["a"]),
        (ZITADEL, "names", ZITADEL),
        ("a, b,,c ", "separated", ["a", "b", "c"]),
        ("", "separated", []),
        (["a", "b,c"], "separated", ["a", "b,c"]),
        ("a, b", "json", ["a, b"]),
        (["a", "b"], "json", ["a", "b"]),
        ([{"name": "a"}, {"name": "b", "id": 1}], "objects", ["a", "b"]),
        ([{"name": "a"}, "b", {"id": 1}], "objects", ["a", "b", None]),
        ({"name": "a"}, "objects", ["a"]),
        ([], "objects", []),
        (ZITADEL, "keys", ["admin", "user"]),
        ({}, "keys", []),
        ([], "keys", []),
    ],
    ids=str,
)
def test_forms(value, form, names):
    assert names_by_format(value, form) == names


def test_a_separator_and_a_key_of_the_operators_own():
    assert names_by_format("a; b,c", "separated", separator=";") == ["a", "b,c"]
    assert names_by_format([{"org": {"slug": "a"}}], "objects", name_key="org.slug") == ["a"]


@pytest.mark.parametrize(
    ("value", "form", "reason"),
    [
        ({"a": 1}, "separated", "is a dict, and groups_format = 'separated' reads a string of names"),
        (5, "json", "is a int, and groups_format = 'json' reads"),
        ({"a": 1}, "json", "is a dict"),
        ("a", "objects", "is a str, and groups_format = 'objects' reads a list of objects"),
        ("a", "keys", "is a str, and groups_format = 'keys' reads an object"),
        (["a"], "keys", "is a list"),
        ([{"id": 1}], "objects", "no object in the list of groups has 'name'"),
    ],
    ids=str,
)
def test_another_form_is_unknown(value, form, reason):
    """It says that there are groups, and not which ones."""
    with pytest.raises(Unknown, match=reason) as caught:
        names_by_format(value, form)
    assert caught.value.retry is False


def test_the_error_for_broken_json():
    error = unreadable_json("not JSON")
    assert "cannot be read as JSON (not JSON)" in str(error)
    assert error.retry is False


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    ),
    st.sampled_from(["names", "separated", "json", "objects", "keys"]),
)
def test_values_of_any_type(value, form):
    try:
        names, _ = names_in(names_by_format(value, form))
    except Unknown:
        assert value is not None
        assert form != "names"
    else:
        assert all(isinstance(name, str) for name in names)


def test_case_folding():
    assert all_folded(["Staff", "STAFF", "lab"]) == ["staff", "lab"]
    assert folded("ÄRZTE") == "ärzte"
    assert folded("staff\u212a") == "staff\u212a", "the Kelvin sign does not become the letter k"
    assert folded("\u0130nfo") != "info"


@given(st.text())
def test_folding_twice_changes_nothing(name):
    assert folded(folded(name)) == folded(name)
