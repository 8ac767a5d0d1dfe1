"""`follow_renames`: an account belongs to an issuer and subject, whatever the user is called at the provider."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jupyterhub import orm
from sqlalchemy import text

from oauthenticator_suite.hub.accounts import renames
from oauthenticator_suite.hub.accounts.identity_keys import Owner, owner_key
from oauthenticator_suite.hub.store.tables import ACCOUNTS
from tests.conftest import generic_config
from tests.contract.cases.github import GitHubCase
from tests.fakes.mediawiki import FakeMediaWiki
from tests.hub.visits import kept, refused_with, set_options, signs_in, stays
from tests.hub.wikis import LIBRARY, NATIVE, OAUTH_2
from tests.hub.wikis import Start as WikiStart
from tests.support import Hub, HubState, start_hub
from tests.support.database import counting

pytestmark = pytest.mark.hub_versions

FOLLOWED = {"enable_auth_state": True, "follow_renames": True}


def rename(provider: Any, person: str, name: str) -> None:
    """The person is called `name` at the provider from now on."""
    provider.users[person]["preferred_username"] = name


def new_person(provider: Any, person: str, name: str) -> None:
    provider.users[person] = {"sub": f"subject-of-{person}", "preferred_username": name}


async def account_of(hub: Hub, person: str) -> str:
    """The account in which the person's login ends."""
    browser = await signs_in(hub, person)
    found: str = json.loads((await browser.get("/hub/api/user")).body)["name"]
    return found


async def test_follow_renames(hub_at_provider: Any, provider: Any) -> None:
    """The account stays, under its name; the log says so; the former name of the user gives nothing to another one."""
    hub = await hub_at_provider(**FOLLOWED)
    assert await account_of(hub, "alice") == "alice"
    rename(provider, "alice", "alice.b")
    assert await account_of(hub, "alice") == "alice"
    assert list(hub.accounts()) == ["alice"]
    assert hub.log.lines_with("A user whose name would be 'alice.b' now keeps the account 'alice'")
    new_person(provider, "other", "alice")
    _, line = await refused_with(hub, "other", 409)
    assert "belongs to another subject" in line
    assert "another name with c.GenericOAuthenticator.username_map" in line
    assert await account_of(hub, "alice") == "alice"
    set_options(hub, username_map={"alice": "alice2"})
    assert await account_of(hub, "other") == "alice2"
    assert await account_of(hub, "alice") == "alice"


async def test_without_the_option_a_renamed_user_has_a_new_account(hub_at_provider: Any, provider: Any) -> None:
    hub = await hub_at_provider(enable_auth_state=True)
    await signs_in(hub, "alice")
    rename(provider, "alice", "alice.b")
    assert await account_of(hub, "alice") == "alice.b"
    assert list(hub.accounts()) == ["alice", "alice.b"]
    # with the option from now on: the account of the present name, else that of the latest login
    set_options(hub, follow_renames=True)
    assert await account_of(hub, "alice") == "alice.b"
    rename(provider, "alice", "alice")
    assert await account_of(hub, "alice") == "alice"
    rename(provider, "alice", "alice.c")
    assert await account_of(hub, "alice") == "alice"


async def test_two_users_who_exchange_their_names(hub_at_provider: Any, provider: Any) -> None:
    hub = await hub_at_provider(**FOLLOWED, admin_users={"alice"})
    await signs_in(hub, "alice")
    await signs_in(hub, "bob")
    rename(provider, "alice", "bob")
    rename(provider, "bob", "alice")
    assert await account_of(hub, "alice") == "alice"
    assert await account_of(hub, "bob") == "bob"
    assert hub.accounts() == {"alice": True, "bob": False}


