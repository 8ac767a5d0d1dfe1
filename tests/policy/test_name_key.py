"""One key for every comparison of names: all spellings that reach one account have it."""

import sys
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from oauthenticator_suite import DictionaryAuthenticator, PAMAuthenticator, SimpleAuthenticator
from oauthenticator_suite.policy.username import MAX_COMPARED, broad_name_key, name_key

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SPELLINGS = [
    str.upper,
    str.lower,
    str.swapcase,
    str.title,
    str.casefold,
    *(lambda name, form=form: unicodedata.normalize(form, name) for form in ("NFC", "NFD", "NFKC", "NFKD")),
    lambda name: f" {name}\t",
]


@pytest.mark.parametrize(
    "spelling",
    ["ADA", "aDa", "ａｄａ", "𝐚𝐝𝐚", "ⓐⓓⓐ", " ada ", "ᵃᵈᵃ", "ª\u1d48ª"],
)
def test_spellings_of_one_name(spelling):
    assert name_key(spelling) == name_key("ada") == "ada"


@pytest.mark.parametrize("spelling", ["ádà", "a\u0307da", "a\ufe0fda", "a\u034fda", "a\u00adda", "a\u200bda"])
def test_the_broad_key_also_ignores_what_directories_ignore(spelling):
    assert broad_name_key(spelling) == "ada"
    assert name_key(spelling) != "ada"


@pytest.mark.parametrize(
    ("one", "other"), [("ada l", "ada  l"), ("straße", "STRASSE"), ("ΣΊΣΥΦΟΣ", "σίσυφος"), ("İzmir", "i̇zmir")]
)
def test_other_spellings_of_one_name(one, other):
    assert broad_name_key(one) == broad_name_key(other)


def test_the_words_of_a_broad_key_are_one_space_apart():
    assert broad_name_key(" Ada \t King\u3000Lovelace") == "ada king lovelace"


@pytest.mark.parametrize(("one", "other"), [("ada", "bob"), ("ada", "ada2"), ("ada l", "adal"), ("а", "a"), ("", "a")])
def test_different_names_have_different_keys(one, other):
    assert broad_name_key(one) != broad_name_key(other)


def test_every_character_that_the_hub_makes_equal_has_one_key():
    """Over all of Unicode: JupyterHub lower-cases a name, and a username is in NFKC."""
    for number in range(sys.maxunicode + 1):
        character = chr(number)
        for same in (character.lower(), unicodedata.normalize("NFKC", character)):
            assert name_key(same) == name_key(character), ascii(character)
        assert name_key(name_key(character)) == name_key(character), ascii(character)


@settings(max_examples=500, deadline=None)
@given(NAMES, st.lists(st.sampled_from(SPELLINGS), max_size=4))
@example("ΑΣ", [str.lower])
@example("\u0345\u0308", [str.upper])
def test_changes_of_case_and_form_keep_the_key(name, changes):
    spelled = name
    for change in changes:
        spelled = change(spelled)
    if all(unicodedata.category(character) != "Cn" for character in name + spelled):
        assert broad_name_key(spelled) == broad_name_key(name)


@settings(max_examples=500, deadline=None)
@given(NAMES, NAMES)
def test_names_with_one_key_have_one_broad_key(one, other):
    for login in (SimpleAuthenticator, DictionaryAuthenticator, PAMAuthenticator):
        throttled = login().throttle_key
        for spelled in (name_key(one), f" {one} ", one.lower(), unicodedata.normalize("NFKC", one)):
            if name_key(spelled) == name_key(one):
                assert throttled(spelled) == throttled(one)
    if name_key(one) == name_key(other):
        assert broad_name_key(one) == broad_name_key(other)


def test_a_huge_name_is_read_in_part():
    assert len(name_key("ﷺ" * 10_000_000)) <= 18 * MAX_COMPARED
