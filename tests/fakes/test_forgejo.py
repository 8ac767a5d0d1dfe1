"""The fake Forgejo says what the documented server says, and refuses what that refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.fakes.forgejo import FakeForgejo
from tests.fakes.openid_provider.records import Grant


@pytest.fixture
async def forgejo() -> AsyncIterator[FakeForgejo]:
    async with FakeForgejo() as forgejo:
        yield forgejo


def token_for(forgejo: FakeForgejo, *scopes: str) -> str:
    return forgejo._issue_tokens(Grant(forgejo.client.client_id, "alice", list(scopes), "family"))["access_token"]


async def ask(forgejo: FakeForgejo, path: str, token: str = "") -> tuple[int, Any, dict[str, str]]:
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{forgejo.origin}/api/v1{path}", headers=headers) as got,
    ):
        return got.status, await got.json(), dict(got.headers)


async def test_who_may_ask(forgejo: FakeForgejo) -> None:
    user, everything = token_for(forgejo, "read:user"), token_for(forgejo, "read:user", "read:organization")
    for path, token, status in (
        ("/user", "", 401),
        ("/user", "somebody-else-s", 401),
        ("/user", user, 200),
        ("/user/orgs", token_for(forgejo, "read:organization"), 403),
        ("/user/orgs", user, 403),
        ("/user/orgs", everything, 200),
        ("/user/orgs?limit=many", everything, 422),
        ("/user/orgs?per_page=50", everything, 422),
    ):
        assert (await ask(forgejo, path, token))[0] == status, path
    forgejo.clock = lambda: 1e12
    assert (await ask(forgejo, "/user", everything))[0] == 401


async def test_what_is_told(forgejo: FakeForgejo) -> None:
    token = token_for(forgejo, "read:user", "read:organization")
    _, user, _ = await ask(forgejo, "/user", token)
    assert (user["id"], user["login"], user["full_name"]) == (41, "alice", "Alice Example")
    _, orgs, headers = await ask(forgejo, "/user/orgs", token)
    assert [org["name"] for org in orgs] == ["lab"]
    assert (headers["X-Total-Count"], "Link" in headers) == ("1", False)


async def test_pages(forgejo: FakeForgejo) -> None:
    """50 entries are the most, however many are asked for."""
    token = token_for(forgejo, "read:user", "read:organization")
    forgejo.orgs = {f"org-{number:03}": {"alice"} for number in range(120)}
    for query, size in (("", 30), ("?limit=50", 50), ("?limit=500", 50), ("?limit=50&page=3", 20)):
        _, orgs, headers = await ask(forgejo, f"/user/orgs{query}", token)
        assert len(orgs) == size
        assert ('rel="next"' in headers["Link"]) is (size != 20)
