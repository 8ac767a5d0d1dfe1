"""A database that fails for a moment: the request that needs it fails with a page, and the next one works."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest
from jupyterhub.auth import DummyAuthenticator
from sqlalchemy import text
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator
from tests.conftest import generic_config
from tests.contract.logouts import register_logout, tokens_in
from tests.multi.conftest import config_of, entry
from tests.support import Browser, Hub, HubState, Time, reference_on
from tests.support.database_faults import IMPATIENT, READS_AND_WRITES, WRITES, locked

pytestmark = pytest.mark.hub_versions

KEPT = {"enable_auth_state": True, "user_data_max_age": 0}
LOCKS = pytest.mark.parametrize("lock", [READS_AND_WRITES, WRITES])


@pytest.fixture
def state(tmp_path: Any) -> HubState:
    return HubState(directory=tmp_path)


@pytest.fixture
def hub_on_disk(provider: Any, hubs: Any, state: HubState) -> Any:
    """`await hub_on_disk(trait=value, …)`: a Hub at the provider whose database is a file."""

    async def start(**traits: Any) -> Hub:
        provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
        config = generic_config(provider, **traits)
        config.JupyterHub.db_kwargs = IMPATIENT
        return await hubs(config, state)

    return start


def says_that_the_database_failed(page: Any, hub: Hub) -> None:
    assert page.status == 503, page.text[:500]
    assert "cannot be used, so nothing was changed" in page.text
    (line,) = hub.log.lines_with(reference_on(page, hub))
    assert "DatabaseFailed (503)" in line
    assert "locked" in line
    assert "INSERT" not in line
    tracebacks = hub.log.lines_with("Traceback")
    assert all("Failed to get current user" in each for each in tracebacks), "only JupyterHub's own"


# --- logins ----------------------------------------------------------------------------------------------------------


@LOCKS
@pytest.mark.parametrize("before", [False, True], ids=["first", "repeated"])
async def test_a_login(hub_on_disk: Any, state: HubState, lock: str, before: bool) -> None:
    hub = await hub_on_disk(**KEPT)
    if before:
        await hub.browser().login("alice")
    browser = hub.browser()
    callback = await browser.walk_to_callback("alice")
    with locked(state, lock):
        page = await browser.get(callback)
    says_that_the_database_failed(page, hub)
    assert not browser.logged_in
    assert list(hub.accounts()) == (["alice"] if before else [])
    for name in ("bob", "alice"):
        assert (await hub.browser().login(name)).status == 200


@LOCKS
async def test_a_login_in_a_browser_that_is_signed_in(hub_on_disk: Any, state: HubState, lock: str) -> None:
    """The page needs nothing of the database, though it usually shows the user."""
    hub = await hub_on_disk(**KEPT)
    browser = hub.browser()
    await browser.login("alice")
    callback = await browser.walk_to_callback("alice")
    with locked(state, lock):
        page = await browser.get(callback)
    says_that_the_database_failed(page, hub)
    assert (await browser.get("/hub/home")).status == 200


@LOCKS
async def test_a_login_with_a_form(hubs: Any, state: HubState, lock: str) -> None:
    config = Config()
    config.JupyterHub.update(authenticator_class=DictionaryAuthenticator, db_kwargs=IMPATIENT)
    config.DictionaryAuthenticator.update(
        passwords={"ada": "lovelace", "bob": "builder"}, allow_all=True, enable_auth_state=True
    )
    hub = await hubs(config, state)
    browser = hub.browser()
    page = await browser.open("/hub/login")
    fields = {"username": "ada", "password": "lovelace", "_xsrf": browser.cookies["_xsrf"]}
    with locked(state, lock):
        answer = await browser.request("POST", page.url, data=fields)
    says_that_the_database_failed(answer, hub)
    assert (await browser.request("POST", page.url, data=fields)).status == 302
    assert browser.logged_in


async def test_a_step_of_a_first_login_that_fails(hub_on_disk: Any, provider: Any) -> None:
    """An `add_user` that uses the Hub's session. Nothing is left of the account, and the name is not allowed."""
    members = {"manage_groups": True, "allowed_groups": {"team"}, "scope": ["openid", "profile", "groups"]}
    provider.users["alice"]["groups"] = provider.users["bob"]["groups"] = ["team"]
    hub = await hub_on_disk(allow_all=False, allow_existing_users=True, **members, **KEPT)
    add_user = hub.authenticator.add_user

    async def failing(user: Any) -> None:
        add_user(user)
        user.db.execute(text("INSERT INTO no_such_table VALUES (1)"))

    hub.authenticator.add_user = failing
    page = await hub.browser().login("alice")
    assert page.status == 503
    assert list(hub.accounts()) == []
    assert hub.authenticator.allowed_users == set()
    hub.authenticator.add_user = add_user
    for name in ("bob", "alice"):
        assert (await hub.browser().login(name)).status == 200


