"""The fake Forgejo answers like the documented server, and refuses what that server refuses.

The independent client is generated from Forgejo's own API description: its models have that description's fields.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import clientapi_forgejo as published
import pytest

from tests.fakes.forgejo import FakeForgejo
from tests.fakes.openid_provider.records import Grant


@pytest.fixture
async def forgejo() -> AsyncIterator[FakeForgejo]:
    async with FakeForgejo() as forgejo:
        yield forgejo


def tokens_for(forgejo: FakeForgejo, *scopes: str) -> dict[str, Any]:
    return forgejo._issue_tokens(Grant(forgejo.client.client_id, "alice", list(scopes), "family"))


def token_for(forgejo: FakeForgejo, *scopes: str) -> str:
    return str(tokens_for(forgejo, *scopes)["access_token"])


async def ask(forgejo: FakeForgejo, path: str, token: str = "") -> tuple[int, Any, dict[str, str]]:
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{forgejo.origin}/api/v1{path}", headers=headers) as got,
    ):
        return got.status, await got.json(), dict(got.headers)


# --- an independent client -------------------------------------------------------------------------------------------


def walk(url: str, token: str) -> tuple[published.User, list[published.Organization]]:
    configuration = published.Configuration(host=f"{url}/api/v1")
    configuration.api_key["AuthorizationHeaderToken"] = f"token {token}"
    with published.ApiClient(configuration) as client:
        return (
            published.UserApi(client).user_get_current(),
            published.OrganizationApi(client).org_list_current_user_orgs(limit=50),
        )


async def test_a_client_of_the_published_description_reads_it(forgejo: FakeForgejo) -> None:
    token = token_for(forgejo, "read:user", "read:organization")
    user, organizations = await asyncio.to_thread(walk, forgejo.origin, token)
    assert (user.id, user.login, user.full_name) == (41, "alice", "Alice Example")
    assert [organization.name for organization in organizations] == ["lab"]
    assert forgejo.refusals == []


async def test_replies_have_the_fields_of_the_published_description(forgejo: FakeForgejo) -> None:
    token = token_for(forgejo, "read:user", "read:organization")
    _, user, _ = await ask(forgejo, "/user", token)
    _, (organization,), _ = await ask(forgejo, "/user/orgs", token)
    assert user.keys() - {"username"} == published.User.model_fields.keys()
    assert organization.keys() == published.Organization.model_fields.keys()


# --- tokens and scopes -----------------------------------------------------------------------------------------------


async def test_which_tokens_are_accepted(forgejo: FakeForgejo) -> None:
    user, everything = token_for(forgejo, "read:user"), token_for(forgejo, "read:user", "read:organization")
    for path, token, status in (
        ("/user", "", 401),
        ("/user", "of-another-server", 401),
        ("/user", user, 200),
        ("/user/orgs", token_for(forgejo, "read:organization"), 403),
        ("/user/orgs", user, 403),
        ("/user/orgs", everything, 200),
        ("/user/orgs", token_for(forgejo, "profile"), 200),
        ("/user/orgs?limit=many", everything, 422),
        ("/user/orgs?per_page=50", everything, 422),
    ):
        assert (await ask(forgejo, path, token))[0] == status, path
    forgejo.clock = lambda: 1e12
    assert (await ask(forgejo, "/user", everything))[0] == 401


async def test_a_token_response_has_the_documented_fields(forgejo: FakeForgejo) -> None:
    reply = tokens_for(forgejo, "read:user")
    assert reply.keys() == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (reply["token_type"], reply["expires_in"]) == ("bearer", 3600)


async def test_another_scope_than_the_first_one_is_refused(forgejo: FakeForgejo) -> None:
    forgejo.client.redirect_uris.add("http://hub.example/callback")

    async def authorize(scope: str) -> str:
        fields = {
            "client_id": forgejo.client.client_id,
            "redirect_uri": "http://hub.example/callback",
            "response_type": "code",
            "state": "a state",
            "scope": scope,
            "code_challenge": "c" * 43,
            "code_challenge_method": "S256",
        }
        url = f"{forgejo.origin}/login/oauth/authorize"
        async with aiohttp.ClientSession() as session, session.get(url, params=fields, allow_redirects=False) as reply:
            return reply.headers["Location"]

    for scope, expected in (
        ("read:user read:organization", "code="),
        ("read:user read:organization", "code="),
        ("read:user", "error=server_error"),
        ("read:organization read:user", "error=server_error"),
    ):
        assert expected in await authorize(scope)
    forgejo.revoke_everything()
    assert "code=" in await authorize("read:user")


# --- lists -----------------------------------------------------------------------------------------------------------


async def test_pages(forgejo: FakeForgejo) -> None:
    """A page has at most 50 entries, whatever the client requests."""
    token = token_for(forgejo, "read:user", "read:organization")
    forgejo.orgs = {f"org-{number:03}": {"alice"} for number in range(120)}
    for query, size in (("", 30), ("?limit=50", 50), ("?limit=500", 50), ("?limit=50&page=3", 20)):
        _, orgs, headers = await ask(forgejo, f"/user/orgs{query}", token)
        assert len(orgs) == size
        assert headers["X-Total-Count"] == "120"
        assert ('rel="next"' in headers["Link"]) is (size != 20)
