"""The suite's own tables in the Hub's database, of which nothing is lost at a restart."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest
from jupyterhub import orm
from sqlalchemy import Float, func, inspect, select, text
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.dialects import postgresql as postgresql_dialect
from sqlalchemy.schema import CreateTable
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator, GenericOAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.store import ended_sessions, refusals, used_tokens
from oauthenticator_suite.hub.store.accounts import AccountRecord
from oauthenticator_suite.hub.store.refusals import MAX_PRIVATE_BYTES, REFUSALS_KEPT, Refusal
from oauthenticator_suite.hub.store.schema import VERSION, prepare
from oauthenticator_suite.hub.store.store import store_of
from oauthenticator_suite.hub.store.tables import (
    ACCOUNTS,
    ENDED_SESSIONS,
    METADATA,
    REFUSALS_TABLE,
    SETTINGS,
    USED_TOKENS,
)
from tests.multi.conftest import at, config_of, entry
from tests.support import HubState, start_hub
from tests.support.postgresql import postgresql

pytestmark = pytest.mark.hub_versions


def dictionary(**traits: Any) -> Config:
    config = Config()
    config.JupyterHub.authenticator_class = DictionaryAuthenticator
    config.DictionaryAuthenticator.update({"passwords": {"ada": "lovelace"}, "allow_all": True, **traits})
    return config


@pytest.fixture
async def db(hubs: Any) -> Any:
    """The session of a Hub with the users ada and bob."""
    hub = await hubs(dictionary())
    db = hub.app.db
    db.add_all([orm.User(name="ada"), orm.User(name="bob")])
    db.commit()
    return db


def user_named(db: Any, name: str) -> orm.User:
    user = orm.User.find(db, name)
    assert user is not None
    return user


def rows(db: Any, table: Any) -> int:
    return db.execute(select(func.count()).select_from(table)).scalar()


# --- the tables ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("auth_state", [False, True])
@pytest.mark.parametrize("kind", ["oauth", "form", "several"])
async def test_the_tables_are_made_at_the_start(hubs: Any, provider: Any, kind: str, auth_state: bool) -> None:
    if kind == "form":
        config = dictionary(enable_auth_state=auth_state)
    elif kind == "several":
        config = config_of([entry("campus", **at(provider))])
        config.MultiAuthenticator.update(enable_auth_state=auth_state, username_collision="prefix")
    else:
        config = Config()
        config.JupyterHub.authenticator_class = GenericOAuthenticator
        config.GenericOAuthenticator.update(**at(provider), enable_auth_state=auth_state)
    hub = await hubs(config)
    assert set(METADATA.tables) <= set(inspect(hub.app.db.connection()).get_table_names())


async def test_a_database_of_a_newer_release_stops_the_start(hubs: Any, tmp_path: Any) -> None:
    state = HubState(tmp_path)
    async with start_hub(dictionary(), state) as hub:
        hub.app.db.execute(SETTINGS.update().values(value=VERSION + 1))
        hub.app.db.commit()
    with pytest.raises(ConfigurationError, match=rf"version {VERSION + 1}, .* up to {VERSION}: install the release"):
        await hubs(dictionary(), state)


async def test_tables_of_an_older_release_are_upgraded_step_by_step(db: Any) -> None:
    def step(column: str) -> Any:
        return lambda connection: connection.execute(text(f"ALTER TABLE suite_accounts ADD COLUMN {column} INTEGER"))

    steps = {VERSION: step("one"), VERSION + 1: step("two")}
    for _ in range(2):  # the second time there is nothing to do
        prepare(db, version=VERSION + 2, upgrades=steps)
    assert {"one", "two"} <= {column["name"] for column in inspect(db.connection()).get_columns(ACCOUNTS.name)}
    with pytest.raises(ConfigurationError):
        prepare(db)


async def test_version_2_gets_the_table_of_refusals(db: Any) -> None:
    REFUSALS_TABLE.drop(db.connection())
    db.execute(SETTINGS.update().values(value=2))
    db.commit()
    prepare(db)
    store_of(db).refusals.add(refusal("AAAA-2222", 1.0))
    assert db.execute(select(SETTINGS.c.value)).scalar() == VERSION


async def test_a_step_that_fails_leaves_the_version_and_the_session_usable(db: Any) -> None:
    with pytest.raises(ZeroDivisionError):
        prepare(db, version=VERSION + 1, upgrades={VERSION: lambda _: 1 / 0})
    prepare(db)
    assert db.execute(select(SETTINGS.c.value)).scalar() == VERSION


async def test_jupyterhub_upgrades_its_database_with_the_tables_present(hubs: Any, tmp_path: Any) -> None:
    state = HubState(tmp_path)
    async with start_hub(dictionary(), state) as hub:
        browser = hub.browser()
        await browser.submit(await browser.open("/hub/login"), {"username": "ada", "password": "lovelace"})
        store_of(hub.app.db).accounts.deny(user_named(hub.app.db, "ada"), "blocked_users", 7.0)
        hub.app.db.commit()
    database = f"--JupyterHub.db_url=sqlite:///{tmp_path / 'hub.sqlite'}"
    command = sys.executable, "-m", "jupyterhub", "upgrade-db", database
    upgrade = await asyncio.create_subprocess_exec(*command, cwd=tmp_path, stderr=asyncio.subprocess.PIPE)
    _, said = await upgrade.communicate()
    assert upgrade.returncode == 0, said
    hub = await hubs(dictionary(), state)
    assert store_of(hub.app.db).accounts.of(user_named(hub.app.db, "ada")).denied_at == 7.0


async def test_on_postgresql(hubs: Any) -> None:
    """The tables are made there too, a login writes a row, and the row is removed with its user."""
    config = dictionary(failure_delay=0)
    with postgresql() as server:
        config.JupyterHub.update(db_url=server.url, db_kwargs={"connect_args": {}})
        async with start_hub(config) as hub:
            browser = hub.browser()
            await browser.submit(await browser.open("/hub/login"), {"username": "ada", "password": "lovelace"})
            db = hub.app.db
            ada = user_named(db, "ada")
            assert store_of(db).accounts.of(ada).signed_in_at
            store_of(db).accounts.deny(ada, "blocked_users", 2.0)
            store_of(db).ended_sessions.add("cookie", "logout", 1.0)
            store_of(db).refusals.add(refusal("AAAA-2222", 1.0, private=b"sealed"))
            assert store_of(db).refusals.of("AAAA-2222") == refusal("AAAA-2222", 1.0, private=b"sealed")
            assert store_of(db).refusals.counts_since(0.0) == {("github", "allowed_users"): 1}
            assert store_of(db).used_tokens.use("issuer jti", 600.0, 0.0)
            db.commit()
            hub.app.users.delete(hub.app.users["ada"])
            assert rows(db, ACCOUNTS) == 0


# --- accounts --------------------------------------------------------------------------------------------------------


async def test_an_account_without_a_row(db: Any) -> None:
    assert store_of(db).accounts.of(user_named(db, "ada")) == AccountRecord()


async def test_a_login_clears_what_ended_earlier_sessions(db: Any) -> None:
    accounts, ada = store_of(db).accounts, user_named(db, "ada")
    accounts.require_sign_in(ada, 1.0)
    accounts.end_grant(ada, "hash")
    accounts.deny(ada, "blocked_users", 2.0)
    accounts.deny(ada, "allowed_groups", 3.0)
    accounts.note_request(ada, 4.0)
    assert accounts.of(ada) == AccountRecord(
        last_request_at=4.0, must_sign_in_since=1.0, ended_grant="hash", denied_at=2.0, denied_rule="allowed_groups"
    )
    accounts.permit(ada)
    assert not accounts.of(ada).is_denied
    accounts.note_login(ada, 9.0)
    assert accounts.of(ada) == AccountRecord(signed_in_at=9.0, last_request_at=9.0)
    assert accounts.of(user_named(db, "bob")) == AccountRecord()


async def test_a_new_user_and_the_row_are_written_in_one_transaction(db: Any) -> None:
    eve = orm.User(name="eve")
    db.add(eve)
    store_of(db).accounts.note_login(eve, 1.0)
    db.rollback()
    assert orm.User.find(db, "eve") is None
    assert rows(db, ACCOUNTS) == 0


async def test_after_a_rollback_the_database_counts(db: Any) -> None:
    accounts, ada = store_of(db).accounts, user_named(db, "ada")
    accounts.note_login(ada, 1.0)
    db.commit()
    accounts.deny(ada, "blocked_users", 2.0)
    db.rollback()
    assert accounts.of(ada) == AccountRecord(signed_in_at=1.0, last_request_at=1.0)


async def test_a_row_is_removed_with_its_user_and_not_inherited(db: Any) -> None:
    """SQLite gives the number of the user who was deleted last to the next new one."""
    accounts, bob = store_of(db).accounts, user_named(db, "bob")
    accounts.deny(bob, "blocked_users", 2.0)
    db.commit()
    db.delete(bob)
    db.commit()
    assert rows(db, ACCOUNTS) == 0
    db.add(orm.User(name="robert"))
    db.commit()
    assert accounts.of(user_named(db, "robert")) == AccountRecord()


# --- refusals ----------------------------------------------------------------------------------------------------------

RULES = (("blocked", "blocked_users", False), ("allowed", "allowed_users", False), ("allowed", "allowed_groups", None))


def refusal(reference: str, at: float, **fields: Any) -> Refusal:
    known: dict[str, Any] = {"provider": "github", "error": "AccessDenied", "rule": "allowed_users", "rules": RULES}
    return Refusal(reference=reference, at=at, **{**known, **fields})


async def test_a_refusal_is_found_by_its_reference(db: Any) -> None:
    store = store_of(db).refusals
    added = [refusal("AAAA-2222", 1.0, private=b"sealed"), refusal("BBBB-3333", 2.0), refusal("CCCC-4444", 3.0)]
    for each in added:
        store.add(each)
    assert store.of("AAAA-2222") == added[0]
    assert store.of("DDDD-5555") is None
    assert store.recent(2) == [added[2], added[1]]
    assert "sealed" not in repr(added[0])


async def test_refusals_are_counted_by_provider_and_rule(db: Any) -> None:
    store = store_of(db).refusals
    store.add(refusal("AAAA-2222", 1.0))
    store.add(refusal("BBBB-3333", 2.0))
    store.add(refusal("CCCC-4444", 3.0, private=b"sealed"))
    store.add(refusal("DDDD-5555", 4.0, rule="", rules=(), error="IdentityError"))
    store.add(refusal("EEEE-6666", 4.0, provider="campus"))
    assert store.counts_since(2.0) == {
        ("github", "allowed_users"): 2,
        ("github", "IdentityError"): 1,
        ("campus", "allowed_users"): 1,
    }


async def test_refusals_are_kept_for_a_week(db: Any) -> None:
    store = store_of(db).refusals
    store.add(refusal("AAAA-2222", 0.0))
    store.add(refusal("BBBB-3333", 1.0))
    store.add(refusal("CCCC-4444", REFUSALS_KEPT))
    assert [each.reference for each in store.recent(10)] == ["CCCC-4444", "BBBB-3333"]


async def test_the_oldest_refusals_make_room(db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "MAX_REFUSALS", 2)
    store = store_of(db).refusals
    for number in range(5):
        store.add(refusal(f"AAAA-222{number}", float(number)))
    assert [each.at for each in store.recent(10)] == [4.0, 3.0]


async def test_what_no_column_takes_is_refused_before_it_is_written(db: Any) -> None:
    with pytest.raises(ValueError, match="more than"):
        store_of(db).refusals.add(refusal("AAAA-2222", 1.0, private=bytes(MAX_PRIVATE_BYTES + 1)))
    assert rows(db, REFUSALS_TABLE) == 0


# --- ended sessions, used tokens, settings -----------------------------------------------------------------------------


async def test_reasons_are_kept_for_a_day(db: Any) -> None:
    ended = store_of(db).ended_sessions
    ended.add("cookie", "logout", 0.0)
    ended.add("cookie", "denied", 10.0)
    assert ended.reason_of(ended_sessions.hash_of_cookie("cookie"), 20.0) == "denied"
    assert ended.reason_of(ended_sessions.hash_of_cookie("another"), 20.0) is None
    assert ended.reason_of(ended_sessions.hash_of_cookie("cookie"), 10.0 + ended_sessions.KEPT) is None
    ended.add("another", "logout", 10.0 + ended_sessions.KEPT)
    assert rows(db, ENDED_SESSIONS) == 1
    assert "cookie" not in str(db.execute(select(ENDED_SESSIONS)).all())


async def test_a_token_is_used_once(db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    used = store_of(db).used_tokens
    assert used.use("issuer jti", 600.0, 0.0)
    assert not used.use("issuer jti", 600.0, 1.0)
    used.forget("issuer jti")
    assert used.use("issuer jti", 600.0, 2.0)
    assert used.use("issuer other", 9000.0, 3.0)
    monkeypatch.setattr(used_tokens, "MAX_TOKENS", 2)
    assert not used.use("one too many", 9000.0, 4.0)
    assert used.use("one too many", 9000.0, 700.0)  # the first has ended in the meantime
    assert rows(db, USED_TOKENS) == 2


async def test_a_setting(db: Any) -> None:
    settings = store_of(db).settings
    assert settings.get("x") is None
    settings.set("x", 1.0)
    settings.set("x", 2.5)
    assert settings.get("x") == 2.5


@pytest.mark.parametrize(
    ("dialect", "kind"),
    [(mysql.dialect(), "FLOAT(53)"), (postgresql_dialect.dialect(), "FLOAT(53)"), (sqlite.dialect(), "FLOAT")],
    ids=["mysql", "postgresql", "sqlite"],
)
def test_numbers_have_double_precision(dialect: Any, kind: str) -> None:
    """A time in seconds has ten digits before the point. MySQL's FLOAT, of single precision, has seven in all."""
    numbers = 0
    for table in METADATA.sorted_tables:
        lines = str(CreateTable(table).compile(dialect=dialect)).splitlines()
        for column in table.columns:
            if isinstance(column.type, Float):
                numbers += 1
                (line,) = [line.strip() for line in lines if line.split()[:1] == [column.name]]
                assert line.rstrip(",").split(" ")[1] == kind, line
                if dialect.name != "sqlite":  # which has one type of 8 bytes
                    assert column.type.precision == 53
    assert numbers == 8
