"""Which accounts a logout token is about: found by an index, in the same time on a Hub with 10 users and with 50,000."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from jupyterhub import orm
from jupyterhub.crypto import encrypt
from sqlalchemy import event, inspect, text
from sqlalchemy.engine import Engine

from oauthenticator_suite.hub.accounts.identity_keys import Owner, owner_key, session_key
from oauthenticator_suite.hub.logout import provider_sessions
from oauthenticator_suite.hub.logout.provider_sessions import MAX_SESSION_IDS
from oauthenticator_suite.hub.store.schema import prepare
from oauthenticator_suite.hub.store.tables import ACCOUNTS
from tests.conftest import generic_config
from tests.contract.logouts import lives, register_logout
from tests.multi.conftest import at, config_of, entry
from tests.support import Hub, HubState, start_hub
from tests.support.database import counting
from tests.support.database_faults import IMPATIENT, locked

pytestmark = pytest.mark.hub_versions

BACK: dict[str, Any] = {"enable_auth_state": True, "backchannel_logout": True}

TOKENS = pytest.mark.parametrize("names", ["sub-only", "sid-only"])
"""What the logout token names."""


@contextmanager
def records_read() -> Iterator[list[int]]:
    """For each statement of a Hub that reads `auth_state` of several users at once: 1. The checks of keys read others."""
    read: list[int] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        of_checks = "last_activity DESC" in statement
        if (
            statement.startswith("SELECT")
            and "encrypted_auth_state" in statement
            and "LIMIT" in statement
            and not of_checks
        ):
            read.append(1)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield read
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def add_accounts(hub: Hub, count: int, issuer: str, *, indexed: bool) -> None:
    """Accounts of earlier logins: with their hashes, or as another package leaves them."""
    db = hub.app.db
    first = (db.execute(text("SELECT max(id) FROM users")).scalar() or 0) + 1
    users, rows = [], []
    for number in range(first, first + count):
        record = {"issuer": issuer, "subject": f"subject-{number}", "sid": f"sid-{number}"}
        sealed = await encrypt({"suite": record})
        users.append(
            {"id": number, "name": f"user-{number}", "encrypted_auth_state": sealed, "cookie_id": f"c{number}"}
        )
        keys = owner_key(Owner(issuer, record["subject"])), session_key(issuer, record["sid"])
        rows.append({"user_id": number, "identity": keys[0], "provider_session": keys[1]})
    db.execute(orm.User.__table__.insert(), users)
    if indexed:
        db.execute(ACCOUNTS.insert(), rows)
    db.commit()


async def sid_of(hub: Hub, name: str = "alice") -> str:
    auth_state = await hub.auth_state(name)
    assert auth_state is not None
    sid: str = auth_state["suite"]["sid"]
    return sid


@TOKENS
async def test_as_many_statements_with_many_users(hub_at_provider: Any, provider: Any, names: str) -> None:
    """The first token and each later one."""
    costs = []
    provider.faults.on(names)
    for users in (10, 1000):
        hub = await hub_at_provider(**BACK)
        register_logout(hub, provider)
        await add_accounts(hub, users, provider.issuer, indexed=True)
        for _ in range(2):
            browser = hub.browser("alice")
            await browser.login()
            sid = await sid_of(hub)
            with counting(hub) as database:
                assert (await provider.log_out("alice", sid)).status == 200
            assert not await lives(browser)
            costs.append(database.cost_without_pings.statements)
    first, later, first_of_many, later_of_many = costs
    assert (first_of_many, later_of_many) == (first, later)


@pytest.mark.parametrize("option", ["backchannel_logout", "frontchannel_logout", None])
async def test_sessions_are_remembered_where_the_provider_can_end_them(
    hub_at_provider: Any, option: str | None
) -> None:
    hub = await hub_at_provider(enable_auth_state=True, **({} if option is None else {option: True}))
    await hub.browser().login("alice")
    known = hub.authenticator.logouts.sessions.known_identity(hub.app.users["alice"].id)
    assert (known is not None) is (option is not None)


@TOKENS
async def test_after_a_restart_no_record_of_another_user_is_read(provider: Any, tmp_path: Path, names: str) -> None:
    state = HubState(tmp_path)
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = generic_config(provider, **BACK)
    async with start_hub(config, state) as hub:
        register_logout(hub, provider)
        browser = hub.browser("alice")
        await browser.login()
        await add_accounts(hub, 200, provider.issuer, indexed=True)
        sid, cookies = await sid_of(hub), dict(browser.cookies)
    async with start_hub(config, state) as hub:
        provider.faults.on(names, times=1)
        with records_read() as read:
            assert (await provider.log_out("alice", sid)).status == 200
        assert len(read) == 1, "one look for accounts without hashes, which finds none"
        assert (await hub.browser().get("/hub/home", cookies=cookies)).status == 302


async def test_accounts_without_hashes_are_read_in_the_background(
    provider: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once: the next start of the Hub finds the hashes. Records that cannot be read do not end it."""
    monkeypatch.setattr(provider_sessions, "BATCH_SIZE", 10)
    state = HubState(tmp_path)
    config = generic_config(provider, **BACK)
    async with start_hub(config, state) as hub:
        await add_accounts(hub, 25, provider.issuer, indexed=False)
        hub.app.db.execute(text("UPDATE users SET encrypted_auth_state = 'of a lost key' WHERE id = 3"))
        hub.app.db.commit()
    monkeypatch.setattr(provider_sessions, "READ_AFTER", 0)
    for batches in (3, 1):
        with records_read() as read:
            async with start_hub(config, state) as hub:
                await hub.authenticator.logouts.sessions._task
        assert len(read) == batches
        async with start_hub(config, state) as hub:
            register_logout(hub, provider)
            await hub.authenticator.logouts.sessions._task
            with records_read() as read:
                provider.users["somebody"] = {"sub": "subject-7"}
                assert (await provider.log_out("somebody")).status == 200
            assert read == []
            hub.app.db.expire_all()
            ended = [user.name for user in hub.app.db.query(orm.User) if user.cookie_id != f"c{user.id}"]
            assert ended == ["user-7"]
            hub.app.users["user-7"].cookie_id = "c7"
            hub.app.db.commit()


