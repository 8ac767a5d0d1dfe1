"""The fake Bitbucket answers like the documented server, and refuses what that server refuses."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from tests.fakes.bitbucket import FakeBitbucket
from tests.fakes.openid_provider.records import Grant


def tokens_for(bitbucket: FakeBitbucket) -> dict[str, Any]:
    return bitbucket._issue_tokens(Grant(bitbucket.client.client_id, "alice", [], "family"))


async def ask(bitbucket: FakeBitbucket, path: str, token: str) -> tuple[int, Any]:
    headers = {"Accept": "application/json", "Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as session, session.get(f"{bitbucket.origin}{path}", headers=headers) as reply:
        return reply.status, await reply.json()


async def test_a_token_response_names_scopes_in_the_plural() -> None:
    async with FakeBitbucket() as bitbucket:
        reply = tokens_for(bitbucket)
        assert (reply["scopes"], reply["token_type"]) == ("account email", "bearer")
        assert "scope" not in reply


async def test_lists_of_workspaces() -> None:
    """Ten entries a page unless asked otherwise, at most a hundred; the older list is gone."""
    async with FakeBitbucket() as bitbucket:
        token = tokens_for(bitbucket)["access_token"]
        bitbucket.workspaces = {f"team-{number:03}": {"alice"} for number in range(120)}
        for query, size, more in (("", 10, True), ("?pagelen=100", 100, True), ("?pagelen=100&page=2", 20, False)):
            status, page = await ask(bitbucket, f"/2.0/user/workspaces{query}", token)
            assert (status, len(page["values"]), "next" in page) == (200, size, more)
        assert page["values"][0]["workspace"].keys() == {"type", "uuid", "slug", "links"}
        assert (await ask(bitbucket, "/2.0/user/workspaces?pagelen=101", token))[0] == 400
        status, error = await ask(bitbucket, "/2.0/workspaces", token)
        assert status == 410
        assert "CHANGE-2770" in error["error"]["message"]


@pytest.mark.parametrize("path", ["/2.0/user", "/2.0/user/workspaces", "/2.0/user/emails"])
async def test_a_consumer_without_the_permission(path: str) -> None:
    async with FakeBitbucket() as bitbucket:
        token = tokens_for(bitbucket)["access_token"]
        assert (await ask(bitbucket, path, token))[0] == 200
        assert (await ask(bitbucket, path, "unknown"))[0] == 401
        bitbucket.permissions = set()
        assert (await ask(bitbucket, path, token))[0] == 403
