"""The profile that other users see: names, initials and picture, but no e-mail address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.policy.profile import MAX_DISPLAY_NAME_LENGTH, MAX_URL_LENGTH, ProfileClaims, profile

OIDC = ProfileClaims()
PICTURE = "https://cdn.example.org/a.png?s=80"


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({}, {}),
        (
            {"name": "Ada King Lovelace", "given_name": "Ada", "family_name": "Lovelace", "picture": PICTURE},
            {"name": "Ada King Lovelace", "display_name": "Ada", "initials": "AL", "avatar_url": PICTURE},
        ),
        (
            {"name": "Countess of Lovelace", "given_name": "Ada", "family_name": "Byron"},
            {"name": "Countess of Lovelace", "display_name": "Ada", "initials": "AB"},
        ),
        ({"name": "Ada King", "given_name": "Ada"}, {"name": "Ada King", "display_name": "Ada", "initials": "AK"}),
        (
            {"name": "Ada King\tLovelace"},
            {"name": "Ada King Lovelace", "display_name": "Ada King Lovelace", "initials": "AL"},
        ),
        ({"name": "ada lovelace"}, {"name": "ada lovelace", "display_name": "ada lovelace", "initials": "AL"}),
        (
            {"given_name": "Ada", "family_name": "Lovelace"},
            {"name": "Ada Lovelace", "display_name": "Ada", "initials": "AL"},
        ),
        ({"name": "Plato"}, {"name": "Plato", "display_name": "Plato", "initials": "P"}),
        ({"name": "李 小龍"}, {"name": "李 小龍", "display_name": "李 小龍", "initials": "李小"}),
        ({"name": "  Ada \t\n Lovelace  "}, {"name": "Ada Lovelace", "display_name": "Ada Lovelace", "initials": "AL"}),
        ({"name": "A\u202eda\u0000 X\u200b"}, {"name": "Ada X", "display_name": "Ada X", "initials": "AX"}),
        ({"name": "— (…)"}, {"name": "— (…)", "display_name": "— (…)"}),
        ({"name": "\u0000\u202e"}, {}),
        ({"name": ["Ada"], "given_name": 5, "family_name": None, "picture": {}}, {}),
        ({"name": True}, {}),
        ({"avatar_url": PICTURE}, {"avatar_url": PICTURE}),
        ({"picture": PICTURE, "avatar_url": "https://other.example/b.png"}, {"avatar_url": PICTURE}),
        ({"picture": None, "avatar_url": PICTURE}, {"avatar_url": PICTURE}),
        ({"avatar_url": "javascript:alert(1)"}, {}),
        ({"avatar_url": {"url": PICTURE}}, {}),
    ],
)
def test_profile(claims, expected):
    assert profile(claims, OIDC) == expected


@pytest.mark.parametrize("name", ["ada@example.org", "Ada <ada@example.org>", "ada@localhost"])
def test_an_address_is_no_name(name):
    """Some providers send the address as the name."""
    claims = {"name": name, "given_name": name, "email": name}
    assert profile(claims, OIDC) == {}
    assert profile({**claims, "family_name": "Lovelace"}, OIDC)["name"] == "Lovelace"


@pytest.mark.parametrize(
    "picture",
    [
        "https://cdn.example.org/X.png",
        "https://cdn.example.org:1/a.png",
        "https://cdn.example.org/" + "a" * (MAX_URL_LENGTH - 24),
    ],
)
def test_what_is_a_picture(picture):
    assert profile({"picture": picture}, OIDC) == {"avatar_url": picture}


@pytest.mark.parametrize(
    "picture",
    [
        "http://cdn.example.org/a.png", "//cdn.example.org/a.png", "/a.png", "javascript:alert(1)", "data:image/png,x",
        "https://", "https://@cdn.example.org/a.png", "https://cdn.example.org:0/a.png", "https://user:word@cdn.example.org/a.png", "https://cdn.example.org:x/", "https://[cdn/",
        "https://cdn.example.org/a b", 'https://cdn.example.org/"onerror=', "https://cdn.example.org/\n", "",
        "https://cdn.example.org/?of=ada@example.org", "https://cdn.example.org/?of=ada%40example.org",
        "https://cdn.example.org/" + "a" * MAX_URL_LENGTH, 5, None, [PICTURE],
    ],
)  # fmt: skip
def test_what_is_no_picture(picture):
    assert profile({"picture": picture}, OIDC) == {}


def test_a_provider_with_claims_of_its_own():
    github = ProfileClaims(name="name", picture="avatar.url")
    assert profile({"name": "Ada L", "avatar": {"url": PICTURE}}, github)["avatar_url"] == PICTURE


def test_length():
    found = profile({"name": "Ada " * 10_000, "given_name": "x" * 10_000}, OIDC)
    assert len(found["name"]) <= MAX_DISPLAY_NAME_LENGTH
    assert len(found["display_name"]) == MAX_DISPLAY_NAME_LENGTH
    cut_after_a_space = profile({"name": "x" * (MAX_DISPLAY_NAME_LENGTH - 1) + " y"}, OIDC)
    assert cut_after_a_space["name"] == "x" * (MAX_DISPLAY_NAME_LENGTH - 1)


values = (
    st.text()
    | st.emails()
    | st.integers()
    | st.none()
    | st.lists(st.text())
    | st.builds(lambda e: f"https://x/{e}", st.emails())
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("name", "given_name", "family_name", "picture"), values)))
def test_whatever_comes(claims):
    found = profile(claims, OIDC)
    assert found.keys() <= {"name", "display_name", "initials", "avatar_url"}
    for key, text in found.items():
        assert text
        assert text.isprintable() or key != "avatar_url"
        assert len(text) <= MAX_URL_LENGTH
        assert claims.get("email", "@@") not in text
        assert not any(ord(character) < 32 for character in text)