async def test_other_requests_run_between_two_batches(
    hub_at_provider: Any, provider: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_sessions, "BATCH_SIZE", 10)
    hub = await hub_at_provider(**BACK)
    await add_accounts(hub, 95, provider.issuer, indexed=False)
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    other = asyncio.ensure_future(count_turns())
    await hub.run(hub.authenticator.logouts.sessions.read_all(hub.app.db))
    other.cancel()
    assert turns >= 10


async def test_a_database_that_fails_meanwhile(
    hubs: Any, provider: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line in the log. The next logout token reads what is missing."""
    state = HubState(tmp_path)
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = generic_config(provider, **BACK)
    config.JupyterHub.db_kwargs = IMPATIENT
    hub = await hubs(config, state)
    register_logout(hub, provider)
    browser = hub.browser("alice")
    await browser.login()
    hub.app.db.execute(text("UPDATE suite_accounts SET identity = NULL, provider_session = NULL"))
    hub.app.db.commit()
    monkeypatch.setattr(provider_sessions, "READ_AFTER", 0)
    sessions = hub.authenticator.logouts.sessions
    with locked(state):
        await hub.run(sessions._read_later(hub.app.db))
    (line,) = hub.log.lines_with("Accounts cannot be read for back-channel logout")
    assert "locked" in line
    assert not hub.log.lines_with("Traceback")
    assert (await provider.log_out("alice")).status == 200
    assert not await lives(browser)


async def test_a_session_is_found_by_an_index(hub_at_provider: Any, provider: Any) -> None:
    hub = await hub_at_provider(**BACK)
    query = "EXPLAIN QUERY PLAN SELECT user_id, identity FROM suite_accounts WHERE provider_session = 'x'"
    assert "USING INDEX" in str(hub.app.db.execute(text(query)).all())


async def test_the_tables_of_version_3_are_upgraded(hub_at_provider: Any, provider: Any) -> None:
    """And the accounts are read again, since what they have to add is in their records."""
    hub = await hub_at_provider(**BACK)
    register_logout(hub, provider)
    browser = hub.browser("alice")
    await browser.login()
    sid, db = await sid_of(hub), hub.app.db
    (index,) = [each for each in ACCOUNTS.indexes if "provider_session" in each.columns]
    index.drop(db.connection())
    db.execute(text("ALTER TABLE suite_accounts DROP COLUMN provider_session"))
    db.execute(text("UPDATE suite_settings SET value = 3 WHERE name = 'schema_version'"))
    db.commit()
    prepare(db)
    assert ["provider_session"] in [
        each["column_names"] for each in inspect(db.connection()).get_indexes(ACCOUNTS.name)
    ]
    hub.authenticator.logouts.sessions._by_session_id.clear()
    provider.faults.on("sid-only", times=1)
    assert (await provider.log_out("alice", sid)).status == 200
    assert not await lives(browser)


async def test_few_sessions_are_kept_in_memory(hub_at_provider: Any, provider: Any) -> None:
    hub = await hub_at_provider(**BACK)
    register_logout(hub, provider)
    sids = []
    for _ in range(MAX_SESSION_IDS + 2):
        await hub.browser("alice").login()
        sids.append(await sid_of(hub))
    sessions = hub.authenticator.logouts.sessions
    assert set(sessions._by_session_id) == set(sids[2:])
    browser = hub.browser("alice")
    await browser.login()
    provider.faults.on("sid-only")
    assert (await provider.log_out("alice", sids[0])).status == 200
    assert await lives(browser), "the session of a login that was forgotten"
    assert (await provider.log_out("alice", sids[-1])).status == 200
    assert not await lives(browser)


@TOKENS
async def test_a_deleted_account_whose_number_another_one_has(hub_at_provider: Any, provider: Any, names: str) -> None:
    """SQLite gives numbers of deleted rows again. The new user has not signed in through the provider."""
    hub = await hub_at_provider(**BACK)
    register_logout(hub, provider)
    await hub.browser("alice").login()
    sid, number = await sid_of(hub), hub.app.users["alice"].id
    hub.app.users.delete("alice")
    hub.app.db.add(orm.User(id=number, name="carol", cookie_id="carols"))
    hub.app.db.commit()
    provider.faults.on(names)
    assert (await provider.log_out("alice", sid)).status == 200
    assert hub.app.users["carol"].cookie_id == "carols"


@TOKENS
async def test_an_account_of_several_providers_after_a_restart(provider: Any, tmp_path: Path, names: str) -> None:
    """The hashes are those of the last login, and its `auth_state` tells of the other provider: all records are read."""
    state = HubState(tmp_path)
    client = provider.client
    client.redirect_uris |= {f"{state.url}/hub/auth/{name}/authorize" for name in ("campus", "other")}
    entries = [entry(name, **at(provider, backchannel_logout=True)) for name in ("campus", "other")]
    config = config_of(entries, username_collision="share", enable_auth_state=True)
    async with start_hub(config, state) as hub:
        browser = hub.browser("alice")
        await browser.login(at="campus")
        await browser.open("/hub/logout")
        await browser.login(at="other")
        sid, cookies = await sid_of(hub), dict(browser.cookies)
    client.backchannel_logout_uri = f"{state.url}/hub/auth/campus/backchannel_logout"
    async with start_hub(config, state) as hub:
        assert (await hub.browser().get("/hub/home", cookies=cookies)).status == 200
        if names == "sid-only":
            client.backchannel_logout_uri = f"{state.url}/hub/auth/other/backchannel_logout"
        provider.faults.on(names, times=1)
        assert (await provider.log_out("alice", sid)).status == 200
        assert (await hub.browser().get("/hub/home", cookies=cookies)).status == 302
