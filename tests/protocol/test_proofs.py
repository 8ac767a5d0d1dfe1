"""DPoP proofs and the responses to them (RFC 9449)."""

from __future__ import annotations

import re
from hashlib import sha256, sha512
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from oauthenticator_suite.errors import ConfigurationError, TokenResponseError
from oauthenticator_suite.protocol import base64url
from oauthenticator_suite.protocol.dpop import (
    CLOCK_HINT,
    ProofKey,
    challenged_error,
    check_token_type,
    nonce_in,
    wants_nonce,
    with_proof,
)
from oauthenticator_suite.protocol.messages import Request, Response
from oauthenticator_suite.protocol.provider_demands import check_demands
from oauthenticator_suite.protocol.token import authorization_scheme, process_token_response

SEED = "s" * 43
KEY = ProofKey.from_seed(SEED)
TOKEN = Request("POST", "https://login.example/token?tenant=a#part", "token request", {"Accept": "application/json"})


def proof_of(request: Request) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of the proof, whose signature PyJWT has verified with the key in its header."""
    proof = request.headers["DPoP"]
    header = jwt.get_unverified_header(proof)
    claims = jwt.decode(
        proof, jwt.PyJWK(header["jwk"], algorithm="ES256").key, ["ES256"], options={"verify_iat": False}
    )
    return header, claims


def test_the_proof_of_a_token_request() -> None:
    request = with_proof(TOKEN, KEY, now=1700000000.9, identifier="an-identifier")
    header, claims = proof_of(request)
    assert header["typ"] == "dpop+jwt"
    assert header["alg"] == "ES256"
    assert set(header["jwk"]) == {"kty", "crv", "x", "y"}, "and nothing private"
    assert claims == {
        "jti": "an-identifier",
        "htm": "POST",
        "htu": "https://login.example/token",
        "iat": 1700000000,
    }
    assert {**request.headers, "DPoP": ""} == {"Accept": "application/json", "DPoP": ""}
    assert (request.method, request.url, request.body) == (TOKEN.method, TOKEN.url, TOKEN.body)


@pytest.mark.parametrize("end", ["", "?", "?a=1", "?a=1?b=2", "?a=1#b", "?a#b?c#d", "#", "#a", "#a?b", "#a#b"])
def test_the_url_of_a_proof_has_neither_query_nor_fragment(end: str) -> None:
    """§4.2."""
    request = with_proof(Request("GET", f"https://api.example/a{end}", "api"), KEY, now=1, identifier="i")
    assert proof_of(request)[1]["htu"] == "https://api.example/a"


def test_the_proof_of_a_request_with_a_token() -> None:
    sent = Request("GET", "https://api.example/me", "userinfo", {"authorization": "Bearer t0ken", "dpop": "old"})
    request = with_proof(sent, KEY, now=5, identifier="i", nonce="n0nce", access_token="t0ken")
    _, claims = proof_of(request)
    assert claims["nonce"] == "n0nce"
    assert claims["ath"] == base64url.encode(sha256(b"t0ken").digest())
    assert set(request.headers) == {"Authorization", "DPoP"}
    assert request.headers["Authorization"] == "DPoP t0ken"


def test_a_key_is_made_from_a_seed_and_kept_as_a_jwk() -> None:
    jwk = KEY.as_jwk()
    assert set(jwk) == {"kty", "crv", "x", "y", "d"}
    again = ProofKey.from_jwk({**jwk, "kid": "ignored"})
    assert again.thumbprint == KEY.thumbprint == ProofKey.from_seed(SEED).thumbprint
    assert ProofKey.from_seed("t" * 43).thumbprint != KEY.thumbprint
    proof_of(with_proof(TOKEN, again, now=1, identifier="i"))
    assert jwk["d"] not in repr(KEY)


def test_the_key_of_a_seed_stays_the_same() -> None:
    """FIPS 186-5 §A.2.1, with the order of the curve from SEC 2 §2.4.2. A session is bound to its key for months."""
    order = int("ffffffff 00000000 ffffffff ffffffff bce6faad a7179e84 f3b9cac2 fc632551".replace(" ", ""), 16)
    number = int.from_bytes(sha512(b"DPoP key on P-256\n" + SEED.encode()).digest(), "big") % (order - 1) + 1
    assert base64url.decode(KEY.as_jwk()["d"]) == number.to_bytes(32, "big")


def test_the_thumbprint_is_that_of_rfc_7638() -> None:
    jwk = KEY.as_jwk()
    members = f'{{"crv":"P-256","kty":"EC","x":"{jwk["x"]}","y":"{jwk["y"]}"}}'
    assert KEY.thumbprint == base64url.encode(sha256(members.encode()).digest())


@pytest.mark.parametrize(
    "change",
    [
        None,
        [],
        {"kty": "RSA"},
        {"crv": "P-384"},
        {"d": None},
        {"d": "!"},
        {"d": 5},
        {"x": KEY.as_jwk()["y"]},
        {"y": ""},
    ],
)
def test_a_key_that_cannot_be_used(change: Any) -> None:
    jwk = {**KEY.as_jwk(), **change} if isinstance(change, dict) else change
    with pytest.raises(ValueError, match="not a private key on P-256") as caught:
        ProofKey.from_jwk(jwk)
    assert KEY.as_jwk()["d"] not in str(caught.value)


def test_a_key_on_another_curve() -> None:
    with pytest.raises(ValueError, match="not a private key on P-256"):
        ProofKey.from_jwk(ECKey.generate_key("P-384").as_dict(private=True))


@given(st.text(min_size=1, max_size=50).filter(lambda text: text.isprintable()))
def test_every_seed_makes_a_key(seed: str) -> None:
    assert re.fullmatch("[A-Za-z0-9_-]{43}", ProofKey.from_seed(seed).thumbprint)


# --- responses -------------------------------------------------------------------------------------------------------


def answer(status: int = 400, body: bytes = b"", **headers: str) -> Response:
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


@pytest.mark.parametrize("nonce", ["a", "eyJ7S_zG.eyJH0-Z.HX4w-7v", "n" * 1024])
def test_a_nonce(nonce: str) -> None:
    assert nonce_in(answer(dpop_nonce=nonce)) == nonce


@pytest.mark.parametrize("nonce", ["", " ", "a b", "a, b", 'a"', "a\\", "a\n", "a\r\nX: 1", "\u00e9", "n" * 1025])
def test_what_is_no_nonce(nonce: str) -> None:
    assert nonce_in(answer(dpop_nonce=nonce)) is None
    assert nonce_in(answer()) is None


@pytest.mark.parametrize(
    ("response", "wanted"),
    [
        (answer(400, b'{"error": "use_dpop_nonce"}'), True),
        (answer(401, b'{"error": "use_dpop_nonce"}'), True),
        (answer(200, b'{"error": "use_dpop_nonce"}'), False),
        (answer(500, b'{"error": "use_dpop_nonce"}'), False),
        (answer(400, b'{"error": "invalid_grant"}'), False),
        (answer(400, b'{"error": "invalid_grant", "error_description": "use_dpop_nonce"}'), False),
        (answer(400, b"use_dpop_nonce"), False),
        (answer(400, b'["use_dpop_nonce"]'), False),
        (answer(401, www_authenticate='DPoP error="use_dpop_nonce", error_description="a nonce is needed"'), True),
        (answer(401, www_authenticate='Bearer, dpop algs="ES256", error="use_dpop_nonce"'), True),
        (answer(401, www_authenticate="DPoP error=use_dpop_nonce"), True),
        (answer(401, www_authenticate='Bearer error="use_dpop_nonce"'), False),
        (answer(401, www_authenticate='DPoP error="invalid_token"'), False),
        (answer(403, www_authenticate='DPoP error="use_dpop_nonce"'), False),
    ],
)
def test_a_demand_for_a_nonce(response: Response, wanted: bool) -> None:
    assert wants_nonce(response) is wanted


def test_the_error_in_a_challenge() -> None:
    assert challenged_error(answer(401, www_authenticate='DPoP error="invalid_dpop_proof"')) == "invalid_dpop_proof"
    assert challenged_error(answer(401, www_authenticate="Bearer")) == ""
    assert challenged_error(answer(401)) == ""


def test_the_first_2048_characters_of_a_challenge_are_read() -> None:
    challenge = "DPoP error=use_dpop_nonce"
    assert wants_nonce(answer(401, www_authenticate=challenge.rjust(2048)))
    assert not wants_nonce(answer(401, www_authenticate=challenge.rjust(2049)))


@given(status=st.sampled_from([400, 401]), body=st.binary(max_size=100), challenge=st.text(max_size=200))
def test_no_response_is_an_unexpected_error(status: int, body: bytes, challenge: str) -> None:
    response = answer(status, body + b"use_dpop_nonce", www_authenticate=challenge, dpop_nonce=challenge)
    assert wants_nonce(response) in (True, False)
    assert nonce_in(response) in (None, challenge)


def test_a_challenge_is_read_in_bounded_time() -> None:
    """By steps: what is read of it is limited."""
    assert challenged_error(answer(401, www_authenticate="DPoP a," * 100_000 + ' error="use_dpop_nonce"')) == ""


@pytest.mark.parametrize("token_type", ["DPoP", "dpop", "DPOP"])
def test_fapi2_token_type_case_insensitivity(token_type: str) -> None:
    check_token_type({"token_type": token_type}, bound=True)
    assert authorization_scheme({"token_type": token_type}) == "DPoP"


@pytest.mark.parametrize(
    ("token_type", "shown"),
    [("Bearer", "Bearer"), (None, "missing"), (7, "missing"), ("mac", "mac"), ("mac " * 17, "mac " * 15 + "mac…")],
)
def test_tokens_that_are_not_bound_are_refused_after_a_proof(token_type: Any, shown: str) -> None:
    with pytest.raises(TokenResponseError, match=f"token_type is {shown}, not DPoP") as caught:
        check_token_type({"token_type": token_type}, bound=True)
    assert caught.value.error == "invalid_response"
    check_token_type({"token_type": token_type}, bound=False)


def test_bound_tokens_without_a_proof_name_the_option() -> None:
    with pytest.raises(TokenResponseError, match="set enable_dpop"):
        check_token_type({"token_type": "DPoP"}, bound=False)


@pytest.mark.parametrize(("code", "words"), [("invalid_dpop_proof", CLOCK_HINT), ("use_dpop_nonce", "set enable_dpop")])
def test_errors_about_proofs_say_what_to_do(code: str, words: str) -> None:
    response = Response(400, {"content-type": "application/json"}, f'{{"error": "{code}"}}'.encode())
    with pytest.raises(TokenResponseError) as caught:
        process_token_response(response)
    assert caught.value.error == code
    assert words in caught.value.detail


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({}, "does not offer DPoP"),
        ({"dpop_signing_alg_values_supported": []}, "only with no algorithm, and not with ES256"),
        ({"dpop_signing_alg_values_supported": ["PS256", "EdDSA"]}, "only with PS256, EdDSA, and not with ES256"),
    ],
)
def test_a_provider_that_does_not_offer_it(metadata: dict[str, Any], words: str) -> None:
    check_demands(metadata, "discovery")
    with pytest.raises(ConfigurationError, match=words) as caught:
        check_demands(metadata, "discovery", uses_dpop=True)
    assert "enable_dpop" in caught.value.detail
    check_demands({"dpop_signing_alg_values_supported": ["ES256"]}, "discovery", uses_dpop=True)