async def test_an_account_that_could_not_be_removed(hub_on_disk: Any, state: HubState) -> None:
    """The database fails after a first login was begun and before its failure is undone: the next login begins again."""
    hub = await hub_on_disk(**KEPT)
    add_user, added = hub.authenticator.add_user, []

    async def failing(user: Any) -> None:
        lock.__enter__()
        raise RuntimeError

    lock = locked(state)
    hub.authenticator.add_user = failing
    page = await hub.browser().login("alice")
    assert page.status == 500
    lock.__exit__(None, None, None)
    assert list(hub.accounts()) == ["alice"]

    def counting(user: Any) -> None:
        added.append(user.name)
        add_user(user)

    hub.authenticator.add_user = counting
    for _ in range(2):
        assert (await hub.browser().login("alice")).status == 200
    assert added == ["alice"]


# --- names that the database treats as equal -------------------------------------------------------------------------


async def test_groups_that_differ_in_case(hub_at_provider: Any, provider: Any) -> None:
    """A collation that ignores case, as MySQL's default does. Rights stay as they were, in memory and stored."""
    provider.users["alice"]["groups"] = ["Staff"]
    provider.users["bob"]["groups"] = ["staff"]
    hub = await hub_at_provider(
        manage_groups=True, admin_groups={"staff"}, scope=["openid", "profile", "groups"], **KEPT
    )
    hub.app.db.execute(text("CREATE UNIQUE INDEX one_spelling ON groups (name COLLATE NOCASE)"))
    hub.app.db.commit()
    alice = hub.browser()
    assert (await alice.login("alice")).status == 200
    page = await hub.browser().login("bob")
    assert page.status == 500
    (line,) = hub.log.lines_with(reference_on(page, hub))
    assert "collation" in line
    assert list(hub.accounts()) == ["alice"]
    provider.users["alice"]["groups"] = ["staff"]
    user = hub.app.users["alice"]
    page = await hub.browser().login("alice")
    assert page.status == 500
    assert await refreshed(hub, user)
    for _ in range(2):
        assert not user.admin
        assert [group.name for group in user.groups] == ["Staff"]
        assert "admin" not in {role.name for role in user.roles}
        hub.app.db.expire_all()
    provider.users["alice"]["groups"] = ["Staff"]
    assert (await alice.get("/hub/home")).status == 200
    assert (await hub.browser().login("alice")).status == 200


# --- refreshes -------------------------------------------------------------------------------------------------------


async def refreshed(hub: Hub, user: Any) -> bool:
    """Whether the user stays after a refresh without a page."""
    user._auth_refreshed = None
    if not hasattr(hub.authenticator, "refresher"):
        return bool(await hub.run(hub.authenticator.refresh_user(user)))
    hub.authenticator.refresher._outcomes._stored.clear()
    await hub.run(hub.authenticator.refresh_user(user))  # raises nothing; its answer is that for a token
    hub.authenticator.refresher._outcomes._stored.clear()
    return bool((await hub.run(hub.authenticator.refresher.refresh(user))).stays)


