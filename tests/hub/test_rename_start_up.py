"""`follow_renames`: the start-up checks, and the Unix accounts of a `Local…` class."""

from __future__ import annotations

import pwd
from collections.abc import Callable
from typing import Any

import pytest
from jupyterhub.spawner import LocalProcessSpawner, SimpleLocalProcessSpawner
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.orm import Session
from traitlets.config import Config

from oauthenticator_suite import GenericOAuthenticator, JupyterHubOAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.findings.finding import find
from oauthenticator_suite.hub.store import schema
from tests.conftest import generic_config
from tests.hub.test_renamed_users import FOLLOWED, account_of, kept, new_person, rename
from tests.hub.visits import refused_with, signs_in
from tests.support import Hub, HubDidNotStart, HubState
from tests.support.entry_points import LOCAL

pytestmark = pytest.mark.hub_versions

CLASS: Any = LOCAL["suite-local-generic"]


async def stops(hub_at_provider: Any, **traits: Any) -> str:
    with pytest.raises((ConfigurationError, HubDidNotStart)) as stopped:
        await hub_at_provider(**traits)
    return str(stopped.value)


@pytest.mark.parametrize(
    ("traits", "said"),
    [
        ({"enable_auth_state": False}, "Set c.GenericOAuthenticator.enable_auth_state = True as well"),
        ({"rebind_accounts_by_name": True}, "rebind_accounts_by_name when all users have moved"),
    ],
)
async def test_options_that_contradict_each_other(hub_at_provider: Any, traits: dict[str, Any], said: str) -> None:
    assert said in await stops(hub_at_provider, **{**FOLLOWED, **traits})


async def test_a_provider_that_knows_names_only(hubs: Any) -> None:
    config = Config()
    config.JupyterHub.authenticator_class = JupyterHubOAuthenticator
    config.JupyterHubOAuthenticator.update(
        **FOLLOWED, hub_url="https://hub.example.org", client_id="service-hub", client_secret="s", allow_all=True
    )
    with pytest.raises((ConfigurationError, HubDidNotStart), match="no identifier of a user that stays the same"):
        await hubs(config)


def test_a_provider_whose_default_username_is_the_subject() -> None:
    """Slack: by `sub`, which stays the same, users are found under whatever claim is the username."""
    config = Config()
    config.GenericOAuthenticator.update(**FOLLOWED, preset="slack", username_claim="email")
    found = [finding.code for finding in find(GenericOAuthenticator(config=config), "start")]
    assert "preset" in found
    assert "follow-renames-no-subject" not in found


class CreatesUsers(LocalProcessSpawner):
    """As the spawner of The Littlest JupyterHub, which creates the Unix users."""


CreatesUsers.__name__ = "UserCreatingSpawner"


@pytest.mark.parametrize(
    ("spawner", "starts"), [(LocalProcessSpawner, False), (SimpleLocalProcessSpawner, True), (CreatesUsers, True)]
)
async def test_servers_of_unix_users(provider: Any, hubs: Any, spawner: type, starts: bool) -> None:
    config = generic_config(provider, **FOLLOWED)
    config.JupyterHub.spawner_class = spawner
    if starts:
        assert await hubs(config)
        return
    with pytest.raises((ConfigurationError, HubDidNotStart), match="Use the Local… class of this provider"):
        await hubs(config)


def test_without_a_hub_no_spawner_is_known() -> None:
    authenticator = GenericOAuthenticator(follow_renames=True, enable_auth_state=True)
    with pytest.raises(ConfigurationError) as stopped:
        authenticator.check_configuration()
    assert "follow_renames" not in str(stopped.value)


# --- Unix accounts ---------------------------------------------------------------------------------------------------


ALICE, BOB, ALICE_B = (f"suite-test-{name}" for name in ("alice", "bob", "alice.b"))


