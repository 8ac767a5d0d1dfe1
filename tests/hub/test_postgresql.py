"""A PostgreSQL server that is restarted, or down for a while, under a running Hub."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator
from tests.conftest import generic_config
from tests.contract.logouts import register_logout
from tests.support import Hub, HubState, reference_on
from tests.support.postgresql import PostgreSQL, postgresql

pytestmark = pytest.mark.hub_versions

KEPT = {"enable_auth_state": True, "user_data_max_age": 0}
GROUPS = {"manage_groups": True, "scope": ["openid", "profile", "groups"]}


@pytest.fixture
def server() -> Iterator[PostgreSQL]:
    with postgresql() as server:
        yield server


@pytest.fixture
def hub_on_server(server: PostgreSQL, provider: Any, hubs: Any) -> Any:
    async def start(**traits: Any) -> Hub:
        state = HubState()
        provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
        config = generic_config(provider, **traits)
        config.JupyterHub.update(db_url=server.url, db_kwargs={"connect_args": {}})
        return await hubs(config, state)

    return start


def in_a_transaction(hub: Hub) -> None:
    """Any page that reads leaves one open. Then JupyterHub does not check the connection before the next statement."""
    hub.app.db.execute(text("SELECT 1"))


async def refresh_without_a_page(hub: Hub, user: Any) -> bool:
    hub.authenticator.refresher._outcomes._stored.clear()
    return bool(await hub.run(hub.authenticator.refresh_user(user)))


async def test_logins_and_refreshes_around_a_restart(server: PostgreSQL, hub_on_server: Any) -> None:
    hub = await hub_on_server(**KEPT)
    browser = hub.browser()
    assert (await browser.login("alice")).status == 200
    user = hub.app.users["alice"]
    other = hub.browser()
    callback = await other.walk_to_callback("bob")
    in_a_transaction(hub)
    server.restart()
    page = await other.get(callback)
    assert page.status == 503
    (line,) = hub.log.lines_with(reference_on(page, hub))
    assert "DatabaseFailed" in line
    for name in ("bob", "alice"):
        assert (await hub.browser().login(name)).status == 200
    assert user.name == "alice"
    in_a_transaction(hub)
    server.restart()
    assert await refresh_without_a_page(hub, user)
    assert hub.log.lines_with("cannot be refreshed for now")
    assert await refresh_without_a_page(hub, user)
    assert (await browser.get("/hub/home")).status == 200


async def test_a_server_that_is_down(server: PostgreSQL, hub_on_server: Any, provider: Any) -> None:
    hub = await hub_on_server(backchannel_logout=True, **KEPT)
    register_logout(hub, provider)
    browser = hub.browser()
    assert (await browser.login("alice")).status == 200
    user = hub.app.users["alice"]
    token = provider.logout_token("alice")
    callback = await hub.browser().walk_to_callback("alice")
    other = hub.browser()
    callback = await other.walk_to_callback("alice")
    server.stop()
    assert (await other.get(callback)).status == 503
    assert await refresh_without_a_page(hub, user)
    assert (await provider.send_logout_token(token)).status == 400
    assert (await browser.get("/hub/logout")).status in (200, 503)
    server.start()
    assert (await browser.get("/hub/home")).status == 200
    assert (await provider.send_logout_token(token)).status == 200
    assert (await browser.get("/hub/home")).status == 302
    assert (await hub.browser().login("alice")).status == 200


async def test_a_login_with_a_form(server: PostgreSQL, hubs: Any) -> None:
    config = Config()
    config.JupyterHub.update(
        authenticator_class=DictionaryAuthenticator, db_url=server.url, db_kwargs={"connect_args": {}}
    )
    config.DictionaryAuthenticator.update(passwords={"ada": "lovelace"}, allow_all=True, enable_auth_state=True)
    hub = await hubs(config, HubState())
    browser = hub.browser()
    page = await browser.open("/hub/login")
    fields = {"username": "ada", "password": "lovelace", "_xsrf": browser.cookies["_xsrf"]}
    in_a_transaction(hub)
    server.restart()
    answer = await browser.request("POST", page.url, data=fields)
    assert answer.status == 503
    assert "cannot be used, so nothing was changed" in answer.text
    assert (await browser.request("POST", page.url, data=fields)).status == 302


async def test_a_collation_that_ignores_case(hub_on_server: Any, provider: Any) -> None:
    """Of groups `Staff` and `staff` the database takes one: a clear error, and no harm to other requests."""
    provider.users["alice"]["groups"] = ["Staff"]
    provider.users["bob"]["groups"] = ["staff"]
    hub = await hub_on_server(**GROUPS, **KEPT)
    for statement in (
        "CREATE COLLATION no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
        "ALTER TABLE groups ALTER COLUMN name TYPE varchar(255) COLLATE no_case",
    ):
        hub.app.db.execute(text(statement))
    hub.app.db.commit()
    assert (await hub.browser().login("alice")).status == 200
    page = await hub.browser().login("bob")
    assert page.status == 500
    (line,) = hub.log.lines_with(reference_on(page, hub))
    assert "collation" in line
    assert list(hub.accounts()) == ["alice"]
    provider.users["bob"]["groups"] = ["Staff"]
    assert (await hub.browser().login("bob")).status == 200
