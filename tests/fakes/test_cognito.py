"""The fake Cognito answers like the documented server, and refuses what that server refuses."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from oauthenticator_suite.protocol.id_token import IDToken
from tests.fakes.cognito import REFRESH_LIFETIME, FakeCognito
from tests.fakes.openid_provider import Refused
from tests.fakes.openid_provider.records import Grant
from tests.fakes.visits import CALLBACK, json_of


def tokens_for(cognito: FakeCognito, user: str, *scopes: str) -> dict[str, Any]:
    return cognito._issue_tokens(Grant(cognito.client.client_id, user, list(scopes), "family"))


async def test_the_issuer_is_on_another_host() -> None:
    async with FakeCognito() as cognito:
        status, document = await json_of(f"{cognito.issuer}/.well-known/openid-configuration")
        assert (status, document["issuer"]) == (200, cognito.issuer)
        assert (await json_of(document["jwks_uri"]))[0] == 200
        assert urlsplit(document["token_endpoint"]).netloc == cognito.host != urlsplit(cognito.issuer).netloc


async def test_groups_are_in_the_tokens_alone() -> None:
    async with FakeCognito() as cognito:
        tokens = tokens_for(cognito, "alice", "openid", "email")
        claims = IDToken.parse(tokens["id_token"]).claims
        assert (claims["cognito:username"], claims["cognito:groups"]) == ("alice", ["staff"])
        assert claims["email_verified"] is True
        assert IDToken.parse(tokens["access_token"]).claims["cognito:groups"] == ["staff"]
        status, user = await json_of(f"{cognito.origin}/oauth2/userInfo", tokens["access_token"])
        expected = {"sub": "d1a0-alice", "username": "alice", "email": "alice@example.org", "email_verified": "true"}
        assert (status, user) == (200, expected)
        assert "cognito:groups" not in IDToken.parse(tokens_for(cognito, "bob", "openid")["id_token"]).claims
        assert (await json_of(f"{cognito.origin}/oauth2/userInfo", "unknown"))[0] == 401
        token = tokens_for(cognito, "alice", "profile")["access_token"]
        assert (await json_of(f"{cognito.origin}/oauth2/userInfo", token))[0] == 401, "without the scope openid"


async def test_authorize_is_for_get_alone() -> None:
    async with (
        FakeCognito() as cognito,
        aiohttp.ClientSession() as session,
        session.post(f"{cognito.origin}/oauth2/authorize", data={"scope": "openid"}) as response,
    ):
        assert response.status == 405


@pytest.mark.parametrize("rotates", [False, True])
async def test_refresh_tokens_end_with_the_first(rotates: bool) -> None:
    async with FakeCognito() as cognito:
        cognito.rotate_refresh_tokens = rotates
        now = 1_000_000.0
        cognito.clock = lambda: now
        token = tokens_for(cognito, "alice", "openid")["refresh_token"]

        def refresh() -> None:
            nonlocal token
            grant = cognito._redeem_refresh_token(cognito.client, {"refresh_token": token})
            new = cognito._issue_tokens(grant)
            assert ("refresh_token" in new) is rotates
            token = new.get("refresh_token", token)

        now += REFRESH_LIFETIME - 1
        refresh()
        refresh()
        now += 2
        with pytest.raises(Refused, match="expired"):
            refresh()


async def test_logout() -> None:
    async with FakeCognito() as cognito, aiohttp.ClientSession() as session:
        cognito.client.post_logout_redirect_uris.add(CALLBACK)
        client = {"client_id": cognito.client.client_id}

        async def status(**fields: str) -> int:
            url = f"{cognito.origin}/logout"
            async with session.get(url, params=fields, allow_redirects=False) as response:
                return response.status

        assert await status(**client, logout_uri=CALLBACK) == 303
        assert await status(**client, logout_uri=f"{CALLBACK}/") == 400
        assert await status(**client, post_logout_redirect_uri=CALLBACK) == 400
        assert await status(client_id="another", logout_uri=CALLBACK) == 400


async def test_only_a_refresh_token_can_be_revoked() -> None:
    async with FakeCognito() as cognito, aiohttp.ClientSession() as session:
        tokens = tokens_for(cognito, "alice", "openid")
        client = {"client_id": cognito.client.client_id, "client_secret": cognito.client.client_secret}
        for name, status in (("access_token", 400), ("refresh_token", 200)):
            data = {**client, "token": tokens[name]}
            async with session.post(f"{cognito.origin}/oauth2/revoke", data=data) as response:
                assert response.status == status
        assert cognito._access_tokens == {}
