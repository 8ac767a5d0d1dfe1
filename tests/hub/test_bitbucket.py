"""`BitbucketOAuthenticator` through a real Hub: Bitbucket's own rules. The rules for all are in tests/contract."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.contract.cases.bitbucket import BitbucketCase
from tests.fakes.bitbucket import FakeBitbucket
from tests.fakes.openid_provider import Fault, Reply
from tests.hub.visits import Start, comes_in, kept, refused_with, signs_in, starting, stays
from tests.support import check_invariants


@pytest.fixture
async def case() -> AsyncIterator[BitbucketCase]:
    case = BitbucketCase()
    async with case.fake:
        yield case


@pytest.fixture
def bitbucket(case: BitbucketCase) -> FakeBitbucket:
    return case.fake


@pytest.fixture
def start(case: BitbucketCase, hubs: Any) -> Start:
    return starting(case, hubs)


@pytest.mark.parametrize("team", ["lab", "LAB", "{00000000-0000-0000-0000-000000000000}"])
async def test_a_workspace_by_slug_or_uuid(start: Start, bitbucket: FakeBitbucket, team: str) -> None:
    hub = await start(allowed_teams={team}, enable_auth_state=True)
    assert await comes_in(hub, "alice")
    assert not await comes_in(hub, "carol")
    assert (await kept(hub, "alice"))["user_teams"] == ["lab"]
    assert set((await kept(hub, "alice"))["scope"]) == {"account", "email"}
    assert not bitbucket.requests_to("retired")
    check_invariants(hub, bitbucket, accounts={"alice"})


async def test_all_pages_count(start: Start, bitbucket: FakeBitbucket) -> None:
    bitbucket.workspaces = {f"team-{number:03}": {"alice"} for number in range(230)} | {"lab": {"alice"}}
    hub = await start(allowed_teams={"lab"})
    assert await comes_in(hub, "alice")
    assert bitbucket.count("workspaces") == 3


async def test_a_next_page_elsewhere_gets_no_token(start: Start, bitbucket: FakeBitbucket) -> None:
    def elsewhere(provider: Any, reply: Reply) -> None:
        reply.json["next"] = f"{provider.elsewhere}/stolen?page=2"

    hub = await start(allowed_teams={"lab"})
    bitbucket.faults.on(Fault("next-elsewhere", "", "the next page is at another origin", elsewhere), at="workspaces")
    await refused_with(hub, "alice", 502)
    check_invariants(hub, bitbucket, accounts=set())


async def test_a_display_name_is_said_at_start_up(start: Start) -> None:
    hub = await start(allowed_teams={"Physics Lab", "lab"})
    assert "allowed_teams has 'Physics Lab', which is not the slug of a workspace" in hub.log.text


async def test_confirmed_addresses_alone(start: Start, bitbucket: FakeBitbucket) -> None:
    bitbucket.emails["alice"] = {"alice@example.org": True, "boss@example.org": False}
    hub = await start(allow_all=True, enable_auth_state=True, collect_emails=True)
    await signs_in(hub, "alice")
    assert (await kept(hub, "alice"))["emails"] == ["alice@example.org"]


async def test_a_consumer_without_the_permission(start: Start, bitbucket: FakeBitbucket) -> None:
    """The log says why; users who are allowed otherwise sign in."""
    hub = await start(allowed_users={"bob"}, allowed_teams={"lab"})
    bitbucket.faults.on(
        Fault("refused", "", "no permission", lambda _, reply: setattr(reply, "status", 403)), at="workspaces"
    )
    assert not await comes_in(hub, "alice")
    assert await comes_in(hub, "bob")
    assert "allowed_teams: Bitbucket refused the request" in hub.log.text


async def test_who_left_the_workspace_may_not_stay(start: Start, bitbucket: FakeBitbucket) -> None:
    hub = await start(allowed_teams={"lab"}, enable_auth_state=True, user_data_max_age=0)
    browser = await signs_in(hub, "alice")
    assert await stays(hub, browser, "alice")
    bitbucket.workspaces["lab"].discard("alice")
    assert not await stays(hub, browser, "alice")
