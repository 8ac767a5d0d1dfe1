"""The fake OpenShift answers like the documented server, and refuses what that server refuses."""

from __future__ import annotations

from typing import Any

import aiohttp

from tests.fakes.openid_provider.records import Grant
from tests.fakes.openshift import METADATA_PATH, USER_PATH, FakeOpenShift


def token_for(cluster: FakeOpenShift, user: str, *scopes: str) -> str:
    reply = cluster._issue_tokens(Grant(cluster.client.client_id, user, list(scopes), "family"))
    assert reply.keys() == {"access_token", "token_type", "expires_in", "scope"}
    return str(reply["access_token"])


async def ask(cluster: FakeOpenShift, path: str, token: str = "") -> tuple[int, Any]:
    headers = {"Accept": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    async with aiohttp.ClientSession() as session, session.get(f"{cluster.origin}{path}", headers=headers) as reply:
        return reply.status, await reply.json()


async def test_the_user_of_a_token() -> None:
    async with FakeOpenShift() as cluster:
        status, user = await ask(cluster, USER_PATH, token_for(cluster, "carol", "user:info"))
        assert (status, user["metadata"]["name"], user["groups"]) == (200, "carol", None)
        assert (await ask(cluster, USER_PATH, token_for(cluster, "carol", "user:check-access")))[0] == 403
        for token in ("", "sha256~unknown"):
            status, refusal = await ask(cluster, USER_PATH, token)
            assert (status, refusal["kind"], refusal["reason"]) == (401, "Status", "Unauthorized")


async def test_the_document_with_the_endpoints() -> None:
    async with FakeOpenShift() as cluster:
        status, document = await ask(cluster, METADATA_PATH)
        assert status == 200
        assert document["token_endpoint"] == f"{cluster.origin}/oauth/token"
        assert not document.keys() & {"jwks_uri", "userinfo_endpoint", "subject_types_supported"}
