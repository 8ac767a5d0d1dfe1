"""The fake Globus answers like the documented services, and refuses what they refuse."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from tests.fakes.globus import AUTH, GROUPS, LAB, SCOPES, STAFF, TRANSFER, FakeGlobus
from tests.fakes.openid_provider.records import Grant


def tokens_for(globus: FakeGlobus, user: str) -> dict[str, Any]:
    return globus._issue_tokens(Grant(globus.client.client_id, user, list(SCOPES), "family"))


async def ask(globus: FakeGlobus, path: str, token: str) -> tuple[int, Any]:
    headers = {"Accept": "application/json", "Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as session, session.get(f"{globus.origin}{path}", headers=headers) as reply:
        return reply.status, await reply.json()


@pytest.mark.parametrize("first", [AUTH, TRANSFER, GROUPS])
async def test_a_token_for_each_resource_server(first: str) -> None:
    async with FakeGlobus() as globus:
        globus.first = first
        reply = tokens_for(globus, "alice")
        by_server = {token["resource_server"]: token["access_token"] for token in (reply, *reply["other_tokens"])}
        assert reply["resource_server"] == first
        assert by_server.keys() == {AUTH, GROUPS, TRANSFER}
        for path, server in (("/v2/oauth2/userinfo", AUTH), ("/v2/groups/my_groups", GROUPS)):
            for other, token in by_server.items():
                status, _ = await ask(globus, path, token)
                assert status == (200 if other == server else 401), (path, other)


async def test_memberships_of_every_status() -> None:
    async with FakeGlobus() as globus:
        globus.groups = {LAB: {"alice": "invited"}, STAFF: {"alice": "active"}}
        reply = tokens_for(globus, "alice")
        token = next(each["access_token"] for each in reply["other_tokens"] if each["resource_server"] == GROUPS)
        _, groups = await ask(globus, "/v2/groups/my_groups", token)
        assert [group["my_memberships"][0]["status"] for group in groups] == ["invited", "active"]
        _, groups = await ask(globus, "/v2/groups/my_groups?statuses=active", token)
        assert [group["id"] for group in groups] == [STAFF]
