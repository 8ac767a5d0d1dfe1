"""`follow_renames` with several ways to sign in: a user keeps the account of the provider with which it was made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from oauthenticator_suite.errors import ConfigurationError
from tests.fakes.openid_provider import FakeProvider
from tests.hub.test_renamed_users import new_person, rename
from tests.multi.conftest import Configure, Start, at, entry
from tests.support import Hub, HubDidNotStart, HubState, start_hub

pytestmark = pytest.mark.hub_versions

CHILDREN = {"campus": {"follow_renames": True}, "lab": {"follow_renames": True}}


async def account_of(hub: Hub, person: str, provider: str) -> str | int:
    """The account in which the person's login ends; the status when it is refused."""
    browser = hub.browser()
    page = await browser.login(person, at=provider)
    if page.status != 200:
        assert not browser.logged_in
        return page.status
    found: str = json.loads((await browser.get("/hub/api/user")).body)["name"]
    return found


@pytest.mark.parametrize("collision", ["prefix", "reject"])
async def test_a_renamed_user(several: Start, campus: FakeProvider, lab: FakeProvider, collision: str) -> None:
    prefix = {"campus": "campus:", "lab": "lab:"} if collision == "prefix" else {"campus": "", "lab": ""}
    hub = await several(username_collision=collision, enable_auth_state=True, children=CHILDREN)
    assert await account_of(hub, "alice", "campus") == f"{prefix['campus']}alice"
    assert await account_of(hub, "bob", "lab") == f"{prefix['lab']}bob"
    rename(campus, "alice", "alice.b")
    rename(lab, "bob", "alice.b")
    assert await account_of(hub, "alice", "campus") == f"{prefix['campus']}alice"
    assert await account_of(hub, "bob", "lab") == f"{prefix['lab']}bob"
    # the same subject at another provider is another user, and so is a user with the former name
    new_person(lab, "twin", "twin")
    lab.users["twin"]["sub"] = campus.users["alice"]["sub"]
    assert await account_of(hub, "twin", "lab") == f"{prefix['lab']}twin"
    new_person(campus, "other", "alice")
    assert await account_of(hub, "other", "campus") == 409
    campus.users["other"]["preferred_username"] = "Alice.B"
    assert await account_of(hub, "other", "campus") == f"{prefix['campus']}alice.b"


@pytest.mark.parametrize("collision", ["prefix", "reject"])
async def test_two_ways_to_one_provider(several: Start, campus: FakeProvider, collision: str) -> None:
    """Issuer and subject are the same, and the accounts are not."""
    more = [entry("guests", **at(campus, follow_renames=True))]
    state = HubState()
    campus.client.redirect_uris.add(f"{state.url}/hub/auth/guests/authorize")
    hub = await several(state, username_collision=collision, enable_auth_state=True, children=CHILDREN, more=more)
    first = await account_of(hub, "alice", "campus")
    rename(campus, "alice", "alice.b")
    second = await account_of(hub, "alice", "guests")
    assert second == ("guests:alice.b" if collision == "prefix" else "alice.b")
    assert await account_of(hub, "alice", "campus") == first
    rename(campus, "alice", "alice.c")
    assert await account_of(hub, "alice", "guests") == second
    assert await account_of(hub, "alice", "campus") == first


async def test_accounts_from_before_several_providers(
    configured: Configure, campus: FakeProvider, lab: FakeProvider, tmp_path: Path
) -> None:
    state = HubState(tmp_path)
    before = configured(state, enable_auth_state=True, username_collision="reject")
    async with start_hub(before, state) as hub:
        assert await account_of(hub, "alice", "campus") == "alice"
        hub.app.db.connection().exec_driver_sql("UPDATE suite_accounts SET identity = NULL")
        hub.app.db.commit()
    rename(campus, "alice", "alice.b")
    after = configured(state, enable_auth_state=True, username_collision="reject", children=CHILDREN)
    async with start_hub(after, state) as hub:
        (line,) = hub.log.lines_with("can be found by issuer and subject")
        assert "campus: " in line
        assert await account_of(hub, "alice", "campus") == "alice"


async def test_shared_accounts_are_matched_by_name(several: Start) -> None:
    with pytest.raises((ConfigurationError, HubDidNotStart), match="matches accounts by name"):
        await several(username_collision="share", enable_auth_state=True, children=CHILDREN)
