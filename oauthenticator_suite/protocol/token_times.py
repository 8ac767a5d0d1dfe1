"""The times in a token: when it was issued, and from when and until when it is valid (RFC 7519 §4.1)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..errors import ClockDifference, InvalidToken

LATEST_DATE = 2**53
"""The latest time that a token may state. Above it, a double cannot represent every second (RFC 7493 §2.2)."""


def check_times(claims: Mapping[str, Any], now: float, leeway: float) -> None:
    """Check ``exp``, ``iat`` and ``nbf`` against this clock, with a tolerance of `leeway` seconds.

    `now` is in seconds since 1970.

    Raises
    ------
    ClockDifference
        If the token is not valid now by this clock.
    InvalidToken
        If a claim is missing, or not a time.
    """
    expired, early = now - _date(claims, "exp"), _date(claims, "iat") - now
    unusable = _date(claims, "nbf") - now if "nbf" in claims else 0.0
    if expired >= leeway:
        problem = f"expired {_seconds(expired)} ago"
        # It was issued just now: its age is the difference of the clocks, unless the provider sends old tokens.
        hint = f" It was issued {_seconds(-early)} ago. If it is new, the Hub's clock is ahead by that."
        raise _difference("exp", problem, leeway, hint if -early >= leeway else "")
    if early > leeway:
        raise _difference("iat", f"issued {_seconds(early)} in the future: the Hub's clock is behind by that", leeway)
    if unusable > leeway:
        raise _difference("nbf", f"valid only in {_seconds(unusable)}: the Hub's clock is behind by that", leeway)


def check_age(claims: Mapping[str, Any], now: float, max_age: float | None, leeway: float) -> None:
    """Refuse a token that the provider has kept for long: it was not issued for this login.

    `max_age` is in seconds, with the same tolerance; None for any age. Raises `InvalidToken`.
    """
    age = now - _date(claims, "iat")
    if max_age is not None and age > max_age + leeway:
        raise InvalidToken(
            "iat",
            f"ID token: issued {_seconds(age)} ago; a login accepts an ID token for {max_age:g} s and "
            "clock_tolerance. The provider sends an old token, or the Hub's clock is ahead of the provider's",
        )


def _difference(claim: str, problem: str, leeway: float, hint: str = "") -> ClockDifference:
    allowed = f"clock_tolerance allows {leeway:g} s. Please set the clocks of the Hub and the provider"
    return ClockDifference(claim, f"ID token: {problem}; {allowed}.{hint}")


def _date(claims: Mapping[str, Any], name: str) -> float:
    """Return a NumericDate claim (RFC 7519 §2). Strings, booleans and implausible values are refused."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        problem = "is missing" if name not in claims else f"is of type {type(value).__name__}"
        raise InvalidToken(name, f"ID token: {name} {problem}")
    if not math.isfinite(value) or not 0 <= value <= LATEST_DATE:
        raise InvalidToken(name, f"ID token: {name} is not a time")
    return value


def _seconds(difference: float) -> str:
    return f"{difference:.0f} s" if difference < 86400 else "more than a day"