@LOCKS
async def test_a_refresh(hub_on_disk: Any, provider: Any, state: HubState, lock: str) -> None:
    hub = await hub_on_disk(**KEPT)
    browser = hub.browser()
    await browser.login("alice")
    user = hub.app.users["alice"]
    provider.users["alice"]["name"] = "Another Name"
    with locked(state, lock):
        assert await refreshed(hub, user)
    assert hub.log.lines_with("alice cannot be refreshed for now")
    assert not hub.log.lines_with("Traceback")
    assert await refreshed(hub, user)
    assert (await browser.get("/hub/home")).status == 200
    assert (await hub.auth_state("alice"))["oauth_user"]["name"] == "Another Name"  # type: ignore[index]


async def test_a_database_that_fails_for_long(hub_on_disk: Any, state: HubState) -> None:
    """Unknown is not yes: the user stays for the grace period. A blocked user does not stay."""
    hub = await hub_on_disk(refresh_outage_grace=600, **KEPT)
    time = Time(hub)
    await hub.browser().login("alice")
    user = hub.app.users["alice"]
    with locked(state, WRITES):
        assert await refreshed(hub, user)
        time.passes(599)
        assert await refreshed(hub, user)
        time.passes(2)
        assert not await refreshed(hub, user)
        hub.authenticator.refresh_outage_grace = 6000
        assert await refreshed(hub, user)
        hub.authenticator.blocked_users = {"alice"}
        assert not await refreshed(hub, user)


@LOCKS
async def test_a_new_refresh_token_that_could_not_be_saved(
    hub_on_disk: Any, provider: Any, state: HubState, lock: str
) -> None:
    """The provider accepts each refresh token once: the new one counts in memory, and is saved at the next refresh."""
    provider.access_token_lifetime = 1
    hub = await hub_on_disk(**KEPT)
    browser = hub.browser()
    await browser.login("alice")
    before = await hub.auth_state("alice")
    user = hub.app.users["alice"]
    with locked(state, lock):
        for _ in range(2):
            assert await refreshed(hub, user)
    renewed = provider.count("token")
    assert await refreshed(hub, user)
    after = await hub.auth_state("alice")
    assert before is not None
    assert after is not None
    assert after["refresh_token"] != before["refresh_token"]
    assert provider.count("token") > renewed
    assert provider.refusals == []


async def test_a_login_replaces_tokens_that_could_not_be_saved(
    hub_on_disk: Any, provider: Any, state: HubState
) -> None:
    provider.access_token_lifetime = 1
    hub = await hub_on_disk(**KEPT)
    await hub.browser().login("alice")
    user = hub.app.users["alice"]
    with locked(state, WRITES):
        assert await refreshed(hub, user)
    await hub.browser().login("alice")
    signed_in = await hub.auth_state("alice")
    provider.access_token_lifetime = 3600
    assert await refreshed(hub, user)
    assert provider.refusals == []
    assert (await hub.auth_state("alice"))["suite"]["sid"] == signed_in["suite"]["sid"]  # type: ignore[index]


async def test_a_refresh_of_a_login_with_a_form(hubs: Any, state: HubState) -> None:
    class Growing(DictionaryAuthenticator):
        """A refresh that always has something to write."""

        visits = 0

        async def reread_user(self, user: Any, auth_state: dict[str, Any]) -> dict[str, Any]:
            self.visits += 1
            return {"auth_state": {**auth_state, "visits": self.visits}}

    config = Config()
    config.JupyterHub.update(authenticator_class=Growing, db_kwargs=IMPATIENT)
    config.Growing.update(passwords={"ada": "lovelace"}, allow_all=True, enable_auth_state=True)
    hub = await hubs(config, state)
    browser = hub.browser()
    page = await browser.open("/hub/login")
    fields = {"username": "ada", "password": "lovelace", "_xsrf": browser.cookies["_xsrf"]}
    assert (await browser.request("POST", page.url, data=fields)).status == 302
    user = hub.app.users["ada"]
    for lock in (READS_AND_WRITES, WRITES):
        with locked(state, lock):
            assert await refreshed(hub, user)
    assert hub.log.lines_with("ada stays for now")
    assert await refreshed(hub, user)
    assert (await browser.get("/hub/home")).status == 200
    assert (await hub.auth_state("ada"))["visits"] > 2  # type: ignore[index]


