"""The fake provider's front channel is right and strict: checked by Authlib, by PyJWT, and by requests that break a rule."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from html import unescape
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import aiohttp
import jwt
import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey, KeySet

from tests.fakes.openid_provider import FakeProvider
from tests.fakes.test_openid_provider import CALLBACK, SCOPE, HandClient

KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with FakeProvider() as provider:
        provider.client.redirect_uris.add(CALLBACK)
        public = jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
        provider.client.request_object_keys = KeySet([ECKey.import_key({**public, "kid": "k"})])
        yield provider


@pytest.fixture
async def client(provider: FakeProvider) -> AsyncIterator[HandClient]:
    async with aiohttp.ClientSession() as session:
        yield HandClient(provider, session)


def pushed_login_with_authlib(issuer: str, secret: str) -> dict[str, Any]:
    """Authlib authenticates the client at both endpoints, and exchanges the code."""
    verifier = token_urlsafe(48)
    with OAuth2Session(
        "authlib", secret, redirect_uri=CALLBACK, scope=SCOPE, code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_post",
    ) as authlib:  # fmt: skip
        url, state = authlib.create_authorization_url(f"{issuer}/authorize", code_verifier=verifier, nonce="n")
        fields = {**dict(parse_qsl(urlsplit(url).query)), "client_secret": secret}
        headers = {"Accept": "application/json"}
        pushed = requests.post(f"{issuer}/par", data=fields, headers=headers, timeout=10)
        query = urlencode({"client_id": "authlib", "request_uri": pushed.json()["request_uri"]})
        answer = requests.get(f"{issuer}/authorize?{query}", allow_redirects=False, timeout=10)
        token = authlib.fetch_token(
            f"{issuer}/token",
            authorization_response=answer.headers["Location"],
            state=state,
            code_verifier=verifier,
        )
    return {"status": pushed.status_code, "pushed": pushed.json(), "token": dict(token)}


async def test_authlib_pushes_its_request(provider: FakeProvider) -> None:
    provider.register("authlib", "secret", redirect_uris={CALLBACK}, auth_method="client_secret_post")
    provider.requires_par = True
    seen = await asyncio.to_thread(pushed_login_with_authlib, provider.issuer, "secret")
    assert seen["status"] == 201
    assert seen["pushed"]["expires_in"] == 60
    assert "id_token" in seen["token"]
    assert provider.refusals == []


async def push(client: HandClient, **changes: str | None) -> tuple[int, dict[str, Any]]:
    return await client.post(client.question(**changes), path="/par")


async def test_a_reference_is_good_once(provider: FakeProvider, client: HandClient) -> None:
    _, pushed = await push(client)
    everything_else = dict.fromkeys(client.question())
    asked = {**everything_else, "client_id": "hub", "request_uri": pushed["request_uri"]}
    assert "code" in await client.authorize(**asked)
    assert (await client.authorize(**asked))["error"] == "invalid_request_uri"


async def test_a_reference_expires(provider: FakeProvider, client: HandClient) -> None:
    provider.request_uri_lifetime = -1
    _, pushed = await push(client)
    asked = {**dict.fromkeys(client.question()), "client_id": "hub", "request_uri": pushed["request_uri"]}
    assert (await client.authorize(**asked))["error"] == "invalid_request_uri"


async def test_a_reference_of_another_client(provider: FakeProvider, client: HandClient) -> None:
    provider.register("other", "s", redirect_uris={CALLBACK})
    _, pushed = await push(client)
    asked = {**dict.fromkeys(client.question()), "client_id": "other", "request_uri": pushed["request_uri"]}
    assert (await client.authorize(**asked))["error"] == "invalid_request_uri"


async def test_parameters_next_to_a_reference(provider: FakeProvider, client: HandClient) -> None:
    _, pushed = await push(client)
    assert (await client.authorize(request_uri=pushed["request_uri"]))["error"] == "invalid_request"


async def test_only_pushed_requests(provider: FakeProvider, client: HandClient) -> None:
    provider.requires_par = True
    assert (await client.authorize())["error"] == "invalid_request"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": None}, "invalid_request"),
        ({"client_id": "other"}, "invalid_request"),
        ({"redirect_uri": "https://elsewhere.example"}, "invalid_request"),
        ({"state": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"nonce": None}, "invalid_request"),
        ({"scope": "root"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"request_uri": "urn:a"}, "invalid_request"),
    ],
)
async def test_a_pushed_request_follows_the_rules(client: HandClient, changes: dict[str, Any], error: str) -> None:
    status, reply = await push(client, **changes)
    assert (status, reply["error"]) == (400, error)


async def test_a_pushed_request_is_authenticated(provider: FakeProvider, client: HandClient) -> None:
    status, reply = await client.post(client.question(), headers={}, path="/par")
    assert (status, reply["error"]) == (401, "invalid_client")


# --- request objects, made by PyJWT ----------------------------------------------------------------------------------


def made_by_pyjwt(client: HandClient, header: dict[str, Any] | None = None, **changes: Any) -> str:
    now = int(time.time())
    claims = {
        **client.question(),
        "iss": "hub",
        "aud": client.provider.issuer,
        "iat": now,
        "nbf": now,
        "exp": now + 60,
        "jti": token_urlsafe(8),
        **changes,
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, KEY, "ES256", {"kid": "k", "typ": "oauth-authz-req+jwt", **(header or {})})


OUTSIDE = {"client_id": "hub", "response_type": "code", "scope": "openid"}


async def test_a_request_object_of_pyjwt(provider: FakeProvider, client: HandClient) -> None:
    provider.requires_signed_requests = True
    everything_else = dict.fromkeys(client.question())
    assert "code" in await client.authorize(**{**everything_else, **OUTSIDE, "request": made_by_pyjwt(client)})
    status, _ = await client.post({"client_id": "hub", "request": made_by_pyjwt(client)}, path="/par")
    assert status == 201
    assert provider.refusals == []


@pytest.mark.parametrize(
    ("header", "changes"),
    [
        ({"typ": "JWT"}, {}),
        ({}, {"iss": "other"}),
        ({}, {"aud": "https://other.example"}),
        ({}, {"exp": 1}),
        ({}, {"exp": None}),
        ({}, {"nbf": int(time.time()) + 3600}),
        ({}, {"nbf": 1}),
        ({}, {"jti": None}),
        ({}, {"client_id": "other"}),
        ({}, {"request_uri": "urn:a"}),
    ],
)
async def test_a_request_object_follows_the_rules(
    client: HandClient, header: dict[str, Any], changes: dict[str, Any]
) -> None:
    request = made_by_pyjwt(client, header, **changes)
    _, reply = await client.post({"client_id": "hub", "request": request}, path="/par")
    assert reply["error"] == "invalid_request_object"


async def test_a_request_object_is_good_once(client: HandClient) -> None:
    fields = {"client_id": "hub", "request": made_by_pyjwt(client)}
    assert (await client.post(fields, path="/par"))[0] == 201
    assert (await client.post(fields, path="/par"))[1]["error"] == "invalid_request_object"


async def test_an_unsigned_request_object(client: HandClient) -> None:
    unsigned = jwt.encode(client.question(), None, algorithm="none", headers={"typ": "oauth-authz-req+jwt"})
    _, reply = await client.post({"client_id": "hub", "request": unsigned}, path="/par")
    assert reply["error"] == "invalid_request_object"


@pytest.mark.parametrize("outside", [{"response_type": None}, {"scope": None}, {"state": "s"}])
async def test_what_is_outside(client: HandClient, outside: dict[str, Any]) -> None:
    asked = {**dict.fromkeys(client.question()), **OUTSIDE, "request": made_by_pyjwt(client), **outside}
    assert (await client.authorize(**asked))["error"] == "invalid_request"


async def test_only_signed_requests(provider: FakeProvider, client: HandClient) -> None:
    provider.requires_signed_requests = True
    assert (await client.authorize())["error"] == "invalid_request"
    assert (await push(client))[1]["error"] == "invalid_request"


# --- responses, read by PyJWT ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["jwt", "query.jwt"])
async def test_a_signed_response_is_verified_by_pyjwt(provider: FakeProvider, client: HandClient, mode: str) -> None:
    now = provider.clock()
    provider.clock = lambda: now
    answer = await client.authorize(response_mode=mode)
    assert answer.keys() == {"response"}
    key = jwt.PyJWK(provider.keys.jwks()["keys"][0])
    claims = jwt.decode(answer["response"], key, ["RS256"], audience="hub", issuer=provider.issuer)
    assert claims["state"] == "the-state"
    assert claims["code"] in provider.codes_issued
    assert claims["exp"] == int(now) + 600


@pytest.mark.parametrize(("mode", "names"), [("form_post", {"code", "state", "iss"}), ("form_post.jwt", {"response"})])
async def test_a_page_with_a_form(provider: FakeProvider, client: HandClient, mode: str, names: set[str]) -> None:
    url = f"{provider.issuer}/authorize?{urlencode(client.question(response_mode=mode))}"
    async with client.session.get(url) as response:
        page = await response.text()
    assert response.status == 200
    assert re.search(r'<form method="post" action="([^"]*)"', page)[1] == CALLBACK
    fields = dict(re.findall(r'name="([^"]*)" value="([^"]*)"', page))
    assert fields.keys() == names
    assert mode != "form_post" or unescape(fields["state"]) == "the-state"


async def test_an_unknown_mode(client: HandClient) -> None:
    assert (await client.authorize(response_mode="fragment"))["error"] == "invalid_request"
