"""Names of one provider's users that another provider's user must not take, and names that no database stores."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator
from tests.conftest import generic_config
from tests.multi.conftest import config_of, entry
from tests.support import Browser, Hub, HubState, reference_on

pytestmark = pytest.mark.hub_versions

PASSWORDS = {"root": "r", "ada": "a"}


def two(one: dict[str, Any] | None = None, two: dict[str, Any] | None = None, **options: Any) -> Config:
    """Two entries with users of the same names."""
    common = {"passwords": PASSWORDS, "allow_all": True}
    return config_of(
        [
            entry("one", DictionaryAuthenticator, login_service="One", **{**common, **(one or {})}),
            entry("two", DictionaryAuthenticator, login_service="Two", **{**common, **(two or {})}),
        ],
        **options,
    )


async def signs_in(hub: Hub, provider: str, name: str) -> tuple[Browser, Any]:
    browser = hub.browser()
    await browser.open("/hub/login")
    fields = {"username": name, "password": PASSWORDS[name], "_xsrf": browser.cookies["_xsrf"]}
    return browser, await browser.request("POST", f"{hub.url}/hub/auth/{provider}/login", data=fields)


@pytest.mark.parametrize(
    "config",
    [
        two(admin_users={"one:root"}),
        two(allowed_users={"one:root"}),
        two(one={"admin_users": {"root"}}),
        two(one={"allowed_users": {"root"}, "allow_all": False}),
    ],
    ids=["admin", "allowed", "own admin", "own allowed"],
)
async def test_a_configured_name_is_reserved(hubs: Any, config: Config) -> None:
    hub = await hubs(config)
    browser, page = await signs_in(hub, "two", "root")
    assert page.status == 409
    assert "this name belongs to an account that signs in with One" in page.text
    (line,) = hub.log.lines_with(reference_on(page, hub))
    assert "username_map" in line
    assert not browser.logged_in
    assert list(hub.accounts()) == []
    assert (await signs_in(hub, "two", "ada"))[1].status == 302
    assert (await signs_in(hub, "one", "root"))[1].status == 302


@pytest.mark.parametrize(
    "config",
    [
        two(),
        two(allowed_users={"one:root", "two:root"}),
        two(blocked_users={"one:root"}),
        two(admin_users={"one:root"}, username_collision="prefix"),
    ],
    ids=["not configured", "of both", "blocked elsewhere", "prefix"],
)
async def test_any_user_gets_another_name(hubs: Any, config: Config) -> None:
    hub = await hubs(config)
    assert (await signs_in(hub, "two", "root"))[1].status == 302


async def test_an_account_that_has_its_owner_already(hubs: Any, tmp_path: Any) -> None:
    """A name that is configured later takes no account away, and gives no right."""
    state = HubState(directory=tmp_path)
    hub = await hubs(two(), state)
    assert (await signs_in(hub, "two", "root"))[1].status == 302
    children = hub.authenticator.children
    hub.authenticator.accounts.reserve("one", {"root"})
    children["one"].admin_users = {"root"}
    assert (await signs_in(hub, "two", "root"))[1].status == 302
    assert hub.accounts() == {"root": False}
    assert (await signs_in(hub, "one", "root"))[1].status == 409


# --- enable_auth_state with prefixes ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"username_collision": "prefix"}, True),
        ({"username_collision": "prefix", "enable_auth_state": True}, False),
        ({"username_collision": "prefix", "enable_auth_state": False}, False),
        ({"username_collision": "reject"}, False),
    ],
)
async def test_what_goes_unnoticed_is_said_at_start_up(hubs: Any, options: dict[str, Any], said: bool) -> None:
    hub = await hubs(two(**options))
    lines = [line for line in hub.log.at_least(logging.WARNING) if "several-without-auth-state" in line]
    assert len(lines) == said
    for line in lines:
        assert "c.MultiAuthenticator.enable_auth_state is not set" in line
        assert "c.MultiAuthenticator.enable_auth_state = True" in line
        assert "blocked a user" in line


# --- names that are too long -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("length", "status"), [(251, 200), (252, 403)])
async def test_a_name_with_its_prefix(provider: Any, hubs: Any, length: int, status: int) -> None:
    """255 characters in all."""
    from tests.multi.conftest import at

    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/auth/one/authorize")
    provider.users["alice"]["preferred_username"] = "a" * length
    config = config_of([entry("one", **at(provider))], username_collision="prefix")
    hub = await hubs(config, state)
    page = await hub.browser().login("alice", at="one")
    assert page.status == status
    if status == 403:
        (line,) = hub.log.lines_with(reference_on(page, hub))
        assert "256 characters; the maximum is 255" in line
    assert len(hub.accounts()) == (status == 200)


@pytest.mark.parametrize("kind", ["username", "group", "role"])
async def test_names_of_one_provider(provider: Any, hubs: Any, kind: str) -> None:
    """A clear error; SQLite would store the name, other databases would fail."""
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = generic_config(provider, manage_groups=True, manage_roles=kind == "role")
    hub = await hubs(config, state)

    async def update_auth_model(model: dict[str, Any]) -> dict[str, Any]:
        model["groups"] = ["g" * (256 if kind == "group" else 255)]
        if kind == "role":
            model["roles"] = [{"name": "r" * 256}]
        if kind == "username":
            model["name"] = "u" * 256
        return model

    hub.authenticator.update_auth_model = update_auth_model
    page = await hub.browser().login("alice")
    assert page.status == (403 if kind == "username" else 500)
    (line,) = hub.log.lines_with(reference_on(page, hub))
    assert "has 256 characters" in line
    assert list(hub.accounts()) == []
