"""Claims of the ID token and of the userinfo endpoint, as one set."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.policy.merging import OF_THE_ID_TOKEN, merge_claims, with_source_claims

CLAIMS = st.dictionaries(
    st.sampled_from(["sub", "acr", "groups", "email", "email_verified", "name", "_claim_names"]),
    st.none() | st.booleans() | st.sampled_from(["x", "y"]) | st.just({"groups": "src1"}),
)


@pytest.mark.parametrize(
    ("id_token", "userinfo", "claims", "from_id_token"),
    [
        ({"groups": ["a"]}, {"name": "Ada"}, {"groups": ["a"], "name": "Ada"}, {"groups"}),
        ({"groups": ["a"]}, {"groups": ["b"]}, {"groups": ["b"]}, set()),
        ({"groups": ["a"]}, {"groups": []}, {"groups": []}, set()),
        ({"groups": ["a"]}, {"groups": None}, {"groups": ["a"]}, {"groups"}),
        ({"groups": None}, {"groups": ["a"]}, {"groups": ["a"]}, set()),
        ({"acr": "gold"}, {"acr": "silver"}, {"acr": "gold"}, set()),
        ({"hd": "example.org"}, {"hd": "another.example"}, {"hd": "example.org"}, set()),
        ({}, {"acr": "silver"}, {"acr": "silver"}, set()),
        ({"realm": {"a": 1}}, {"realm": {"b": 2}}, {"realm": {"b": 2}}, set()),
    ],
    ids=str,
)
def test_which_source_a_claim_is_taken_from(id_token, userinfo, claims, from_id_token):
    assert merge_claims(id_token, userinfo).claims == claims
    assert merge_claims(id_token, userinfo).from_id_token == from_id_token


@pytest.mark.parametrize(
    ("id_token", "userinfo", "email", "verified"),
    [
        ({"email": "a@x", "email_verified": True}, {"email": "b@y"}, "b@y", None),
        ({"email": "a@x", "email_verified": True}, {"email": "b@y", "email_verified": False}, "b@y", False),
        ({"email": "a@x", "email_verified": True}, {"email": "a@x"}, "a@x", True),
        ({"email": "a@x", "email_verified": True}, {"email": "a@x", "email_verified": False}, "a@x", False),
        ({"email": "a@x", "email_verified": True}, {}, "a@x", True),
        ({"email": "a@x"}, {"email_verified": True}, "a@x", None),
        ({"email": "a@x", "email_verified": False}, {"email_verified": True}, "a@x", False),
        ({"email_verified": True}, {"email": "b@y"}, "b@y", None),
        ({"email_verified": True}, {}, None, True),
    ],
    ids=str,
)
def test_no_source_verifies_the_address_of_the_other(id_token, userinfo, email, verified):
    claims = merge_claims(id_token, userinfo).claims
    assert claims.get("email") == email
    assert claims.get("email_verified") is verified


def test_references_of_both_count():
    id_token = {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {}}}
    userinfo = {"_claim_names": {"roles": "src1"}}
    assert merge_claims(id_token, userinfo).claims["_claim_names"] == {"groups": "src1", "roles": "src1"}
    assert merge_claims(id_token, {}).claims == id_token


@given(CLAIMS, CLAIMS)
def test_nothing_is_made_up_and_nothing_is_lost(id_token, userinfo):
    merged = merge_claims(id_token, userinfo)
    for name, value in merged.claims.items():
        if name != "_claim_names":
            assert value in (id_token.get(name), userinfo.get(name))
        if name in OF_THE_ID_TOKEN and id_token.get(name) is not None:
            assert value == id_token[name]
    sent = {name for claims in (id_token, userinfo) for name, value in claims.items() if value is not None}
    assert sent - merged.claims.keys() <= {"email_verified"}
    assert merged.from_id_token <= merged.claims.keys() - userinfo.keys() | {
        name for name, value in userinfo.items() if value is None
    }


# --- claims of other issuers -----------------------------------------------------------------------------------------


def referring(*names, **own):
    return {"sub": "alice", "_claim_names": dict.fromkeys(names, "s1") | {"unit": "s2"}, **own}


@pytest.mark.parametrize(
    ("claims", "received", "accepted", "taken"),
    [
        (referring("groups"), {"groups": ["a"]}, {"groups"}, {"groups"}),
        (referring("groups"), {"groups": ["a"], "email": "x"}, {"groups", "email"}, {"groups"}),
        (referring("groups"), {"groups": ["a"]}, {"email"}, set()),
        (referring("groups"), {"groups": None}, {"groups"}, set()),
        (referring("groups"), {}, {"groups"}, set()),
        (referring("groups", groups=["own"]), {"groups": ["a"]}, {"groups"}, set()),
        (referring("groups", groups=None), {"groups": ["a"]}, {"groups"}, {"groups"}),
        (referring("sub", "iss", "acr", "hd", "_claim_names"), dict.fromkeys(("sub", "iss", "acr", "hd", "_claim_names"), "x"),
         {"sub", "iss", "acr", "hd", "_claim_names"}, set()),
        (referring("unit"), {"unit": "x"}, {"unit"}, set()),
        (referring("email", "email_verified"), {"email": "x", "email_verified": True}, {"email", "email_verified"},
         {"email", "email_verified"}),
        (referring("email_verified", email="own"), {"email_verified": True}, {"email_verified"}, set()),
        (referring("email_verified"), {"email_verified": True}, {"email_verified"}, set()),
        (referring("email", email_verified=True), {"email": "x"}, {"email"}, set()),
    ],
)  # fmt: skip
def test_claims_of_a_source(claims, received, accepted, taken):
    merged = with_source_claims(claims, "s1", received, accepted)
    assert {name: merged[name] for name in taken} == {name: received[name] for name in taken}
    names = {name: source for name, source in claims["_claim_names"].items() if name not in taken}
    assert merged == {**claims, **{name: received[name] for name in taken}, "_claim_names": names}
