"""The fake's client authentication by assertions and certificates, tested with PyJWT and aiohttp."""

from __future__ import annotations

import ssl
import time
from collections.abc import AsyncIterator
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import aiohttp
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from tests.fakes.openid_provider import FakeProvider
from tests.fakes.openid_provider.mutual_tls import thumbprint
from tests.hub.certificates import certificate

KEY, OTHER = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
GONE = object()


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with FakeProvider() as made:
        made.client.auth_method = "private_key_jwt"
        public = jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
        made.client.jwks = [{**public, "kid": "one"}]
        yield made


def assertion(provider: FakeProvider, key: Any = KEY, header: Any = None, alg: str = "ES256", **changes: Any) -> str:
    now = int(time.time())
    claims = {"iss": "hub", "sub": "hub", "aud": provider.issuer, "jti": token_urlsafe(24)}
    claims |= {"iat": now - 5, "nbf": now - 5, "exp": now + 50} | changes
    claims = {name: value for name, value in claims.items() if value is not GONE}
    return jwt.encode(claims, key, alg, {"kid": "one", "typ": "client-authentication+jwt", **(header or {})})


async def error_of(provider: FakeProvider, token: str, **fields: str) -> str:
    """The error of a token request with an unknown code: ``invalid_grant`` when the client was authenticated."""
    form = {"grant_type": "authorization_code", "code": "x", "redirect_uri": "x", "code_verifier": "v" * 43}
    form |= {"client_id": "hub", "client_assertion": token}
    form |= {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", **fields}
    headers = {"Accept": "application/json"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{provider.origin}/token", data=form, headers=headers) as response,
    ):
        return str((await response.json())["error"])


async def test_a_good_assertion_is_accepted_once(provider: FakeProvider) -> None:
    token = assertion(provider)
    assert await error_of(provider, token) == "invalid_grant"
    assert await error_of(provider, token) == "invalid_client"


WRONG: dict[str, dict[str, Any]] = {
    "another key": {"key": OTHER},
    "another audience": {"aud": "https://another.example"},
    "a list of audiences": {"aud": ["https://op.example"]},
    "another issuer": {"iss": "another"},
    "another subject": {"sub": "another"},
    "expired": {"exp": 1},
    "no end": {"exp": GONE},
    "too long": {"exp": int(time.time()) + 3600},
    "of the future": {"iat": int(time.time()) + 3600, "nbf": int(time.time()) + 3600},
    "no jti": {"jti": GONE},
    "a short jti": {"jti": "short"},
    "an unknown claim": {"extra": 1},
    "typ JWT": {"header": {"typ": "JWT"}},
    "typ of a request object": {"header": {"typ": "oauth-authz-req+jwt"}},
    "an unknown kid": {"header": {"kid": "two"}},
    "signed with a secret": {"key": "s" * 32, "alg": "HS256"},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
async def test_a_wrong_assertion_is_refused(wrong: dict[str, Any], provider: FakeProvider) -> None:
    assert await error_of(provider, assertion(provider, **wrong)) == "invalid_client"


async def test_the_token_endpoint_is_no_audience(provider: FakeProvider) -> None:
    assert await error_of(provider, assertion(provider, aud=f"{provider.issuer}/token")) == "invalid_client"
    assert await error_of(provider, assertion(provider, aud=[provider.issuer])) == "invalid_client"


async def test_other_credentials_are_refused(provider: FakeProvider) -> None:
    assert await error_of(provider, assertion(provider), client_secret="s") == "invalid_client"
    assert await error_of(provider, assertion(provider), client_assertion_type="x") == "invalid_client"
    assert await error_of(provider, "no token") == "invalid_client"


async def test_a_certificate_is_demanded_and_compared(provider: FakeProvider, tmp_path: Path) -> None:
    authority = certificate("authority", authority=True)
    server = certificate("127.0.0.1", signed_by=authority).save(tmp_path / "server.pem")
    origin = await provider.listen_with_tls(server, authority.save(tmp_path / "authority.pem"))
    own = certificate("hub.example", signed_by=authority)
    own.save(tmp_path / "own.pem")
    form = {"grant_type": "refresh_token", "refresh_token": "x", "client_id": "hub"}

    async def asked(file: str = "") -> str:
        context = ssl.create_default_context(cafile=str(tmp_path / "authority.pem"))
        if file:
            context.load_cert_chain(tmp_path / file)
        headers = {"Accept": "application/json"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{origin}/token", data=form, headers=headers, ssl=context) as response,
        ):
            return str((await response.json())["error"])

    provider.client.auth_method, provider.client.tls_subject = "tls_client_auth", "CN=hub.example"
    assert await asked("own.pem") == "invalid_grant"
    provider.client.tls_subject = "CN=another"
    assert await asked("own.pem") == "invalid_client"
    provider.client.auth_method = "self_signed_tls_client_auth"
    assert await asked("own.pem") == "invalid_client"
    provider.client.certificates = {thumbprint(own.certificate.public_bytes(Encoding.DER))}
    assert await asked("own.pem") == "invalid_grant"
    with pytest.raises(aiohttp.ClientError):
        await asked()