async def test_a_deleted_account(hub_at_provider: Any, provider: Any) -> None:
    """Its name is free again, and the row of its owner is gone with it."""
    hub = await hub_at_provider(**FOLLOWED)
    await signs_in(hub, "alice")
    rename(provider, "alice", "alice.b")
    await signs_in(hub, "alice")
    hub.app.users.delete(hub.app.users["alice"])
    assert hub.app.db.execute(text("SELECT count(*) FROM suite_accounts")).scalar() == 0
    new_person(provider, "other", "alice")
    assert await account_of(hub, "other") == "alice"
    assert await account_of(hub, "alice") == "alice.b"


async def test_an_account_that_an_administrator_renames(hub_at_provider: Any, provider: Any) -> None:
    hub = await hub_at_provider(**FOLLOWED, admin_users={"bob"})
    browser = await signs_in(hub, "alice")
    await signs_in(hub, "bob")
    headers = {"Authorization": f"token {hub.app.users['bob'].new_api_token()}"}
    answer = await hub.browser().request(
        "PATCH", "/hub/api/users/alice", data=json.dumps({"name": "a.liddell"}), headers=headers
    )
    assert answer.status == 200
    assert await stays(hub, browser, "a.liddell")
    assert await account_of(hub, "alice") == "a.liddell"
    new_person(provider, "other", "alice")
    assert await account_of(hub, "other") == "alice"


@pytest.mark.parametrize("max_age", [0, 300])
async def test_a_refresh_after_a_rename(hub_at_provider: Any, provider: Any, max_age: int) -> None:
    hub = await hub_at_provider(**FOLLOWED, user_data_max_age=max_age)
    browser = await signs_in(hub, "alice")
    rename(provider, "alice", "alice.b")
    assert await stays(hub, browser, "alice")
    assert (await kept(hub, "alice"))["suite"]["login"] == ("alice.b" if max_age == 0 else "alice")
    assert await account_of(hub, "alice") == "alice"


# --- rules by name -----------------------------------------------------------------------------------------------------


async def test_names_in_options_are_those_of_the_hub(hub_at_provider: Any, provider: Any) -> None:
    """A user who takes a name that is allowed, or an administrator's, gets nothing by it."""
    hub = await hub_at_provider(
        **FOLLOWED, allow_all=False, allowed_users={"alice", "bob"}, admin_users={"root"}, user_data_max_age=0
    )
    browser = await signs_in(hub, "alice")
    rename(provider, "alice", "root")
    assert await account_of(hub, "alice") == "alice"
    assert await stays(hub, browser, "alice")
    assert hub.accounts()["alice"] is False
    set_options(hub, allowed_users={"bob"})
    rename(provider, "alice", "bob")
    await refused_with(hub, "alice", 403)


@pytest.mark.parametrize("blocked", ["alice", "Alice.B", "alice.b"])
async def test_a_user_is_blocked_by_either_name(hub_at_provider: Any, provider: Any, blocked: str) -> None:
    hub = await hub_at_provider(**FOLLOWED, user_data_max_age=0)
    browser = await signs_in(hub, "alice")
    rename(provider, "alice", "Alice.B")
    assert await account_of(hub, "alice") == "alice"
    set_options(hub, blocked_users={blocked})
    _, line = await refused_with(hub, "alice", 403)
    assert "blocked_users" in line
    assert not await stays(hub, browser, "alice")


async def test_username_map_names_the_first_account_only(hub_at_provider: Any, provider: Any) -> None:
    hub = await hub_at_provider(**FOLLOWED, username_map={"alice": "ada"})
    assert await account_of(hub, "alice") == "ada"
    set_options(hub, username_map={"alice": "alice2", "alice.b": "bob"})
    assert await account_of(hub, "alice") == "ada"
    rename(provider, "alice", "alice.b")
    assert await account_of(hub, "alice") == "ada"
    assert await account_of(hub, "bob") == "bob"


