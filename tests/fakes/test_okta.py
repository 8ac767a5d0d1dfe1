"""The fake Okta answers like the documented server, and refuses what that server refuses."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from oauthenticator_suite.protocol.id_token import IDToken
from tests.fakes.okta import NO_POLICY, NOT_ASSIGNED, FakeOkta
from tests.fakes.openid_provider.records import Grant
from tests.fakes.visits import answer_to, json_of

CUSTOM = pytest.mark.parametrize("custom", ["", "default"])


def tokens_for(okta: FakeOkta, user: str, *scopes: str) -> dict[str, Any]:
    return okta._issue_tokens(Grant(okta.client.client_id, user, list(scopes), "family"))


async def userinfo(okta: FakeOkta, token: str) -> tuple[int, Any]:
    base = f"{okta.issuer}/v1" if okta.custom else f"{okta.issuer}/oauth2/v1"
    return await json_of(f"{base}/userinfo", token)


@CUSTOM
async def test_the_issuer_and_the_endpoints(custom: str) -> None:
    """The organization's server has its endpoints below a path that its issuer does not have."""
    async with FakeOkta(custom) as okta:
        status, document = await json_of(f"{okta.issuer}/.well-known/openid-configuration")
        assert (status, document["issuer"]) == (200, okta.issuer)
        base = f"{okta.origin}/oauth2/{custom}/v1" if custom else f"{okta.origin}/oauth2/v1"
        assert document["token_endpoint"] == f"{base}/token"
        other = "" if custom else "/oauth2/default"
        url = f"{okta.origin}{other}/.well-known/openid-configuration"
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            assert response.status == 404


@CUSTOM
async def test_tokens_and_claims(custom: str) -> None:
    async with FakeOkta(custom) as okta:
        okta.groups_in = {"id_token"}
        scopes = ("openid", "profile", *(() if custom else ("groups",)))
        tokens = tokens_for(okta, "alice", *scopes)
        claims = IDToken.parse(tokens["id_token"]).claims
        assert (claims["sub"], claims["groups"]) == ("00u1alice", ["Everyone", "staff"])
        assert "preferred_username" not in claims, "there is an access token to ask for it"
        access = IDToken.parse(tokens["access_token"]).claims
        assert (access["sub"], access["uid"]) == ("alice@example.org", "00u1alice")
        status, user = await userinfo(okta, tokens["access_token"])
        assert (status, user["sub"], user["preferred_username"]) == (200, "00u1alice", "alice@example.org")
        assert not user.keys() & {"groups", "email"}
        assert (await userinfo(okta, "unknown"))[0] == 401


@CUSTOM
async def test_groups_are_a_hundred_at_most(custom: str) -> None:
    async with FakeOkta(custom) as okta:
        okta.users["alice"]["groups"] = [f"group-{number}" for number in range(150)]
        scopes = ("openid", *(() if custom else ("groups",)))
        _, user = await userinfo(okta, tokens_for(okta, "alice", *scopes)["access_token"])
        assert user["groups"] == okta.users["alice"]["groups"][:100]


async def test_the_organizations_server_sends_groups_for_their_scope() -> None:
    async with FakeOkta() as okta:
        _, user = await userinfo(okta, tokens_for(okta, "alice", "openid", "profile")["access_token"])
        assert "groups" not in user


async def test_refresh_tokens_need_their_scope() -> None:
    async with FakeOkta() as okta:
        assert "refresh_token" not in tokens_for(okta, "alice", "openid")
        assert "refresh_token" in tokens_for(okta, "alice", "openid", "offline_access")


@CUSTOM
async def test_who_is_refused(custom: str) -> None:
    async with FakeOkta(custom) as okta:
        okta.client.redirect_uris.add("http://hub.example/callback")
        url = f"{okta.origin}{okta._base}/authorize"

        async def description(user: str, scope: str = "openid") -> tuple[str | None, str | None]:
            okta.user = user
            answer = await answer_to(url, okta.client.client_id, scope)
            return answer.get("error"), answer.get("error_description")

        assert await description("alice") == (None, None)
        assert (await description("alice", "openid groups"))[0] == ("invalid_scope" if custom else None)
        okta.assigned.discard("bob")
        assert await description("bob") == ("access_denied", NOT_ASSIGNED)
        okta.has_policy = False
        assert await description("alice") == (("access_denied", NO_POLICY) if custom else (None, None))
