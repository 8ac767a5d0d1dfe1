"""Signed userinfo responses: the checks that need no key."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jwt
import pytest

from oauthenticator_suite.errors import InvalidResponse, InvalidToken
from oauthenticator_suite.protocol.id_token import Expectations, IDToken
from oauthenticator_suite.protocol.messages import Response
from oauthenticator_suite.protocol.userinfo_token import (
    JWT,
    about_userinfo,
    check_userinfo_token,
    userinfo_token,
)

NOW = 1_900_000_000.0
EXPECTED = Expectations("hub", "https://op.example", None, None, frozenset({"HS256"}))
GOOD = {"iss": "https://op.example", "aud": "hub", "sub": "alice", "groups": ["staff"]}
GONE = object()


def token(header: dict[str, Any] | None = None, **claims: Any) -> IDToken:
    """Signed by PyJWT. A claim that is GONE is left out."""
    all_claims = {name: value for name, value in {**GOOD, **claims}.items() if value is not GONE}
    return IDToken.parse(jwt.encode(all_claims, "k" * 32, "HS256", headers=header, sort_headers=False))


@pytest.mark.parametrize(
    "claims",
    [{}, {"aud": ["hub"]}, {"exp": NOW + 1}, {"iat": NOW - 10**8}, {"nbf": NOW}, {"exp": NOW + 1, "iat": NOW}],
)
def test_good_responses(claims: dict[str, Any]) -> None:
    """Times are optional, and there is no bound for the age: a userinfo response is read where it is asked for."""
    for leeway in (60.0, 0.0):
        check_userinfo_token(token(**claims), replace(EXPECTED, leeway=leeway), NOW)


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("iss", GONE),
        ("iss", "https://other.example"),
        ("aud", GONE),
        ("aud", "other"),
        ("aud", ["hub", "other"]),
        ("sub", GONE),
        ("sub", ""),
        ("exp", NOW - 61),
        ("exp", "soon"),
        ("exp", None),
        ("iat", NOW + 61),
        ("iat", None),
        ("nbf", NOW + 61),
    ],
)
def test_bad_claims(claim: str, value: Any) -> None:
    with about_userinfo(), pytest.raises(InvalidToken) as caught:
        check_userinfo_token(token(**{claim: value}), EXPECTED, NOW)
    assert caught.value.claim == ("azp" if value == ["hub", "other"] else claim)


@pytest.mark.parametrize("header", [{"typ": "at+jwt"}, {"crit": ["exp"]}, {"jwk": {}}, {"alg": "none"}])
def test_bad_headers(header: dict[str, Any]) -> None:
    good = token()
    with pytest.raises(InvalidToken) as caught:
        check_userinfo_token(IDToken({**good.header, **header}, good.claims, good.raw), EXPECTED, NOW)
    assert caught.value.claim == next(iter(header))


def test_errors_say_what_they_are_about() -> None:
    with pytest.raises(InvalidToken, match=r"^userinfo: signed response: iss is missing$"), about_userinfo():
        check_userinfo_token(token(iss=GONE), EXPECTED, NOW)


def test_the_body_is_the_token() -> None:
    assert userinfo_token(Response(200, {"content-type": JWT}, b" e30.e30.AAAA\n")) == "e30.e30.AAAA"
    with pytest.raises(InvalidResponse, match="not ASCII"):
        userinfo_token(Response(200, {"content-type": JWT}, "é".encode()))
