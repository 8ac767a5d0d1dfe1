"""The fake << title >> answers like the documented server, and refuses what that server refuses."""

from __future__ import annotations

from typing import Any

import aiohttp

from tests.fakes.<< module >> import << fake >>
from tests.fakes.openid_provider.records import Grant


def token_for(provider: << fake >>, *scopes: str) -> str:
    grant = Grant(provider.client.client_id, "alice", list(scopes), "family")
    return str(provider._issue_tokens(grant)["access_token"])


async def ask(url: str, token: str) -> tuple[int, Any]:
    headers = {"Accept": "application/json", "Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        return response.status, await response.json()


async def test_tokens_and_scopes() -> None:
    async with << fake >>() as provider:
<%- if openid %>
        url = f"{provider.issuer}/userinfo"
        token = token_for(provider, "profile", "groups")
        assert (await ask(url, "unknown"))[0] == 401
        status, user = await ask(url, token)
        assert (status, user["preferred_username"], user["groups"]) == (200, "alice", ["staff", "hub-admins"])
        assert "email" not in user
<%- else %>
        user, groups = f"{provider.origin}/api/user", f"{provider.origin}/api/user/groups"
        token = token_for(provider, "read_user")
        assert (await ask(user, "unknown"))[0] == 401
        status, answer = await ask(user, token)
        assert (status, answer["id"], answer["login"]) == (200, 41, "alice")
        assert (await ask(groups, token))[0] == 403
        assert await ask(groups, token_for(provider, "read_groups")) == (200, [{"name": "lab"}])
<%- endif %>
        provider.clock = lambda: 1e12
<%- if openid %>
        assert (await ask(url, token))[0] == 401
<%- else %>
        assert (await ask(user, token))[0] == 401
<%- endif %>
