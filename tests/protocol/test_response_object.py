"""response_object: a signed authorization response (JARM), and everything that is not one."""

from typing import Any

import pytest
from joserfc.jwk import RSAKey
from joserfc.jwt import encode

from oauthenticator_suite.errors import AuthorizationResponseError, InvalidToken
from oauthenticator_suite.protocol.id_token import Expectations, IDToken
from oauthenticator_suite.protocol.response_object import (
    MAX_LIFETIME,
    check_response,
    parse_response,
    refusal,
    response_parameters,
)

NOW = 1_800_000_000.0
KEY = RSAKey.generate_key(2048)
CLAIMS: dict[str, Any] = {"iss": "https://op.example", "aud": "hub", "exp": NOW + 300, "code": "c", "state": "s"}
EXPECTED = Expectations("hub", "https://op.example", None, None, frozenset({"RS256"}), 60.0)
GONE = object()


def signed(header: dict[str, Any] | None = None, **changes: Any) -> str:
    claims = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not GONE}
    return encode({"alg": "RS256", **(header or {})}, claims, KEY)


def check(raw: str) -> None:
    check_response(IDToken.parse(raw), EXPECTED, NOW)


def test_a_good_response() -> None:
    token = parse_response({"response": signed()})
    check_response(token, EXPECTED, NOW)
    assert response_parameters(token.claims) == {"iss": "https://op.example", "aud": "hub", "code": "c", "state": "s"}


@pytest.mark.parametrize(
    ("params", "error", "says"),
    [
        ({}, "invalid_response_mode", "not a signed JWT"),
        ({"code": "c", "state": "s"}, "invalid_response_mode", "not a signed JWT, and response_mode demands one$"),
        ({"error": "access_denied", "state": "s"}, "invalid_response_mode", "it says: access_denied"),
        ({"response": signed(), "code": "c"}, "invalid_response_mode", "next to a signed response"),
        ({"response": signed(), "state": "s"}, "invalid_response_mode", "next to a signed response"),
        ({"response": signed(), "error": "e"}, "invalid_response_mode", "next to a signed response"),
        ({"response": "e30.e30"}, "invalid_response_object", "2 parts"),
        ({"response": "e30.e30."}, "invalid_response_object", "not signed"),
        ({"response": "a.b.c.d.e"}, "invalid_response_object", "encrypted"),
        ({"response": "!.e30.AAAA"}, "invalid_response_object", "header"),
        ({"response": "a" * 70_000}, "invalid_response_object", "70000 characters"),
    ],
)
def test_anything_else_is_refused(params: dict[str, str], error: str, says: str) -> None:
    with pytest.raises(AuthorizationResponseError, match=says) as caught:
        parse_response(params)
    assert caught.value.error == error
    assert caught.value.status == 400
    assert "ID token" not in caught.value.detail


@pytest.mark.parametrize(
    ("raw", "claim"),
    [
        (signed(iss="https://other.example"), "iss"),
        (signed(iss=GONE), "iss"),
        (signed(aud="another"), "aud"),
        (signed(aud=GONE), "aud"),
        (signed(aud=["hub", "another"]), "azp"),
        (signed(exp=GONE), "exp"),
        (signed(exp="soon"), "exp"),
        (signed(exp=NOW - 61), "exp"),
        (signed(exp=NOW + MAX_LIFETIME + 61), "exp"),
        (signed(iat=NOW + 3600), "iat"),
        (signed(iat="now"), "iat"),
        (signed(nbf=NOW + 3600), "nbf"),
        (signed({"typ": "at+jwt"}), "typ"),
        (signed({"typ": "logout+jwt"}), "typ"),
        ("eyJhbGciOiJub25lIn0.e30.AAAA", "alg"),
        ("eyJhbGciOiJIUzI1NiJ9.e30.AAAA", "alg"),
        ("eyJhbGciOiJSUzI1NiIsImp3ayI6e319.e30.AAAA", "jwk"),
    ],
)
def test_each_check(raw: str, claim: str) -> None:
    """JARM §2.4, RFC 8725."""
    with pytest.raises(InvalidToken) as caught:
        check(raw)
    assert caught.value.claim == claim
    error = refusal(caught.value)
    assert (error.error, error.status) == ("invalid_response_object", 400)
    assert error.detail.startswith("callback: the signed response: ")
    assert ("id_token_signed_response_alg" in error.detail) is (claim == "alg")


def test_what_may_be_there() -> None:
    for raw in (signed(aud=["hub"]), signed(exp=NOW + MAX_LIFETIME + 60), signed(iat=NOW), signed({"typ": "JWT"})):
        check(raw)


def test_parameters_that_are_no_text_are_left_out() -> None:
    assert response_parameters({"code": 7, "state": None, "iss": ["a"], "error": "", "expires_in": 7}) == {}
