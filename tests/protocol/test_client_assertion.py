"""Client assertions: what they say, how they are signed, and which tokens of a platform are sent."""

from __future__ import annotations

import json
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, RSAKey

from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.protocol import base64url
from oauthenticator_suite.protocol.client_assertion import (
    MAX_FEDERATED_TOKEN,
    assertion_claims,
    federated_assertion,
    secret_assertion,
    signed_assertion,
)
from oauthenticator_suite.protocol.client_keys import read_client_keys

NOW = 1_800_000_000.5
CLAIMS = assertion_claims("hub", "https://op.example", jti="one", now=NOW)
EC_FILE = json.dumps(ECKey.generate_key("P-256").as_dict(private=True))
RSA_FILE = json.dumps(RSAKey.generate_key(2048).as_dict(private=True))
SECRET = "s" * 48


def test_the_claims_are_those_of_the_standard_and_the_audience_is_one_string() -> None:
    assert assertion_claims("hub", "https://op.example", jti="one", now=NOW) == {
        "iss": "hub",
        "sub": "hub",
        "aud": "https://op.example",
        "jti": "one",
        "iat": 1_799_999_990,
        "nbf": 1_799_999_990,
        "exp": 1_800_000_050,
    }


@pytest.mark.parametrize(
    ("file", "offered", "alg"),
    [(EC_FILE, None, "ES256"), (RSA_FILE, None, "RS256"), (RSA_FILE, ["ES256", "PS256"], "PS256")],
)
def test_a_key_signs(file: str, offered: list[str] | None, alg: str) -> None:
    (key,) = read_client_keys(file, "the file")
    token = signed_assertion(key, CLAIMS, offered)
    assert jwt.get_unverified_header(token) == {"alg": alg, "typ": "client-authentication+jwt", "kid": key.kid}
    options: Any = {"verify_exp": False, "verify_aud": False, "verify_iat": False, "verify_nbf": False}
    assert jwt.decode(token, jwt.PyJWK(key.public(), alg), [alg], options) == CLAIMS
    assert jwt.get_unverified_header(signed_assertion(key, CLAIMS, offered, typ="JWT"))["typ"] == "JWT"


def test_a_key_that_the_provider_does_not_accept() -> None:
    (key,) = read_client_keys(EC_FILE, "the file")
    with pytest.raises(ConfigurationError, match=r"client_key_file: the key signs with ES256, .* only 'RS256'"):
        signed_assertion(key, CLAIMS, ["RS256"])


@pytest.mark.parametrize(
    ("offered", "alg"), [(None, "HS256"), (["RS256", "HS384"], "HS384"), (["HS512", "HS256"], "HS256")]
)
def test_a_secret_signs(offered: list[str] | None, alg: str) -> None:
    token = secret_assertion(SECRET, CLAIMS, offered)
    assert jwt.get_unverified_header(token) == {"alg": alg, "typ": "client-authentication+jwt"}
    options: Any = {"verify_exp": False, "verify_aud": False, "verify_iat": False, "verify_nbf": False}
    assert jwt.decode(token, SECRET, [alg], options) == CLAIMS


@pytest.mark.parametrize(
    ("secret", "offered", "reason"),
    [
        ("s" * 31, None, "fewer than 32 bytes"),
        (SECRET, ["HS512"], "fewer than 64 bytes"),
        (SECRET, ["RS256"], "HS256, HS384 and HS512 only"),
        (SECRET, [], "HS256, HS384 and HS512 only"),
    ],
)
def test_a_secret_that_cannot_sign(secret: str, offered: list[str] | None, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=f"'client_secret_jwt'.*{reason}") as caught:
        secret_assertion(secret, CLAIMS, offered)
    assert secret not in caught.value.detail


# --- tokens of a platform ---------------------------------------------------------------------------------------------


def token(header: Any, payload: Any, signature: bytes = b"signature") -> str:
    parts = [json.dumps(part) if not isinstance(part, str) else part for part in (header, payload)]
    return ".".join([*(base64url.encode(part.encode()) for part in parts), base64url.encode(signature)])


GOOD = token({"alg": "RS256", "kid": "k"}, {"exp": NOW + 600, "sub": "system:serviceaccount:jhub:hub"})


def test_the_largest_token() -> None:
    start = token({"alg": "RS256"}, {"exp": NOW + 600}, b"")
    largest = start + "A" * (MAX_FEDERATED_TOKEN - len(start))
    assert federated_assertion(f"{largest}\n", "the file", now=NOW) == largest


@pytest.mark.parametrize("around", ["{}", "{}\n", "\n {}\r\n"])
def test_a_token_is_sent_as_it_is(around: str) -> None:
    assert federated_assertion(around.format(GOOD), "the file", now=NOW) == GOOD


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("", "is empty", id="empty"),
        pytest.param(" \n", "is empty", id="blank"),
        pytest.param("a" * (MAX_FEDERATED_TOKEN + 1), "more than 65536 bytes", id="large"),
        pytest.param("canary", "does not hold a signed JWT", id="a secret"),
        pytest.param(GOOD + "\n" + GOOD, "does not hold a signed JWT", id="two"),
        pytest.param(GOOD.rpartition(".")[0] + ".", "does not hold a signed JWT", id="unsigned"),
        pytest.param(token({"alg": "none"}, {"exp": NOW + 600}), "does not hold a signed JWT", id="none"),
        pytest.param(token({}, {"exp": NOW + 600}), "does not hold a signed JWT", id="no alg"),
        pytest.param(token({"alg": "RS256"}, "[]"), "does not hold a signed JWT", id="no object"),
        pytest.param(token({"alg": "RS256"}, {}), "without exp", id="no exp"),
        pytest.param(token({"alg": "RS256"}, {"exp": True}), "without exp", id="exp is a flag"),
        pytest.param(token({"alg": "RS256"}, {"exp": "9999999999"}), "without exp", id="exp is a text"),
        pytest.param(token({"alg": "RS256"}, {"exp": NOW - 100}), "expired 100 s ago", id="expired"),
        pytest.param(token({"alg": "RS256"}, {"exp": NOW}), "expired 0 s ago", id="expires now"),
    ],
)
def test_a_token_that_no_provider_could_accept(text: str, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason) as caught:
        federated_assertion(text, "the file", now=NOW)
    assert "canary" not in caught.value.detail


@given(st.text(alphabet=st.characters(max_codepoint=0x2FF), max_size=300) | st.from_regex(r"[\w-]*\.[\w-]*\.[\w-]*"))
def test_any_text_is_refused_or_sent_as_it_is(text: str) -> None:
    try:
        sent = federated_assertion(text, "the file", now=NOW)
    except ConfigurationError:
        return
    assert sent == text.strip()
