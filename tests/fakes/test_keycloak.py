"""The fake Keycloak answers like the documented server, and refuses what that server refuses."""

from __future__ import annotations

from typing import Any

import aiohttp

from oauthenticator_suite.protocol.id_token import IDToken
from tests.fakes.keycloak import FakeKeycloak
from tests.fakes.openid_provider.records import Grant


def tokens_for(keycloak: FakeKeycloak, user: str, *scopes: str) -> dict[str, Any]:
    return keycloak._issue_tokens(Grant(keycloak.client.client_id, user, list(scopes), "family"))


async def userinfo(keycloak: FakeKeycloak, token: str) -> tuple[int, Any]:
    headers = {"Accept": "application/json", "Authorization": f"Bearer {token}"}
    url = f"{keycloak.issuer}/protocol/openid-connect/userinfo"
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        return response.status, await response.json()


async def test_roles_are_in_the_access_token_alone() -> None:
    async with FakeKeycloak() as keycloak:
        token = tokens_for(keycloak, "bob", "openid", "profile")["access_token"]
        claims = IDToken.parse(token).claims
        assert claims["resource_access"][keycloak.client.client_id]["roles"] == ["hub-user"]
        assert "sub" not in claims
        status, user = await userinfo(keycloak, token)
        assert (status, user["groups"]) == (200, ["/students"])
        assert not user.keys() & {"realm_access", "resource_access", "realm_roles", "email"}
        assert (await userinfo(keycloak, "unknown"))[0] == 401


async def test_mappers_move_them() -> None:
    async with FakeKeycloak() as keycloak:
        keycloak.roles_in, keycloak.groups_mapper = {"userinfo"}, False
        token = tokens_for(keycloak, "alice", "openid")["access_token"]
        assert "realm_access" not in IDToken.parse(token).claims
        _, user = await userinfo(keycloak, token)
        assert user["realm_access"]["roles"] == ["teacher", "offline_access"]
        assert "groups" not in user
