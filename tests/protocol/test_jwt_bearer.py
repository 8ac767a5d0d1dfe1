"""Assertions of service accounts (RFC 7523), read by another library."""

from __future__ import annotations

from urllib.parse import parse_qs

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.protocol.jwt_bearer import GRANT_TYPE, ServiceAccount

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
NOW = 1_800_000_000.7


def pem(key=KEY) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def key_file(**changes: object) -> dict[str, object]:
    good = {
        "type": "service_account",
        "client_email": "hub@project.iam.gserviceaccount.com",
        "private_key": pem(),
        "private_key_id": "key-1",
        "token_uri": "https://oauth2.example/token",
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def test_the_assertion() -> None:
    account = ServiceAccount.of(key_file(), "the key")
    request = account.token_request(subject="admin@example.org", scope="a-scope", now=NOW)
    assert (request.method, request.url) == ("POST", "https://oauth2.example/token")
    assert request.configured, "the operator has chosen the key file, and so the host in it"
    fields = {name: values[0] for name, values in parse_qs((request.body or b"").decode()).items()}
    assertion = fields.pop("assertion")
    assert fields == {"grant_type": GRANT_TYPE}
    assert jwt.get_unverified_header(assertion) == {"alg": "RS256", "typ": "JWT", "kid": "key-1"}
    options = {"verify_exp": False, "verify_iat": False}
    assert jwt.decode(assertion, KEY.public_key(), ["RS256"], options, audience="https://oauth2.example/token") == {
        "iss": "hub@project.iam.gserviceaccount.com",
        "sub": "admin@example.org",
        "scope": "a-scope",
        "aud": "https://oauth2.example/token",
        "iat": 1_800_000_000,
        "exp": 1_800_003_600,
    }
    assert "PRIVATE" not in repr(account) + repr(request)


def test_google_is_where_no_token_uri_says_else() -> None:
    assert ServiceAccount.of(key_file(token_uri=None), "the key").token_uri == "https://oauth2.googleapis.com/token"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"client_email": None}, "client_email is missing"),
        ({"private_key": ""}, "private_key is missing"),
        ({"private_key_id": 7}, "private_key_id is missing"),
        ({"private_key": "no PEM"}, "not an RSA key"),
        ({"private_key": pem(ec.generate_private_key(ec.SECP256R1()))}, "not an RSA key"),
        ({"token_uri": "http://oauth2.example/token"}, "token_uri"),
    ],
)
def test_a_key_file_that_is_none(changes: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigurationError, match=f"the key.*{says}"):
        ServiceAccount.of(key_file(**changes), "the key")