async def test_overrides_and_hooks_name_the_first_account_only(hub_at_provider: Any, provider: Any) -> None:
    """They add something to the name each time."""
    names: list[str] = []

    def post_auth_hook(authenticator: Any, handler: Any, model: dict[str, Any]) -> dict[str, Any]:
        names.append(model["name"])
        return {**model, "name": model["name"] + "-hook"}

    hub = await hub_at_provider(**FOLLOWED, post_auth_hook=post_auth_hook)

    async def update_auth_model(model: dict[str, Any]) -> dict[str, Any]:
        return {**model, "name": "u-" + model["name"]}

    hub.authenticator.update_auth_model = update_auth_model
    assert await account_of(hub, "alice") == "u-alice-hook"
    rename(provider, "alice", "alice.b")
    assert await account_of(hub, "alice") == "u-alice-hook"
    assert names == ["u-alice", "u-alice-hook"]
    assert list(hub.accounts()) == ["u-alice-hook"]


async def test_an_authenticate_that_returns_a_fresh_model(hub_at_provider: Any, provider: Any) -> None:
    hub = await hub_at_provider(**FOLLOWED)
    own = hub.authenticator.authenticate

    async def authenticate(handler: Any, data: Any = None, **kwargs: Any) -> dict[str, Any]:
        model = await own(handler, data, **kwargs)
        return {"name": provider.users["alice"]["preferred_username"], "auth_state": model["auth_state"]}

    hub.authenticator.authenticate = authenticate
    await signs_in(hub, "alice")
    rename(provider, "alice", "Alice.B")
    assert await account_of(hub, "alice") == "alice"


# --- records -----------------------------------------------------------------------------------------------------------


def identities(hub: Hub) -> dict[str, str | None]:
    rows = hub.app.db.execute(
        text("SELECT users.name, suite_accounts.identity FROM users JOIN suite_accounts ON users.id = user_id")
    )
    return {row.name: row.identity for row in rows}


@pytest.mark.parametrize("earlier", ["this package", "another package", "an earlier release"])
async def test_accounts_from_before_the_option(provider: Any, tmp_path: Path, earlier: str) -> None:
    """Their records are read once, when the Hub starts with the option."""
    state = HubState(tmp_path)
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    async with start_hub(generic_config(provider, enable_auth_state=True), state) as hub:
        await signs_in(hub, "alice")
        await signs_in(hub, "bob")
        if earlier == "an earlier release":
            hub.app.db.execute(text("UPDATE suite_accounts SET identity = NULL"))
        if earlier == "another package":
            hub.app.db.execute(text("DELETE FROM suite_accounts"))
            auth_state = await kept(hub, "alice")
            del auth_state["suite"]
            await hub.app.users["alice"].save_auth_state(auth_state)
        hub.app.users["bob"].encrypted_auth_state = b"of a lost key"
        hub.app.db.commit()
    rename(provider, "alice", "alice.b")
    for added in (earlier != "this package", False):
        async with start_hub(generic_config(provider, **FOLLOWED), state) as hub:
            assert bool(hub.log.lines_with("1 more accounts can be found by issuer and subject")) is added
            assert identities(hub)["alice"] == owner_key(Owner(provider.issuer, "subject-of-alice"))
            assert await account_of(hub, "alice") == "alice"
            await refused_with(hub, "bob", 409)


async def test_the_record_decides_and_not_the_index(hub_at_provider: Any, provider: Any) -> None:
    """An index that is out of date, for whatever reason, gives no account away."""
    hub = await hub_at_provider(**FOLLOWED)
    await signs_in(hub, "alice")
    await signs_in(hub, "bob")
    hub.app.db.execute(
        ACCOUNTS.update()
        .where(ACCOUNTS.c.user_id == hub.app.users["alice"].id)
        .values(identity=owner_key(Owner(provider.issuer, "subject-of-bob")))
    )
    hub.app.db.commit()
    rename(provider, "bob", "bob.b")
    assert await account_of(hub, "bob") == "bob"
    auth_state = await kept(hub, "bob")
    await hub.app.users["bob"].save_auth_state(None)
    assert await account_of(hub, "bob") == "bob.b"  # an account without a record has no owner
    rename(provider, "bob", "bob")
    await hub.app.users["bob"].save_auth_state({**auth_state, "suite": {**auth_state["suite"], "issuer": "https://x"}})
    assert await account_of(hub, "bob") == "bob.b"


