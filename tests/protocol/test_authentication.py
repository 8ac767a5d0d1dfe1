"""The demands of an authorization request, and the claims that meet them."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.errors import ClockDifference, ConfigurationError, InsufficientAuthentication
from oauthenticator_suite.protocol.authentication import AuthenticationDemand, authentication_time

NOW = 1_900_000_000.0


def check(params: dict[str, str], claims: dict[str, Any], *, requested_at: float = NOW - 100) -> None:
    AuthenticationDemand.of(params).check(claims, requested_at=requested_at, now=NOW, leeway=60.0)


def refused(params: dict[str, str], claims: dict[str, Any]) -> str:
    with pytest.raises(InsufficientAuthentication) as caught:
        check(params, claims)
    return caught.value.claim


@pytest.mark.parametrize("params", [{}, {"prompt": "consent"}, {"claims": '{"userinfo": {"email": null}}'}])
def test_nothing_demanded(params: dict[str, str]) -> None:
    assert not AuthenticationDemand.of(params).needs_id_token
    check(params, {})


@pytest.mark.parametrize("age", [0, 100, 359, 360])
def test_max_age_counts_from_the_request(age: int) -> None:
    check({"max_age": "300"}, {"auth_time": NOW - 100 - age})


@pytest.mark.parametrize("auth_time", [NOW - 100 - 361, 0, None, True, "1900000000", [], float("nan"), -1, 2**60])
def test_max_age_is_strict(auth_time: Any) -> None:
    assert refused({"max_age": "300"}, {"auth_time": auth_time}) == "auth_time"


def test_max_age_needs_the_claim() -> None:
    assert refused({"max_age": "300"}, {}) == "auth_time"


def test_an_authentication_in_the_future_is_a_difference_of_the_clocks() -> None:
    check({"max_age": "300"}, {"auth_time": NOW + 60})
    with pytest.raises(ClockDifference, match="auth_time is 90 s in the future; clock_tolerance allows 60 s") as caught:
        check({"max_age": "300"}, {"auth_time": NOW + 90})
    assert caught.value.claim == "auth_time"


def test_prompt_login_is_a_max_age_of_zero_where_there_is_a_time() -> None:
    check({"prompt": "login consent"}, {})
    check({"prompt": "login"}, {"auth_time": NOW - 150})
    assert refused({"prompt": "login"}, {"auth_time": NOW - 161}) == "auth_time"
    assert refused({"prompt": "login", "max_age": "300"}, {"auth_time": NOW - 161}) == "auth_time"


@pytest.mark.parametrize("acr", [None, "bronze", "gold silver", ["gold"], 1, True, ""])
def test_acr_is_one_of_the_values(acr: Any) -> None:
    check({"acr_values": "gold silver"}, {"acr": "silver"})
    assert refused({"acr_values": "gold silver"}, {"acr": acr}) == "acr"


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        ({}, "is missing"),
        ({"acr": "bronze"}, "is 'bronze'"),
        ({"acr": ["gold"]}, "is a list"),
        ({"acr": 1}, "is a int"),
    ],
)
def test_the_log_names_what_was_demanded_and_what_was_received(claims: dict[str, Any], says: str) -> None:
    with pytest.raises(InsufficientAuthentication, match=f": acr {says}; the request demands gold, silver$"):
        check({"acr_values": "gold silver"}, claims)


def test_the_parameter_claims() -> None:
    """Essential claims must be there, and demanded values must be met, with their types."""
    claims = {"id_token": {"acr": {"value": "gold"}, "amr": {"essential": True}, "loa": {"values": [2, 3]}, "x": None}}
    params = {"claims": json.dumps(claims)}
    check(params, {"acr": "gold", "amr": ["otp"], "loa": 3})
    assert refused(params, {"acr": "gold", "loa": 3}) == "amr"
    assert refused(params, {"acr": "gold", "amr": ["otp"], "loa": "3"}) == "loa"
    assert refused(params, {"acr": "silver", "amr": ["otp"], "loa": 3}) == "acr"
    assert AuthenticationDemand.of(params).needs_id_token


@pytest.mark.parametrize("max_age", ["", "-1", "1.5", "soon", "9" * 30, "9" * 5000, "²", "60\n"])
def test_a_max_age_that_is_no_number(max_age: str) -> None:
    with pytest.raises(ConfigurationError, match="max_age"):
        AuthenticationDemand.of({"max_age": max_age})


def test_a_max_age_is_ten_years_at_most() -> None:
    ten_years = 10 * 365 * 86400
    assert AuthenticationDemand.of({"max_age": str(ten_years)}).max_age == ten_years
    assert AuthenticationDemand.of({"max_age": "0"}).max_age == 0
    with pytest.raises(ConfigurationError, match="max_age"):
        AuthenticationDemand.of({"max_age": str(ten_years + 1)})


@pytest.mark.parametrize("claims", ["acr", "[]", "1", '{"id_token": 1}', "[" * 100_000])
def test_a_parameter_claims_that_is_malformed(claims: str) -> None:
    with pytest.raises(ConfigurationError, match="claims"):
        AuthenticationDemand.of({"claims": claims})


def test_values_in_userinfo_are_for_another_option() -> None:
    with pytest.raises(ConfigurationError, match="set required_claims instead"):
        AuthenticationDemand.of({"claims": '{"userinfo": {"group": {"values": ["staff"]}}}'})


def test_the_time_of_the_authentication() -> None:
    assert authentication_time({"auth_time": NOW}) == NOW
    assert authentication_time({"auth_time": 0}) == 0.0
    assert authentication_time({"auth_time": 2**53}) == 2.0**53
    assert authentication_time({"auth_time": 2**53 + 2}) is None
    assert authentication_time({}) is None
    assert authentication_time(None) is None


@given(
    st.dictionaries(st.sampled_from(["acr", "auth_time", "amr"]), st.none() | st.booleans() | st.text() | st.floats())
)
def test_no_claims_break_the_check(claims: dict[str, Any]) -> None:
    with suppress(InsufficientAuthentication, ClockDifference):
        check({"max_age": "60", "acr_values": "gold"}, claims)
