"""The times of a token: which are accepted, and what the operator reads about the clocks."""

from __future__ import annotations

from typing import Any

import pytest

from oauthenticator_suite.errors import ClockDifference, InvalidToken
from oauthenticator_suite.protocol.token_times import LATEST_DATE, check_age, check_times

NOW = 1_900_000_000.0
GOOD = {"iat": NOW, "exp": NOW + 300}
FIX = "clock_tolerance allows 60 s. Please set the clocks of the Hub and the provider."


def difference(leeway: float = 60.0, **changes: float) -> ClockDifference:
    with pytest.raises(ClockDifference) as caught:
        check_times({**GOOD, **changes}, NOW, leeway)
    return caught.value


@pytest.mark.parametrize("leeway", [0.0, 60.0])
def test_the_tolerance_is_exact(leeway: float) -> None:
    """RFC 7519 §4.1.4 to §4.1.6: a token is expired *on* the time of ``exp``, and valid on those of the others."""
    check_times({"iat": NOW + leeway, "nbf": NOW + leeway, "exp": NOW - leeway + 0.5}, NOW, leeway)
    check_times({"iat": 0, "exp": LATEST_DATE}, NOW, leeway)
    for name, value in (("exp", NOW - leeway), ("iat", NOW + leeway + 0.5), ("nbf", NOW + leeway + 0.5)):
        assert difference(leeway, **{name: value}).claim == name


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_a_time_in_the_future_names_the_option_and_the_fix(claim: str) -> None:
    detail = difference(**{claim: NOW + 100}).detail
    assert " 100 s" in detail
    assert detail.endswith(f": the Hub's clock is behind by that; {FIX}")


@pytest.mark.parametrize(("issued", "explained"), [(600, True), (60, True), (59, False), (0, False), (-30, False)])
def test_an_expired_token_may_be_new(issued: int, explained: bool) -> None:
    """Then its age is how far the Hub's clock is ahead. A clock within the tolerance does not explain it."""
    detail = difference(iat=NOW - issued, exp=NOW - 100).detail
    hint = f" It was issued {issued} s ago. If it is new, the Hub's clock is ahead by that." if explained else ""
    assert detail == f"ID token: expired 100 s ago; {FIX}{hint}"


@pytest.mark.parametrize(
    ("seconds", "shown"), [(61, "61 s"), (86_399, "86399 s"), (86_400, "more than a day"), (1e9, "more than a day")]
)
def test_a_difference_of_days_is_not_given_in_seconds(seconds: float, shown: str) -> None:
    assert f"expired {shown} ago" in difference(exp=NOW - seconds).detail


def test_a_login_accepts_tokens_up_to_an_age() -> None:
    check_age({"iat": NOW - 660}, NOW, 600.0, 60.0)
    check_age({"iat": NOW - 10**8}, NOW, None, 60.0)
    with pytest.raises(InvalidToken) as caught:
        check_age({"iat": NOW - 660.5}, NOW, 600.0, 60.0)
    assert (type(caught.value), caught.value.claim) == (InvalidToken, "iat")


@pytest.mark.parametrize("value", ["1900000000", None, True, [NOW], -1, 2**53 + 2, float("inf"), float("nan")])
@pytest.mark.parametrize("name", ["iat", "nbf", "exp"])
def test_what_is_no_time_is_no_difference_of_clocks(name: str, value: Any) -> None:
    """A session goes on when the clocks differ, but not with a malformed token, expired or not."""
    problem = "is not a time" if type(value) in (int, float) else ""
    with pytest.raises(InvalidToken) as caught:
        check_times({"iat": NOW + 100, "nbf": NOW + 100, "exp": NOW - 100, name: value}, NOW, 60.0)
    assert (type(caught.value), caught.value.claim) == (InvalidToken, name)
    assert caught.value.detail == f"ID token: {name} {problem or f'is of type {type(value).__name__}'}"


@pytest.mark.parametrize("name", ["iat", "exp"])
def test_a_missing_time_is_called_missing(name: str) -> None:
    with pytest.raises(InvalidToken, match=f"^ID token: {name} is missing$"):
        check_times({each: time for each, time in GOOD.items() if each != name}, NOW, 60.0)
