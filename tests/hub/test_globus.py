"""`GlobusOAuthenticator` through a real Hub: Globus' own rules. The rules for all providers are in tests/contract."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from oauthenticator_suite import GlobusOAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from tests.contract.cases.globus import GlobusCase
from tests.fakes.globus import AUTH, GROUPS, LAB, STAFF, TRANSFER, FakeGlobus
from tests.fakes.openid_provider import Fault, Reply
from tests.hub.visits import Start, comes_in, kept, refused_with, signs_in, starting, stays
from tests.support import Hub, HubDidNotStart, check_invariants

USERS = ("alice", "bob", "carol", "other-alice")


@pytest.fixture
async def case() -> AsyncIterator[GlobusCase]:
    case = GlobusCase()
    async with case.fake:
        yield case


@pytest.fixture
def globus(case: GlobusCase) -> FakeGlobus:
    return case.fake


@pytest.fixture
def start(case: GlobusCase, hubs: Any) -> Start:
    return starting(case, hubs)


async def environment_of(hub: Hub, name: str) -> dict[str, Any]:
    """What the user's server gets."""
    spawner = SimpleNamespace(environment={})
    await hub.authenticator.pre_spawn_start(hub.app.users[name], spawner)
    return spawner.environment


def data_in(environment: dict[str, Any]) -> dict[str, Any]:
    return json.loads(base64.b64decode(environment["GLOBUS_DATA"]))


# --- names and identity providers ------------------------------------------------------------------------------------


async def test_people_of_two_institutions_are_two_users(start: Start, globus: FakeGlobus) -> None:
    hub = await start(allow_all=True)
    for user in ("alice", "other-alice"):
        await signs_in(hub, user)
    check_invariants(hub, globus, accounts={"alice@campus.example", "alice@college.example"})


@pytest.mark.parametrize("way", ["allow_all", "allowed_users", "admin_users"])
async def test_one_institution(start: Start, globus: FakeGlobus, way: str) -> None:
    """GHSA-gprj-3p75-f996: whatever else lets a user in. The name is then without the domain."""
    hub = await start(identity_provider="Campus.Example", **{way: True if way == "allow_all" else {"alice", "bob"}})
    for user in ("carol", "other-alice"):
        _, line = await refused_with(hub, user)
        assert "rule=identity_provider" in line
    await signs_in(hub, "alice")
    assert hub.app.users["alice"].name == "alice"


async def test_the_identity_decides_and_not_the_address(start: Start, globus: FakeGlobus) -> None:
    """With the e-mail address as the name too: a user can have an address anywhere."""
    globus.users["carol"]["email"] = "carol@campus.example"
    globus.users["bob"]["email"] = "bob@elsewhere.example"
    hub = await start(
        allow_all=True,
        identity_provider="campus.example",
        username_from_email=True,
        scope=["openid", "profile", "email"],
    )
    _, line = await refused_with(hub, "carol")
    assert "rule=identity_provider" in line
    _, line = await refused_with(hub, "bob")
    assert "not in the domain" in line
    await signs_in(hub, "alice")


async def test_names_of_several_institutions_stop_the_start_up(start: Start) -> None:
    """Anyone can have an identity of the same name elsewhere."""
    with pytest.raises((ConfigurationError, HubDidNotStart)) as error:
        await start(allowed_users={"alice"}, strip_domain=True)
    assert "alice@one.example and alice@two.example are both the user alice" in str(error.value)


# --- tokens ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [AUTH, TRANSFER, GROUPS])
async def test_whichever_token_comes_first(start: Start, globus: FakeGlobus, first: str) -> None:
    globus.first = first
    hub = await start(allowed_globus_groups={LAB}, enable_auth_state=True)
    await signs_in(hub, "alice")
    auth_state = await kept(hub, "alice@campus.example")
    assert auth_state["globus_groups"] == [LAB]
    assert auth_state["tokens"].keys() == {TRANSFER}
    assert auth_state["tokens"][TRANSFER].keys() == {
        *("access_token", "refresh_token", "scope", "expires_in", "resource_server", "token_type")
    }


