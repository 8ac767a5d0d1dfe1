"""Which names are accepted as usernames."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.errors import IdentityError
from oauthenticator_suite.policy.username import (
    MAX_USERNAME_LENGTH,
    username_from_claims,
    vet_login,
    why_not,
    why_not_login,
)

GOOD = [
    "ada",
    "Ada Lovelace",
    "José ÑANDÚ",
    "O'Brien",
    "Carol (WMF)",
    "a@b.example",
    "a+b",
    "x" * MAX_USERNAME_LENGTH,
    "名前",
    "1",
    "a.b-c_d",
    "50%",
    "a%2eb",
]

HOSTILE = {
    "empty": "",
    "Kelvin sign": "\u212aim",
    "Ohm sign": "\u2126",
    "capital theta symbol": "\u03f4",
    "full-width letters": "\uff41\uff44\uff41",
    "ligature": "\ufb01x",
    "decomposed accent": "jose\u0301",
    "zero-width space": "a\u200bb",
    "zero-width joiner": "a\u200db",
    "right-to-left override": "a\u202eb",
    "byte order mark": "\ufeffada",
    "NUL": "a\x00b",
    "CRLF": "a\r\nb",
    "tab": "a\tb",
    "DEL": "a\x7fb",
    "lone surrogate": "a\ud800",
    "private use": "a\ue000",
    "no-break space": "a\u00a0b",
    "Ogham space mark, which NFKC keeps": "a\u1680b",
    "line separator": "a\u2028b",
    "slash": "a/b",
    "backslash": "a\\b",
    "encoded slash": "a%2fb",
    "encoded NUL": "a%00b",
    "doubly encoded slash": "a%252fb",
    "dots": "..",
    "encoded dots": "%2e%2e",
    "path": "../etc",
    "markup": "<script>alert(1)</script>",
    "quote": 'a"b',
    "leading space": " ada",
    "trailing space": "ada ",
    "5,000 characters": "x" * 5000,
}


@pytest.mark.parametrize("name", GOOD)
def test_real_names_pass(name):
    vet_login(name, name)


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_names_are_refused(name):
    """F69."""
    with pytest.raises(IdentityError) as caught:
        vet_login(name, name)
    assert len(caught.value.detail) < 200


@pytest.mark.parametrize("login", ["lab\\ada", '"ada"', "\uff41\uff44\uff41", "ada/x", " ada", "x" * 400])
def test_any_login_can_be_mapped_to_a_name(login):
    vet_login(login, "ada")


@pytest.mark.parametrize("login", ["\u212aim", "\u212aIM", "\u212bsa", "\u2126"])
def test_lower_casing_does_not_make_another_users_name(login):
    """The lower case of the Kelvin sign is ``k``: without this check the user would get the account of ``kim``."""
    assert unicodedata.is_normalized("NFKC", login.lower())
    assert "NFKC" in (why_not_login(login, login.lower()) or "")


@given(st.text(max_size=10), st.text(max_size=10))
def test_accepted_logins_of_one_lower_case_are_the_same_name(one, other):
    """Property: two accepted logins become one username only if they are the same in capitals too."""
    if one.lower() == other.lower() and not any(why_not_login(login, login.lower()) for login in (one, other)):
        normal = [unicodedata.normalize("NFKC", login.upper().casefold()) for login in (one, other)]
        assert normal[0] == normal[1]


@given(st.text(max_size=40), st.text(max_size=40))
def test_two_names_that_pass_are_not_the_same_in_another_form(one, other):
    """Property: two different accepted names stay different under every Unicode normal form."""
    if one != other and why_not(one) is None and why_not(other) is None:
        for form in ("NFC", "NFD", "NFKC", "NFKD"):
            assert unicodedata.normalize(form, one) != unicodedata.normalize(form, other)


@given(st.text())
def test_what_passes_is_short_printable_and_one_path_segment(name):
    if why_not(name) is None:
        assert 0 < len(name) <= MAX_USERNAME_LENGTH
        assert name.isprintable()
        assert "/" not in name
        assert name == name.strip()


@pytest.mark.parametrize(
    ("claims", "key", "name"),
    [
        ({"name": "ada"}, "name", "ada"),
        ({"id": 42}, "id", "42"),
        ({"user": {"login": "ada"}}, "user.login", "ada"),
        ({"uid": ["ada"]}, "uid", "ada"),
        ({"uid": [42]}, "uid", "42"),
    ],
)
def test_the_claim_becomes_a_name(claims, key, name):
    assert username_from_claims(claims, key) == name


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (None, "is missing"),
        ("", "is empty"),
        (True, "is a bool"),
        (1.5, "is a float"),
        ({"x": 1}, "is a dict"),
        ([None], "is missing"),
        ([""], "is empty"),
        ([["ada"]], "is a list"),
    ],
)
def test_a_claim_that_is_no_name_says_which_claims_there_are(value, problem):
    """F68: an integer is accepted, and a list of one value; a null, boolean or object is not."""
    with pytest.raises(IdentityError) as caught:
        username_from_claims({"login": value, "sub": "1", "email": "x"}, "login")
    assert "email, login, sub" in caught.value.detail
    assert f"'login' {problem}." in caught.value.detail


def test_of_the_available_claims_40_are_listed_with_40_characters_each():
    with pytest.raises(IdentityError) as caught:
        username_from_claims({f"{number:02}{'x' * 50}": 1 for number in range(99)}, "login")
    listed = caught.value.detail.partition("Available claims: ")[2].partition(".")[0]
    assert listed.split(", ") == [f"{number:02}{'x' * 38}" for number in range(40)]
    with pytest.raises(IdentityError, match=r"Available claims: none\."):
        username_from_claims({}, "login")


@pytest.mark.parametrize("value", [[], ["ada", "grace"]])
def test_a_list_is_not_a_name(value):
    with pytest.raises(IdentityError) as caught:
        username_from_claims({"uid": value}, "uid")
    assert f"'uid' is a list of {len(value)} values" in caught.value.detail
    assert "ada" not in caught.value.detail


def test_a_missing_claim_suggests_scopes():
    with pytest.raises(IdentityError, match="scopes"):
        username_from_claims({}, "preferred_username")


def test_an_advice_that_must_be_found_is_looked_for_only_when_the_claim_is_missing():
    looked_for = []

    def advice():
        looked_for.append("preferred_username")
        return "Ask for the ID token."

    assert username_from_claims({"preferred_username": "ada"}, "preferred_username", advice) == "ada"
    assert looked_for == []
    with pytest.raises(IdentityError, match="Ask for the ID token"):
        username_from_claims({}, "preferred_username", advice)
    assert looked_for == ["preferred_username"]