@pytest.fixture
def accounts(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """The Unix accounts, with their numbers. This machine must have no accounts of these names."""
    uids = {ALICE: 5001, BOB: 5002}

    def getpwnam(name: str) -> pwd.struct_passwd:
        if name not in uids:
            raise KeyError(name)
        return pwd.struct_passwd((name, "x", uids[name], 65534, "", f"/home/{name}", "/bin/sh"))

    monkeypatch.setattr(pwd, "getpwnam", getpwnam)
    return uids


@pytest.fixture
def local_hub(provider: Any, hubs: Any) -> Callable[..., Any]:
    async def start(**traits: Any) -> Hub:
        state = HubState()
        provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
        config = generic_config(provider, **{**FOLLOWED, **traits})
        rename(provider, "alice", ALICE)
        rename(provider, "bob", BOB)
        config.JupyterHub.authenticator_class = CLASS
        config.JupyterHub.spawner_class = LocalProcessSpawner
        return await hubs(config, state)

    return start


async def starts_server(hub: Hub, name: str) -> int:
    """The status of the Hub's API when the user starts a server; 200 when nothing would keep it from starting."""
    user = hub.app.users[name]
    try:
        await hub.authenticator.pre_spawn_start(user, user.spawner)
    except Exception as error:  # noqa: BLE001 - a web.HTTPError
        return int(getattr(error, "status_code", 500))
    return 200


async def test_the_unix_account_keeps_its_name(local_hub: Any, provider: Any, accounts: dict[str, int]) -> None:
    hub = await local_hub()
    assert await account_of(hub, "alice") == ALICE
    assert (await kept(hub, ALICE))["suite"]["uid"] == 5001
    rename(provider, "alice", ALICE_B)
    assert await account_of(hub, "alice") == ALICE
    assert await starts_server(hub, ALICE) == 200


async def test_the_unix_account_is_renamed_too(local_hub: Any, provider: Any, accounts: dict[str, int]) -> None:
    """The former name belongs to a new user of the directory. Nothing must run as this user."""
    hub = await local_hub()
    await signs_in(hub, "alice")
    rename(provider, "alice", ALICE_B)
    accounts.update({ALICE: 7777, ALICE_B: 5001})
    _, line = await refused_with(hub, "alice", 409)
    assert "had the number 5001 at the user's last login, and now has the number 7777" in line
    assert await starts_server(hub, ALICE) == 403
    new_person(provider, "other", ALICE)
    await refused_with(hub, "other", 409)
    del accounts[ALICE]
    assert await starts_server(hub, ALICE) == 403
    # as the message says: the operator renames the Hub's account
    hub.app.users[ALICE].orm_user.name = ALICE_B
    hub.app.db.commit()
    assert await account_of(hub, "alice") == ALICE_B
    assert await starts_server(hub, ALICE_B) == 200


async def test_a_rename_before_a_number_was_recorded(local_hub: Any, provider: Any, accounts: dict[str, int]) -> None:
    """What the Unix account was is unknown, which is not yes."""
    hub = await local_hub(follow_renames=False)
    await signs_in(hub, "alice")
    await signs_in(hub, "bob")
    assert (await kept(hub, ALICE))["suite"]["uid"] is None
    hub.authenticator.follow_renames = True
    assert await starts_server(hub, BOB) == 200  # not renamed: recorded now
    assert (await kept(hub, BOB))["suite"]["uid"] == 5002
    rename(provider, "alice", ALICE_B)
    _, line = await refused_with(hub, "alice", 409)
    assert "no user number was recorded before" in line


async def test_a_system_that_cannot_tell(
    local_hub: Any, accounts: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = await local_hub()
    await signs_in(hub, "alice")

    def getpwnam(name: str) -> pwd.struct_passwd:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(pwd, "getpwnam", getpwnam)
    assert await starts_server(hub, ALICE) == 503


async def test_a_record_that_cannot_be_read_starts_no_server(local_hub: Any, accounts: dict[str, int]) -> None:
    hub = await local_hub()
    await signs_in(hub, "alice")
    hub.app.users[ALICE].encrypted_auth_state = b"of a lost key"
    hub.app.db.commit()
    assert await starts_server(hub, ALICE) == 503


# --- the tables ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("half", [False, True], ids=["whole", "after a failure"])
def test_the_tables_of_the_first_version_are_upgraded(tmp_path: Any, half: bool) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'hub.sqlite'}")
    with Session(engine) as db:
        db.execute(text("CREATE TABLE users (id INTEGER PRIMARY KEY)"))
        db.execute(text("CREATE TABLE suite_settings (name VARCHAR(64) PRIMARY KEY, value FLOAT NOT NULL)"))
        db.execute(text("INSERT INTO suite_settings VALUES ('schema_version', 1)"))
        db.execute(text("CREATE TABLE suite_accounts (user_id INTEGER PRIMARY KEY, signed_in_at FLOAT)"))
        if half:
            db.execute(text("ALTER TABLE suite_accounts ADD COLUMN identity VARCHAR(64)"))
        schema.prepare(db)
        found = inspect(db.connection())
        assert "identity" in {column["name"] for column in found.get_columns("suite_accounts")}
        assert ["identity"] in [index["column_names"] for index in found.get_indexes("suite_accounts")]
        assert db.execute(text("SELECT value FROM suite_settings")).scalar() == schema.VERSION
    engine.dispose()
