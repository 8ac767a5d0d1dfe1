"""The life of an account, from its first login to its end, with each database: SQLite and PostgreSQL.

The Hub is started again, and the database fails, at the moments at which it matters. `test_postgresql` and
`test_database_faults` have the failures that only one of them knows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupyterhub
import pytest
from jupyterhub import orm
from sqlalchemy import Engine, create_engine, func, inspect, select, text
from sqlalchemy.orm import Session
from traitlets.config import Config

from oauthenticator_suite.hub.store import schema
from oauthenticator_suite.hub.store.store import store_of
from oauthenticator_suite.hub.store.tables import ACCOUNTS, ENDED_SESSIONS, METADATA, USED_TOKENS
from tests.conftest import generic_config
from tests.contract.logouts import lives, register_logout, tokens_in
from tests.multi.conftest import PASSWORDS, at, config_of, entry
from tests.support import Browser, Hub, HubState, reference_on, start_hub
from tests.support.database import Cost, counting
from tests.support.database_faults import IMPATIENT, locked
from tests.support.postgresql import PostgreSQL, postgresql

pytestmark = pytest.mark.hub_versions

ASKED: dict[str, Any] = {"enable_auth_state": True, "user_data_max_age": 0}
"""Each refresh asks the provider."""

GROUPS: dict[str, Any] = {"manage_groups": True, "admin_groups": {"admins"}, "scope": ["openid", "profile", "groups"]}


@dataclass
class Database:
    """A database that outlives the Hub.

    Attributes
    ----------
    state:
        What the Hub keeps when it is started again.
    options:
        Options of JupyterHub for this database.
    url:
        Its URL.
    failing:
        A context manager: within its block the database cannot be used.
    """

    state: HubState
    options: dict[str, Any]
    url: str
    failing: Callable[[], Any]

    @asynccontextmanager
    async def hub(self, config: Config) -> AsyncIterator[Hub]:
        config.JupyterHub.update(self.options)
        async with start_hub(config, self.state) as hub:
            yield hub

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        engine = create_engine(self.url)
        try:
            yield engine
        finally:
            engine.dispose()


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    with postgresql() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    if request.param == "sqlite":
        state = HubState(tmp_path)
        url = f"sqlite:///{tmp_path / 'hub.sqlite'}"
        return Database(state, {"db_kwargs": IMPATIENT}, url, lambda: locked(state))
    server: PostgreSQL = request.getfixturevalue("server")

    @contextmanager
    def stopped() -> Iterator[None]:
        server.stop()
        try:
            yield
        finally:
            server.start()

    url = server.new_database()
    return Database(HubState(), {"db_url": url, "db_kwargs": {"connect_args": {}}}, url, stopped)


Start = Callable[..., Any]


@pytest.fixture
def hub_on(database: Database, provider: Any) -> Start:
    """`async with hub_on(trait=value, …) as hub`: a Hub with this database. Each is the same Hub, started again."""

    def start(**traits: Any) -> Any:
        provider.client.redirect_uris.add(f"{database.state.url}/hub/oauth_callback")
        return database.hub(generic_config(provider, **traits))

    return start


def again(hub: Hub, browser: Browser) -> Browser:
    """The same browser, at the Hub that was started again."""
    other = hub.browser(browser.user)
    browser.copy_cookies_to(other)
    return other


async def visit_when_due(hub: Hub, browser: Browser, name: str = "alice") -> int:
    """The status of a page for which a refresh is due."""
    hub.app.users[name]._auth_refreshed = None
    hub.authenticator.refresher._outcomes._stored.clear()
    return (await browser.get("/hub/home")).status


def rights_of(hub: Hub, name: str) -> tuple[bool, list[str]]:
    hub.app.db.expire_all()
    user = orm.User.find(hub.app.db, name)
    assert user is not None
    return user.admin, sorted(group.name for group in user.groups)


# --- logins ----------------------------------------------------------------------------------------------------------


async def test_a_first_login_and_a_repeated_one(hub_on: Start, provider: Any) -> None:
    provider.users["alice"]["groups"] = ["staff"]
    async with hub_on(**ASKED, **GROUPS) as hub:
        await hub.browser().login("alice")
        assert rights_of(hub, "alice") == (False, ["staff"])
        account = store_of(hub.app.db).accounts.of(orm.User.find(hub.app.db, "alice"))
        first = account.signed_in_at
        assert account.identity
        assert account.provider_session
    provider.users["alice"].update(groups=["admins", "Größe"], name="Ălice")
    async with hub_on(**ASKED, **GROUPS) as hub:
        await hub.browser().login("alice")
        assert rights_of(hub, "alice") == (True, ["Größe", "admins"])
        assert list(hub.accounts()) == ["alice"]
        later = store_of(hub.app.db).accounts.of(orm.User.find(hub.app.db, "alice"))
        assert first is not None
        assert later.signed_in_at is not None
        assert later.signed_in_at > first
        assert later.granted_admin
        auth_state = await hub.auth_state("alice")
        assert auth_state is not None
        assert auth_state["oauth_user"]["name"] == "Ălice"


async def test_the_hub_is_started_again_in_the_middle_of_a_login(hub_on: Start) -> None:
    async with hub_on(**ASKED) as hub:
        before = hub.browser()
        callback = await before.walk_to_callback("alice")
    async with hub_on(**ASKED) as hub:
        browser = again(hub, before)
        assert (await browser.get(callback)).status == 302
        assert browser.logged_in
        assert (await browser.get("/hub/home")).status == 200


@pytest.mark.parametrize("in_transaction", [False, True], ids=["idle", "in a transaction"])
async def test_the_database_is_restarted_between_two_logins(
    database: Database, hub_on: Start, in_transaction: bool
) -> None:
    """The next login works, or its page says that it does not; the one after works."""
    async with hub_on(**ASKED) as hub:
        assert (await hub.browser().login("alice")).status == 200
        hub.app.db.commit()
        if in_transaction:  # as any page that reads leaves it: JupyterHub does not check the connection then
            hub.app.db.execute(text("SELECT 1"))
        with database.failing():
            pass
        page = await hub.browser().login("bob")
        if page.status != 200:
            assert in_transaction
            assert page.status == 503
            (line,) = hub.log.lines_with(reference_on(page, hub))
            assert "DatabaseFailed" in line
        for name in ("bob", "alice"):
            assert (await hub.browser().login(name)).status == 200
        assert not hub.log.lines_with("Traceback")


async def test_the_database_fails_in_the_middle_of_a_login(database: Database, hub_on: Start, provider: Any) -> None:
    """A page with status 503, and nothing is left of the first login. Users who are signed in stay."""
    async with hub_on(**ASKED) as hub:
        alice, bob = hub.browser(), hub.browser()
        assert (await alice.login("alice")).status == 200
        callback = await bob.walk_to_callback("bob")
        user = hub.app.users["alice"]
        with database.failing():
            page = await bob.get(callback)
            hub.authenticator.refresher._outcomes._stored.clear()
            assert await hub.run(hub.authenticator.refresh_user(user))
        assert page.status == 503
        assert "cannot be used, so nothing was changed" in page.text
        assert not bob.logged_in
        assert list(hub.accounts()) == ["alice"]
        assert (await alice.get("/hub/home")).status == 200
        assert (await hub.browser().login("bob")).status == 200


async def test_one_of_several(database: Database, provider: Any) -> None:
    """A login at a provider and one with a form; the account of another provider with the same name is refused."""
    provider.client.redirect_uris.add(f"{database.state.url}/hub/auth/campus/authorize")
    dictionary = {"passwords": PASSWORDS, "allow_all": True}
    entries = [
        entry("campus", **at(provider)),
        entry("book", "oauthenticator_suite.DictionaryAuthenticator", **dictionary),
    ]
    async with database.hub(config_of(entries, enable_auth_state=True)) as hub:
        assert (await hub.browser().login("alice", at="campus")).status == 200

    async def posts(hub: Hub, name: str) -> int:
        browser = hub.browser()
        await browser.open("/hub/login")
        fields = {"username": name, "password": PASSWORDS[name], "_xsrf": browser.cookies["_xsrf"]}
        return (await browser.request("POST", f"{hub.url}/hub/auth/book/login", data=fields)).status

    async with database.hub(config_of(entries, enable_auth_state=True)) as hub:
        assert await posts(hub, "ada") == 302
        assert await posts(hub, "alice") == 409
        assert (await hub.browser().login("alice", at="campus")).status == 200


# --- refreshes -------------------------------------------------------------------------------------------------------


async def test_a_refresh(hub_on: Start, provider: Any) -> None:
    """Also of a user who signed in before the Hub was started."""
    provider.users["alice"]["groups"] = ["staff"]
    provider.access_token_lifetime = 1
    async with hub_on(**ASKED, **GROUPS) as hub:
        browser = hub.browser()
        await browser.login("alice")
        before = await hub.auth_state("alice")
    for groups in (["admins"], ["staff", "students"]):
        provider.users["alice"]["groups"] = groups
        async with hub_on(**ASKED, **GROUPS) as hub:
            browser = again(hub, browser)
            assert await visit_when_due(hub, browser) == 200
            assert rights_of(hub, "alice") == ("admins" in groups, groups)
            after = await hub.auth_state("alice")
            assert before is not None
            assert after is not None
            assert after["refresh_token"] != before["refresh_token"]
            before = after
    assert provider.refusals == []


@pytest.mark.skipif(jupyterhub.version_info[:2] < (6, 1), reason="the limits are those of the newest JupyterHub")
async def test_as_many_statements_with_each_database(hub_on: Start) -> None:
    """The limits of `test_sql_statements`, of which each statement is a round trip to a server."""
    async with hub_on(**ASKED) as hub:
        await hub.browser().login("bob")
        for limit in (Cost(8, 2), Cost(3, 2)):
            browser = hub.browser()
            callback = await browser.walk_to_callback("alice")
            with counting(hub) as sent:
                assert (await browser.get(callback)).status == 302
            sent.check(sent.cost, limit)
        user = hub.app.users["alice"]
        await browser.get("/hub/home")
        hub.authenticator.refresher._outcomes._stored.clear()
        user._auth_refreshed = None
        with counting(hub) as sent:
            assert (await browser.get("/hub/home")).status == 200
        sent.check(sent.cost_without_pings, Cost(5, 1))


# --- ends ------------------------------------------------------------------------------------------------------------


async def test_a_denial_holds_until_a_permitted_login(hub_on: Start) -> None:
    async with hub_on(**ASKED) as hub:
        browser = hub.browser()
        await browser.login("alice")
        token = {"Authorization": f"token {hub.app.users['alice'].new_api_token()}"}
    async with hub_on(blocked_users={"alice"}, **ASKED) as hub:
        browser = again(hub, browser)
        assert await visit_when_due(hub, browser) == 302
        assert (await hub.browser().get("/hub/api/user", headers=token)).status == 403
        record = store_of(hub.app.db).accounts.of(orm.User.find(hub.app.db, "alice"))
        assert record.denied_rule == "blocked_users"
    async with hub_on(**ASKED) as hub:
        assert not await lives(again(hub, browser))
        assert (await hub.browser().login("alice")).status == 200
        assert (await hub.browser().get("/hub/api/user", headers=token)).status == 200
        assert not store_of(hub.app.db).accounts.of(orm.User.find(hub.app.db, "alice")).is_denied


async def test_a_logout(hub_on: Start) -> None:
    async with hub_on(**ASKED) as hub:
        browser, other = hub.browser(), hub.browser()
        await browser.login("alice")
        await other.login("alice")
        await browser.open("/hub/logout")
        assert tokens_in(await hub.auth_state("alice")) == {}
    async with hub_on(**ASKED) as hub:
        assert not again(hub, browser).logged_in
        assert not await lives(again(hub, other))
        assert (await hub.browser().login("alice")).status == 200


async def test_a_logout_by_the_provider(database: Database, hub_on: Start, provider: Any) -> None:
    """Found by the hashes of the login, or of a record from before them; accepted once, also after a restart."""
    back = {"backchannel_logout": True, **ASKED}
    for hashes in ("of the login", "none"):
        async with hub_on(**back) as hub:
            register_logout(hub, provider)
            browser = hub.browser()
            await browser.login("alice")
            if hashes == "none":
                hub.app.db.execute(text("UPDATE suite_accounts SET identity = NULL, provider_session = NULL"))
                hub.app.db.commit()
            auth_state = await hub.auth_state("alice")
            assert auth_state is not None
            provider.faults.on("sid-only", times=1)
            token = provider.logout_token("alice", auth_state["suite"]["sid"])
        async with hub_on(**back) as hub:
            with database.failing():
                assert (await provider.send_logout_token(token)).status == 400
            assert (await provider.send_logout_token(token)).status == 200
            assert not await lives(again(hub, browser))
        async with hub_on(**back) as hub:
            assert (await provider.send_logout_token(token)).status == 400
            assert hub.app.db.execute(select(func.count()).select_from(USED_TOKENS)).scalar() > 0
            assert hub.app.db.execute(select(func.count()).select_from(ENDED_SESSIONS)).scalar() > 0


async def test_a_deleted_account_leaves_nothing(hub_on: Start) -> None:
    async with hub_on(**ASKED) as hub:
        await hub.browser().login("alice")
        await hub.browser().login("bob")
        hub.app.users.delete("alice")
        assert hub.app.db.execute(select(func.count()).select_from(ACCOUNTS)).scalar() == 1
        assert (await hub.browser().login("alice")).status == 200


# --- tables ----------------------------------------------------------------------------------------------------------


async def test_tables_of_each_earlier_version_are_upgraded(database: Database, hub_on: Start) -> None:
    """From the first version, by every step. Afterwards the columns are those that a new Hub makes."""
    async with hub_on(**ASKED) as hub:
        await hub.browser().login("alice")

    def columns(engine: Engine) -> dict[str, set[str]]:
        return {table: {each["name"] for each in inspect(engine).get_columns(table)} for table in METADATA.tables}

    def indexes(engine: Engine) -> set[str]:
        return {column for each in inspect(engine).get_indexes("suite_accounts") for column in each["column_names"]}

    with database.engine() as engine:
        made = columns(engine), indexes(engine)
        with engine.begin() as connection:
            for index in ACCOUNTS.indexes:
                index.drop(connection)
            for column in ("identity", "provider_session"):
                connection.execute(text(f"ALTER TABLE suite_accounts DROP COLUMN {column}"))
            connection.execute(text("DROP TABLE suite_refusals"))
            connection.execute(text("UPDATE suite_settings SET value = 1 WHERE name = 'schema_version'"))
        with Session(engine) as db:
            schema.prepare(db)
        assert (columns(engine), indexes(engine)) == made
    async with hub_on(follow_renames=True, **ASKED) as hub:
        assert store_of(hub.app.db).accounts.of(orm.User.find(hub.app.db, "alice")).identity
        assert (await hub.browser().login("alice")).status == 200