# --- logouts ---------------------------------------------------------------------------------------------------------


async def test_a_logout(hub_on_disk: Any, state: HubState) -> None:
    hub = await hub_on_disk(**KEPT)
    browser = hub.browser()
    await browser.login("alice")
    with locked(state, WRITES):
        page = await browser.get("/hub/logout")
    says_that_the_database_failed(page, hub)
    await browser.open("/hub/logout")
    assert not browser.logged_in
    assert (await hub.browser().login("bob")).status == 200


@LOCKS
async def test_a_logout_by_the_provider(hub_on_disk: Any, provider: Any, state: HubState, lock: str) -> None:
    """It says that it failed, and the provider may send the same token again."""
    hub = await hub_on_disk(backchannel_logout=True, **KEPT)
    browser = hub.browser()
    await browser.login("alice")
    register_logout(hub, provider)
    token = provider.logout_token("alice")
    with locked(state, lock):
        assert (await provider.send_logout_token(token)).status == 400
    assert hub.log.lines_with("A back-channel logout failed")
    assert not hub.log.lines_with("Traceback")
    assert (await provider.send_logout_token(token)).status == 200
    assert (await browser.get("/hub/home")).status == 302
    assert tokens_in(await hub.auth_state("alice")) == {}


# --- one of several --------------------------------------------------------------------------------------------------


class OfAnotherPackage(DummyAuthenticator):
    """A refresh that has something to write, as far as JupyterHub lets a class of another package say so."""

    visits = 0

    async def authenticate(self, handler: Any, data: dict[str, str]) -> dict[str, Any]:
        return {"name": data["username"], "auth_state": {"visits": 0}}

    async def refresh_user(self, user: Any, handler: Any = None, **kwargs: Any) -> dict[str, Any]:
        self.visits += 1
        return {"name": user.name, "auth_state": {"visits": self.visits}}


@LOCKS
async def test_a_child_of_another_package(hubs: Any, state: HubState, lock: str) -> None:
    passwords = {"passwords": {"ada": "lovelace"}, "allow_all": True}
    config = config_of(
        [entry("other", OfAnotherPackage, allow_all=True), entry("dictionary", DictionaryAuthenticator, **passwords)]
    )
    config.JupyterHub.db_kwargs = IMPATIENT
    hub = await hubs(config, state)

    async def posts(browser: Browser, provider: str, name: str, lock: str = "") -> Any:
        await browser.open("/hub/login")
        fields = {"username": name, "password": "lovelace", "_xsrf": browser.cookies["_xsrf"]}
        with locked(state, lock) if lock else nullcontext():
            return await browser.request("POST", f"{hub.url}/hub/auth/{provider}/login", data=fields)

    browser = hub.browser()
    for provider, name in (("other", "alice"), ("dictionary", "ada")):
        page = await posts(browser, provider, name, lock)
        assert page.status == 503
        assert "cannot be used, so nothing was changed" in page.text
        assert (await posts(browser, provider, name)).status == 302
        user = hub.app.users[name]
        with locked(state, lock):
            assert await refreshed(hub, user)
        assert await refreshed(hub, user)
        await browser.open("/hub/logout")
    assert (await hub.auth_state("alice"))["visits"] > 1  # type: ignore[index]
