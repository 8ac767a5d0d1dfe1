"""Restrictions on claims."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.policy.restrictions import has_email_in, has_required_claims, verified_email


@pytest.mark.parametrize(
    ("claims", "required", "holds"),
    [
        ({}, {}, True),
        ({"acr": "gold"}, {"acr": ["silver", "gold"]}, True),
        ({"acr": "gold"}, {"acr": "gold"}, True),
        ({"acr": "bronze"}, {"acr": ["silver", "gold"]}, False),
        ({}, {"acr": ["gold"]}, False),
        ({"acr": None}, {"acr": ["gold"]}, False),
        ({"amr": ["pwd", "otp"]}, {"amr": ["otp", "hwk"]}, True),
        ({"amr": ["pwd"]}, {"amr": ["otp"]}, False),
        ({"amr": "otp"}, {"amr": ["otp"]}, True),
        ({"org": {"unit": "physics"}}, {"org.unit": "physics"}, True),
        ({"level": 1}, {"level": True}, False),
        ({"level": "1"}, {"level": 1}, False),
        ({"a": "x", "b": "y"}, {"a": "x", "b": "z"}, False),
        ({"acr": "golden"}, {"acr": "gold"}, False),
        ({"acr": {"gold": 1}}, {"acr": "gold"}, False),
    ],
)
def test_required_claims(claims, required, holds):
    assert has_required_claims(claims, required) is holds


@pytest.mark.parametrize("verified", [True, "true"])
def test_a_vouched_for_address(verified):
    assert verified_email({"email": "ada@example.org", "email_verified": verified}) == "ada@example.org"


@pytest.mark.parametrize("verified", [False, None, 1, "yes", "True ", [True], {}])
def test_only_true_vouches(verified):
    """F71."""
    assert verified_email({"email": "ada@example.org", "email_verified": verified}) is None


@pytest.mark.parametrize(
    "email",
    [None, 5, "", "ada", "@example.org", "ada@", "ada@evil.test@example.org", "ada@@example.org", "a da@example.org",
     "ada@example.org\n", "ada@exam\u200bple.org", ["ada@example.org"]],
)  # fmt: skip
def test_an_address_has_one_at_sign(email):
    """F71; H (oauth2-proxy CVE-2026-40574): text with more than one @ is not an address."""
    assert verified_email({"email": email, "email_verified": True}) is None
    assert not has_email_in({"email": email, "email_verified": True}, {"example.org"})


@pytest.mark.parametrize(
    ("email", "inside"),
    [("ada@example.org", True), ("ada@EXAMPLE.org", True), ("ada@sub.example.org", False), ("ada@evil-example.org", False),
     ("ada@example.org.evil.test", False), ("ada@example.or", False), ("ada@\u0435xample.org", False)],
)  # fmt: skip
def test_the_whole_domain_counts(email, inside):
    """H (mod_auth_openidc host-suffix): evil-example.org does not match example.org."""
    assert has_email_in({"email": email, "email_verified": True}, {"Example.org"}) is inside


@given(
    st.dictionaries(
        st.sampled_from(["email", "email_verified", "x"]), st.none() | st.booleans() | st.text() | st.integers()
    )
)
def test_total(claims):
    email = verified_email(claims)
    assert email is None or email.count("@") == 1
    has_required_claims(claims, {"x": ["y"], "x.y": 1})
