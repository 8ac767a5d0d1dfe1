"""The fake Auth0 answers like the documented server, and refuses what that server refuses."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp

from tests.fakes.auth0 import FakeAuth0
from tests.fakes.openid_provider.records import Grant


def tokens_for(auth0: FakeAuth0, *scopes: str) -> dict[str, Any]:
    return auth0._issue_tokens(Grant(auth0.client.client_id, "alice", list(scopes), "family"))


async def userinfo(auth0: FakeAuth0, token: str) -> tuple[int, Any]:
    headers = {"Accept": "application/json", "Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as session, session.get(f"{auth0.origin}/userinfo", headers=headers) as response:
        return response.status, await response.json()


async def test_claims() -> None:
    """A claim of the tenant's own is sent if its name is a URL, with every scope."""
    async with FakeAuth0() as auth0:
        status, user = await userinfo(auth0, tokens_for(auth0, "openid")["access_token"])
        assert status == 200
        assert user == {"sub": "auth0|0a1b", "https://hub.example.org/roles": ["staff"]}
        assert (await userinfo(auth0, "unknown"))[0] == 401


async def test_refresh_tokens_need_their_scope() -> None:
    async with FakeAuth0() as auth0:
        assert "refresh_token" not in tokens_for(auth0, "openid")
        assert "refresh_token" in tokens_for(auth0, "openid", "offline_access")


async def test_organizations() -> None:
    async with FakeAuth0() as auth0:
        auth0.client.redirect_uris.add("http://hub.example/callback")
        auth0.organizations = {"org_1": ("lab", {"alice"})}

        async def authorize(organization: str, user: str) -> dict[str, list[str]]:
            auth0.user = user
            fields = {
                "client_id": auth0.client.client_id,
                "redirect_uri": "http://hub.example/callback",
                "response_type": "code",
                "state": "a state",
                "nonce": "a nonce",
                "scope": "openid",
                "organization": organization,
                "code_challenge": "c" * 43,
                "code_challenge_method": "S256",
            }
            url = f"{auth0.origin}/authorize"
            async with aiohttp.ClientSession() as session, session.get(url, params=fields, allow_redirects=False) as at:
                return parse_qs(urlsplit(at.headers["Location"]).query)

        for organization, user, expected in (
            ("org_1", "alice", "code"),
            ("lab", "alice", "code"),
            ("org_1", "bob", "access_denied"),
            ("org_2", "alice", "invalid_request"),
        ):
            answer = await authorize(organization, user)
            assert "code" in answer if expected == "code" else answer["error"] == [expected]