async def test_the_server_gets_no_excluded_token(start: Start, globus: FakeGlobus) -> None:
    hub = await start(allow_all=True, enable_auth_state=True, globus_local_endpoint="0a1b", manage_groups=True)
    await signs_in(hub, "alice")
    environment = await environment_of(hub, "alice@campus.example")
    assert environment["GLOBUS_LOCAL_ENDPOINT"] == "0a1b"
    data = data_in(environment)
    assert data.keys() == {"client_id", "tokens", "globus_user", "globus_groups"}
    assert data["tokens"].keys() == {TRANSFER}
    auth_state = await kept(hub, "alice@campus.example")
    hidden = [
        token["access_token"]
        for token in (auth_state["token_response"], *auth_state["token_response"]["other_tokens"])
        if token["resource_server"] != TRANSFER
    ]
    assert len(hidden) == 2
    assert not any(token in json.dumps(data) for token in hidden)
    hub.authenticator.exclude_tokens = [TRANSFER]  # from now on, for tokens that are stored already too
    assert data_in(await environment_of(hub, "alice@campus.example"))["tokens"] == {}


async def test_a_server_of_a_user_without_auth_state(start: Start) -> None:
    hub = await start(allow_all=True)
    await signs_in(hub, "alice")
    assert await environment_of(hub, "alice@campus.example") == {"GLOBUS_LOCAL_ENDPOINT": ""}


async def test_a_logout_revokes_every_token(start: Start, globus: FakeGlobus) -> None:
    hub = await start(allow_all=True, enable_auth_state=True, revoke_tokens_on_logout=True)
    browser = await signs_in(hub, "alice")
    auth_state = await kept(hub, "alice@campus.example")
    reply = auth_state["token_response"]
    issued = {token["access_token"] for token in (reply, *reply["other_tokens"])}
    await browser.get("/hub/logout")
    assert {call.fields["token"] for call in globus.requests_to("revoke")} == issued
    assert {call.status for call in globus.requests_to("revoke")} == {200}
    auth_state = await kept(hub, "alice@campus.example")
    assert not auth_state["tokens"]
    assert not auth_state["token_response"]


# --- groups ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["invited", "pending", "removed", "rejected", "left"])
async def test_only_active_memberships_count(start: Start, globus: FakeGlobus, status: str) -> None:
    """Also if the API did not filter them."""
    globus.groups[LAB] = {"alice": status, "carol": "active"}
    hub = await start(allowed_globus_groups={LAB}, admin_globus_groups={STAFF})
    assert {user for user in USERS if await comes_in(hub, user)} == {"bob", "carol"}
    assert hub.app.users["bob@campus.example"].admin

    def all_of_them(provider: Any, reply: Reply) -> None:
        reply.json = [
            {"id": LAB, "my_memberships": [{"status": status}]},
            {"id": LAB},
            {"id": LAB, "my_memberships": 1},
        ]

    globus.faults.on(Fault("unfiltered", "", "the filter is ignored", all_of_them), at="groups")
    assert not await comes_in(hub, "alice")


async def test_no_token_for_the_groups(start: Start, globus: FakeGlobus) -> None:
    """A clear refusal: the rule cannot be applied."""
    hub = await start(allow_all=True, allowed_globus_groups={LAB}, scope=["openid", "profile"])
    assert "needs the scope" in hub.log.text
    _, line = await refused_with(hub, "alice", 502)
    assert "no token for groups.api.globus.org" in line


async def test_who_left_the_group_may_not_stay(start: Start, globus: FakeGlobus) -> None:
    hub = await start(allowed_globus_groups={LAB}, enable_auth_state=True, user_data_max_age=0)
    browser = await signs_in(hub, "alice")
    assert await stays(hub, browser, "alice@campus.example")
    globus.groups[LAB] = {}
    assert not await stays(hub, browser, "alice@campus.example")


def test_scopes_follow_options() -> None:
    assert len(GlobusOAuthenticator().scope) == 3
    assert "email" in GlobusOAuthenticator(username_from_email=True).scope
    for option in ({"allowed_globus_groups": {LAB}}, {"admin_globus_groups": {LAB}}, {"manage_groups": True}):
        assert any("groups.api" in scope for scope in GlobusOAuthenticator(**option).scope)
