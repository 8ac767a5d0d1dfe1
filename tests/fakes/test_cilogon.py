"""The fake CILogon answers like the documented server, and refuses what that server refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from tests.fakes.cilogon import CAMPUS, FakeCILogon

pytestmark = pytest.mark.asyncio
REDIRECT_URI = "http://hub.example/callback"
VERIFIER, CHALLENGE = "v" * 43, "7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM"


@pytest.fixture
async def cilogon() -> AsyncIterator[FakeCILogon]:
    async with FakeCILogon() as running:
        running.client.redirect_uris.add(REDIRECT_URI)
        yield running


async def authorize(cilogon: FakeCILogon, **changes: str) -> dict[str, str]:
    fields = {
        "client_id": cilogon.client.client_id,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "state": "a state",
        "nonce": "a nonce",
        "scope": "openid email org.cilogon.userinfo",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }
    url = f"{cilogon.issuer}/authorize"
    async with aiohttp.ClientSession() as session, session.get(url, params=fields, allow_redirects=False) as reply:
        return {name: values[0] for name, values in parse_qs(urlsplit(reply.headers["Location"]).query).items()}


async def post(cilogon: FakeCILogon, path: str, auth: aiohttp.BasicAuth | None = None, **fields: str) -> Any:
    headers = {"Accept": "application/json"}
    if auth is None:
        fields |= {"client_id": cilogon.client.client_id, "client_secret": cilogon.client.client_secret}
    async with (
        aiohttp.ClientSession(auth=auth, headers=headers) as session,
        session.post(f"{cilogon.issuer}{path}", data=fields) as reply,
    ):
        return reply.status, (await reply.json() if reply.content_type == "application/json" else None)


async def redeem(cilogon: FakeCILogon, code: str) -> Any:
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
    return await post(cilogon, "/oauth2/token", **fields, code_verifier=VERIFIER)


async def userinfo(cilogon: FakeCILogon, token: str) -> Any:
    headers = {"Accept": "application/json", "Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(f"{cilogon.issuer}/oauth2/userinfo") as reply,
    ):
        return await reply.json()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"scope": "openid groups"}, "invalid_scope"),
        ({"selected_idp": f"{CAMPUS},urn:mace:incommon:unknown.example"}, "invalid_request"),
        ({"login_hint": "alice"}, "invalid_request"),
    ],
)
async def test_what_is_refused(cilogon: FakeCILogon, change: dict[str, str], error: str) -> None:
    assert (await authorize(cilogon, **change))["error"] == error
    assert "code" in await authorize(cilogon, selected_idp=CAMPUS, skin="campus")


async def test_tokens_are_urls(cilogon: FakeCILogon) -> None:
    code = (await authorize(cilogon))["code"]
    status, tokens = await redeem(cilogon, code)
    assert status == 200
    for name in ("access_token", "refresh_token"):
        assert tokens[name].startswith(cilogon.issuer)
        assert "&" in urlsplit(tokens[name]).query
    assert (await redeem(cilogon, code))[0] == 401


async def test_claims_follow_scopes_and_are_never_empty(cilogon: FakeCILogon) -> None:
    code = (await authorize(cilogon, scope="openid org.cilogon.userinfo"))["code"]
    claims = await userinfo(cilogon, (await redeem(cilogon, code))[1]["access_token"])
    assert claims["idp"] == CAMPUS
    assert not claims.keys() & {"email", "name", "oidc"}
    cilogon.users["alice"]["eppn"] = ""
    code = (await authorize(cilogon))["code"]
    claims = await userinfo(cilogon, (await redeem(cilogon, code))[1]["access_token"])
    assert claims["email"] == "alice@campus.example"
    assert "eppn" not in claims


async def test_refresh_tokens_depend_on_the_registration(cilogon: FakeCILogon) -> None:
    cilogon.refresh_lifetime = 0
    _, tokens = await redeem(cilogon, (await authorize(cilogon))["code"])
    assert "refresh_token" not in tokens


async def test_revocation_takes_http_basic_only(cilogon: FakeCILogon) -> None:
    _, tokens = await redeem(cilogon, (await authorize(cilogon))["code"])
    assert (await post(cilogon, "/oauth2/revoke", token=tokens["refresh_token"]))[0] == 401
