"""The fake Entra answers like the documented services, and refuses what they refuse."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from oauthenticator_suite.protocol.id_token import IDToken
from tests.fakes.entra import CAMPUS, FakeEntra
from tests.fakes.openid_provider.records import Grant


def tokens_for(entra: FakeEntra, user: str, *scopes: str) -> dict[str, Any]:
    return entra._issue_tokens(Grant(entra.client.client_id, user, list(scopes), "family"))


async def ask(entra: FakeEntra, path: str, token: str = "") -> tuple[int, Any]:
    headers = {"Accept": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    async with aiohttp.ClientSession() as session, session.get(f"{entra.origin}{path}", headers=headers) as reply:
        return reply.status, await reply.json()


async def test_claims_follow_scopes() -> None:
    async with FakeEntra() as entra:
        claims = IDToken.parse(tokens_for(entra, "alice", "openid")["id_token"]).claims
        assert not claims.keys() & {"oid", "preferred_username", "name", "email", "at_hash"}
        assert (claims["tid"], claims["groups"]) == (CAMPUS, ["a-group", "staff"])
        claims = IDToken.parse(tokens_for(entra, "alice", "openid", "profile", "email")["id_token"]).claims
        assert claims.keys() >= {"oid", "preferred_username", "name", "email"}
        assert claims["sub"] != claims["oid"]


@pytest.mark.parametrize(("number", "kind"), [(200, "groups"), (201, "_claim_names")])
async def test_too_many_groups_for_a_token(number: int, kind: str) -> None:
    async with FakeEntra() as entra:
        entra.users["alice"]["groups"] = [f"group-{each}" for each in range(number)]
        claims = IDToken.parse(tokens_for(entra, "alice", "openid")["id_token"]).claims
        assert claims.keys() & {"groups", "_claim_names"} == {kind}


async def test_graph() -> None:
    async with FakeEntra() as entra:
        entra.users["alice"]["groups"] = [f"group-{each}" for each in range(120)]
        path = "/v1.0/me/transitiveMemberOf"
        token = tokens_for(entra, "alice", "openid", "User.Read")["access_token"]
        status, page = await ask(entra, path, token)
        assert (status, len(page["value"])) == (200, 100)
        assert {entry["@odata.type"] for entry in page["value"]} == {
            "#microsoft.graph.group",
            "#microsoft.graph.directoryRole",
        }
        _, rest = await ask(entra, page["@odata.nextLink"].removeprefix(entra.origin), token)
        assert (len(rest["value"]), "@odata.nextLink" in rest) == (21, False)
        assert (await ask(entra, path, "unknown"))[0] == 401
        assert (await ask(entra, path, tokens_for(entra, "alice", "openid")["access_token"]))[0] == 403


@pytest.mark.parametrize(("tenant", "issuer"), [(CAMPUS, CAMPUS), ("organizations", "{tenantid}")])
async def test_the_issuer_of_several_tenants_has_a_placeholder(tenant: str, issuer: str) -> None:
    async with FakeEntra() as entra:
        _, metadata = await ask(entra, f"/{tenant}/v2.0/.well-known/openid-configuration")
        assert metadata["issuer"] == f"{entra.origin}/{issuer}/v2.0"
