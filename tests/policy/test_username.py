"""Which names are accepted as usernames."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.errors import IdentityError
from oauthenticator_suite.policy.username import MAX_USERNAME_LENGTH, username_from_claims, vet_username, why_not

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
    assert vet_username(name) == name


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_names_are_refused(name):
    """F69."""
    with pytest.raises(IdentityError) as caught:
        vet_username(name)
    assert len(caught.value.detail) < 200


@pytest.mark.parametrize("value", [None, 5, True, ["ada"], {"name": "ada"}, b"ada"])
def test_only_strings_are_names(value):
    """F68."""
    with pytest.raises(IdentityError):
        vet_username(value)


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
    ],
)
def test_the_claim_becomes_a_name(claims, key, name):
    assert username_from_claims(claims, key) == name


@pytest.mark.parametrize("value", [None, "", True, 1.5, ["ada"], {"x": 1}])
def test_a_claim_that_is_no_name_says_which_claims_there_are(value):
    """F68: an integer is accepted; a list, null, boolean or object is not."""
    with pytest.raises(IdentityError) as caught:
        username_from_claims({"login": value, "sub": "1", "email": "x"}, "login")
    assert "email, login, sub" in caught.value.detail
    assert "'login'" in caught.value.detail


def test_a_missing_claim_suggests_scopes():
    with pytest.raises(IdentityError, match="scopes"):
        username_from_claims({}, "preferred_username")
