"""What a challenge of RFC 9470 demands of another login."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.protocol.step_up import demanded_authentication, is_step_up, with_demand

ERROR = 'error="insufficient_user_authentication"'


@pytest.mark.parametrize(
    ("challenge", "demanded"),
    [
        (f'Bearer {ERROR}, acr_values="mfa"', {"acr_values": "mfa"}),
        (f'DPoP {ERROR}, error_description="More, please", ACR_Values="mfa phr", max_age="060"',
         {"acr_values": "mfa phr", "max_age": "60"}),
        ("Bearer error=insufficient_user_authentication, max_age=0", {"max_age": "0"}),
        (f"Bearer {ERROR}", {}),
        ('Bearer error="invalid_token", acr_values="mfa"', {}),
        (f'Bearer {ERROR}, acr_values="mfa", acr_values="none"', {}),
        (f'Bearer {ERROR}, acr_values=""', {}),
        (f'Bearer {ERROR}, acr_values="mfa  phr"', {}),
        (f'Bearer {ERROR}, acr_values="m\x7ffa"', {}),
        (f'Bearer {ERROR}, acr_values="{"a" * 201}"', {}),
        (f'Bearer {ERROR}, acr_values="{" ".join("abcdefghijk")}"', {}),
        (f'Bearer {ERROR}, acr_values="mfa", max_age="soon"', {}),
        (f'Bearer {ERROR}, acr_values="mfa", max_age="999999999"', {}),
        (f'Bearer {ERROR}, acr_values="mfa", max_age="-1"', {}),
        (f'Bearer {ERROR}, acr_values="mfa", realm="{"r" * 2000}"', {}),
    ],
)  # fmt: skip
def test_demands(challenge: str, demanded: dict[str, str]) -> None:
    """A demand that is not understood is not sent on."""
    assert demanded_authentication(challenge) == demanded


def test_the_largest_demand_that_is_sent_on() -> None:
    """2000 characters, ten contexts, and an age of ten years."""
    contexts = " ".join("abcdefghij")
    challenge = f'Bearer {ERROR}, acr_values="{contexts}", max_age=315360000, realm='.ljust(2000, "r")
    assert demanded_authentication(challenge) == {"acr_values": contexts, "max_age": "315360000"}
    assert demanded_authentication(challenge + "r") == {}
    assert demanded_authentication(challenge.replace("315360000", "315360001")) == {}


def test_a_challenge_of_this_kind() -> None:
    assert is_step_up(f"Bearer {ERROR}")
    assert not is_step_up('Bearer error="invalid_token"')


@given(st.text(alphabet='ab ="\\,m_\x00é') | st.text())
def test_hostile_text(text: str) -> None:
    """Every result can be sent in a URL, and the time is a number."""
    found = demanded_authentication(f"Bearer {ERROR}, {text}")
    assert set(found) <= {"acr_values", "max_age"}
    assert all(value.isascii() and value.isprintable() for value in found.values())
    assert found.get("max_age", "0").isdigit()


@pytest.mark.parametrize(
    ("params", "demanded", "merged"),
    [
        ({"prompt": "login"}, {}, {"prompt": "login"}),
        ({"acr_values": "gold mfa"}, {"acr_values": "mfa"}, {"acr_values": "mfa gold"}),
        ({"max_age": "60"}, {"max_age": "3600"}, {"max_age": "60"}),
        ({"max_age": "3600"}, {"max_age": "60"}, {"max_age": "60"}),
        ({}, {"acr_values": "mfa", "max_age": "0"}, {"acr_values": "mfa", "max_age": "0"}),
    ],
)
def test_the_operator_s_demand_stays(params: dict[str, str], demanded: dict[str, str], merged: dict[str, str]) -> None:
    assert with_demand(params, demanded) == merged