async def test_a_record_that_cannot_be_read(hub_at_provider: Any, provider: Any) -> None:
    """The owner is unknown: the user is refused, and gets no second account."""
    hub = await hub_at_provider(**FOLLOWED)
    await signs_in(hub, "alice")
    hub.app.users["alice"].encrypted_auth_state = b"of a lost key"
    hub.app.db.commit()
    rename(provider, "alice", "alice.b")
    _, line = await refused_with(hub, "alice", 409)
    assert "--user alice" in line
    assert list(hub.accounts()) == ["alice"]


async def test_an_account_is_found_by_an_index(hub_at_provider: Any, provider: Any) -> None:
    """Among 50,000 accounts: two statements more than without the option, and no other record is read."""
    hub = await hub_at_provider(**FOLLOWED)
    await signs_in(hub, "alice")
    hub.app.db.execute(orm.User.__table__.insert(), [{"name": f"u{n}"} for n in range(50_000)])
    numbers = hub.app.db.execute(text("SELECT id FROM users WHERE name LIKE 'u%'")).scalars()
    rows = [{"user_id": number, "identity": owner_key(Owner("x", str(number)))} for number in numbers]
    hub.app.db.execute(ACCOUNTS.insert(), rows)
    hub.app.db.commit()
    plan = hub.app.db.execute(text("EXPLAIN QUERY PLAN SELECT user_id FROM suite_accounts WHERE identity = 'x'")).all()
    assert "USING INDEX" in str(plan) or "USING COVERING INDEX" in str(plan)
    costs = []
    for followed in (False, True):
        set_options(hub, follow_renames=followed)
        browser = hub.browser()
        callback = await browser.walk_to_callback("alice")
        with counting(hub) as database:
            assert (await browser.get(callback)).status == 302
        costs.append(database.cost_without_pings)
    assert costs[1].statements - costs[0].statements <= 2
    assert costs[1].transactions == costs[0].transactions


async def test_the_index_is_made_in_batches(
    hub_at_provider: Any, provider: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not all records of a large Hub are in memory at the same time, and unreadable ones do not end it."""
    hub = await hub_at_provider(**FOLLOWED)
    for name in ("alice", "bob", "carol"):
        await signs_in(hub, name)
    hub.app.users["bob"].encrypted_auth_state = b"of a lost key"
    hub.app.db.execute(text("UPDATE suite_accounts SET identity = NULL"))
    hub.app.db.commit()
    monkeypatch.setattr(renames, "_BATCH", 1)
    with counting(hub) as database:
        assert renames.fill_index(hub.authenticator, hub.app.db) == 2
    assert len([each for each in database.statements if "encrypted_auth_state" in str(each)]) == 4
    assert identities(hub)["carol"] == owner_key(Owner(provider.issuer, "subject-of-carol"))


# --- providers whose users rename themselves ---------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", [LIBRARY, NATIVE, OAUTH_2], ids=["library", "native", "OAuth 2.0"])
async def test_a_renamed_wiki_account(hub_at_wiki: WikiStart, wiki: FakeMediaWiki, protocol: dict[str, str]) -> None:
    hub = await hub_at_wiki(**FOLLOWED, **protocol)
    assert await account_of(hub, "Alice") == "Alice"
    wiki.rename("Alice", "Alice Liddell")
    assert await account_of(hub, "Alice Liddell") == "Alice"


async def test_a_renamed_github_account(hubs: Any) -> None:
    case = GitHubCase()
    async with case.fake as fake:
        state = HubState()
        hub = await hubs(case.config(state.url, **FOLLOWED, allow_all=True), state)
        before = await account_of(hub, case.member.key)
        fake.world.rename_user(case.member.key, "renamed-there")
        assert await account_of(hub, "renamed-there") == before
        assert list(hub.accounts()) == [before]
