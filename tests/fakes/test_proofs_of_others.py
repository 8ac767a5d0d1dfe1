"""The fake provider's DPoP is correct and strict: tested with requests-oauth2client, and with proofs that break one rule each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256
from secrets import token_urlsafe
from time import time
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest
import requests
from joserfc.jwk import ECKey
from requests_oauth2client import DPoPToken, OAuth2Client

from tests.fakes.openid_provider import FakeProvider
from tests.fakes.openid_provider.keys import base64url

CALLBACK = "http://127.0.0.1:9/callback"
VERIFIER = "v" * 43


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with FakeProvider() as provider:
        provider.client.redirect_uris.add(CALLBACK)
        provider.client.auth_method = "none"
        provider.is_lenient = True
        provider.proofs.mode = "required"
        yield provider


def code_of(provider: FakeProvider, **more: str) -> str:
    fields = {
        "response_type": "code",
        "client_id": "hub",
        "redirect_uri": CALLBACK,
        "scope": "openid profile",
        "state": "s",
        "nonce": "n",
        "code_challenge": base64url(sha256(VERIFIER.encode()).digest()),
        "code_challenge_method": "S256",
        **more,
    }
    answer = requests.get(f"{provider.issuer}/authorize", params=fields, allow_redirects=False, timeout=10)
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))["code"]


@pytest.mark.parametrize("nonces", [False, True])
async def test_an_independent_client(provider: FakeProvider, nonces: bool) -> None:
    """Login, userinfo and refresh, with and without nonces."""
    provider.proofs.nonces = nonces

    def visit() -> tuple[Any, Any]:
        client = OAuth2Client(
            f"{provider.issuer}/token",
            client_id="hub",
            issuer=provider.issuer,
            dpop_bound_access_tokens=True,
            testing=True,
        )
        token = client.authorization_code(
            code_of(provider), validate=False, dpop=True, redirect_uri=CALLBACK, code_verifier=VERIFIER
        )
        assert isinstance(token, DPoPToken)
        first = requests.get(f"{provider.issuer}/userinfo", auth=token, headers=JSON, timeout=10).json()
        token = client.refresh_token(token)
        second = requests.get(f"{provider.issuer}/userinfo", auth=token, headers=JSON, timeout=10).json()
        return first, second

    first, second = await asyncio.to_thread(visit)
    assert first["sub"] == second["sub"] == "subject-of-alice"
    assert len(provider.proofs.keys) == 1
    assert all("use_dpop_nonce" in refusal for refusal in provider.refusals)
    assert bool(provider.refusals) is nonces


JSON = {"Accept": "application/json"}


class Prover:
    """Makes proofs by hand; each argument breaks a rule."""

    def __init__(self, provider: FakeProvider) -> None:
        self.provider = provider
        self.key = ECKey.generate_key("P-256")

    def proof(self, method: str, path: str, header: dict[str, Any] | None = None, **claims: Any) -> str:
        right = {"jti": token_urlsafe(16), "htm": method, "htu": self.provider.issuer + path, "iat": int(time())}
        content = {name: value for name, value in {**right, **claims}.items() if value is not None}
        jwk = self.key.as_dict(private=False)
        return jwt.encode(content, self.key.raw_value, "ES256", {"typ": "dpop+jwt", "jwk": jwk, **(header or {})})

    def token(self, proof: str | None, **more: str) -> requests.Response:
        fields = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
        fields |= {"client_id": "hub", "code": code_of(self.provider, **more)}
        headers = JSON if proof is None else {**JSON, "DPoP": proof}
        return requests.post(f"{self.provider.issuer}/token", data=fields, headers=headers, timeout=10)

    def userinfo(self, token: str, proof: str | None, scheme: str = "DPoP") -> int:
        headers = {**JSON, "Authorization": f"{scheme} {token}", **({} if proof is None else {"DPoP": proof})}
        return requests.get(f"{self.provider.issuer}/userinfo", headers=headers, timeout=10).status_code


BROKEN: list[dict[str, Any]] = [
    {"htm": "GET"},
    {"htu": "https://other.example/token"},
    {"htu": None},
    {"iat": None},
    {"iat": int(time()) - 3600},
    {"jti": None},
    {"jti": "short"},
    {"ath": "x"},
    {"nonce": "made-up"},
    {"header": {"typ": "JWT"}},
    {"header": {"jwk": ECKey.generate_key("P-256").as_dict(private=False)}},
    {"header": {"jwk": ECKey.generate_key("P-256").as_dict(private=True)}},
    {"header": {"jwk": {"kty": "oct", "k": "c2VjcmV0"}}},
]


async def test_proofs_that_break_a_rule(provider: FakeProvider) -> None:
    prover = Prover(provider)

    def visit() -> None:
        for broken in BROKEN:
            answer = prover.token(prover.proof("POST", "/token", **broken))
            assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof"), broken
        assert prover.token(None).json()["error"] == "invalid_dpop_proof"
        once = prover.proof("POST", "/token")
        assert prover.token(once).status_code == 200
        assert prover.token(once).json()["error"] == "invalid_dpop_proof", "a proof is good once"
        answer = prover.token(prover.proof("POST", "/token"), dpop_jkt="another")
        assert answer.json()["error"] == "invalid_grant"

    await asyncio.to_thread(visit)


async def test_tokens_are_bound(provider: FakeProvider) -> None:
    prover, thief = Prover(provider), Prover(provider)

    def visit() -> None:
        token = prover.token(prover.proof("POST", "/token")).json()["access_token"]
        ath = base64url(sha256(token.encode()).digest())
        assert prover.userinfo(token, prover.proof("GET", "/userinfo", ath=ath)) == 200
        assert prover.userinfo(token, prover.proof("GET", "/userinfo")) == 401
        assert prover.userinfo(token, prover.proof("GET", "/userinfo", ath=ath), scheme="Bearer") == 401
        assert prover.userinfo(token, None) == 401
        assert prover.userinfo(token, thief.proof("GET", "/userinfo", ath=ath)) == 401

    await asyncio.to_thread(visit)
