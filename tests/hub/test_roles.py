"""The Hub's roles follow the groups, at login and at refresh; `user` and `admin` stay where they are due."""

import pytest
from traitlets import TraitError

from oauthenticator_suite import GenericOAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from tests.conftest import generic_config
from tests.support import HubState, check_invariants, refresh_is_due, start_hub

pytestmark = pytest.mark.hub_versions

INSTRUCTOR = {"name": "instructor", "description": "Sees everybody", "scopes": ["list:users"]}
EDITOR = {"name": "editor", "scopes": ["read:users"]}
MANAGED = {
    "enable_auth_state": True,
    "user_data_max_age": 0,
    "scope": ["openid", "profile", "email", "groups"],
    "manage_groups": True,
    "manage_roles": True,
    "group_roles": {"staff": ["instructor"], "students": ["editor"]},
}


@pytest.fixture
def hub_with_roles(provider, hubs):
    """`await hub_with_roles(trait=value, …)`: a Hub with two additional roles, given by group."""

    async def start(state=None, cls=None, load_roles=(INSTRUCTOR, EDITOR), **traits):
        state = state or HubState()
        provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
        config = generic_config(provider, **{**MANAGED, **traits})
        config.JupyterHub.load_roles = [dict(role) for role in load_roles]
        if cls is not None:
            config.JupyterHub.authenticator_class = cls
        return await hubs(config, state)

    return start


def roles(hub, name="alice"):
    hub.app.db.expire_all()
    return sorted(role.name for role in hub.app.users[name].roles)


def scopes(hub, name):
    from jupyterhub import orm

    return orm.Role.find(hub.app.db, name).scopes


async def page(hub, browser, name="alice"):
    """A page that refreshes."""
    refresh_is_due(hub, name)
    return await browser.get("/hub/home")


async def test_roles_follow_the_groups_at_login(hub_with_roles, provider):
    hub = await hub_with_roles()
    for name, expected in {"alice": ["instructor", "user"], "bob": ["editor", "user"], "carol": ["user"]}.items():
        assert (await hub.browser().login(name)).status == 200
        assert roles(hub, name) == expected
    provider.users["alice"]["groups"] = []
    await hub.browser().login("alice")
    assert roles(hub) == ["user"]
    check_invariants(hub, provider, accounts=["alice", "bob", "carol"])


async def test_roles_follow_the_groups_at_refresh(hub_with_roles, provider):
    hub = await hub_with_roles()
    browser = hub.browser()
    await browser.login("alice")
    provider.users["alice"]["groups"] = ["students"]
    assert (await page(hub, browser)).status == 200
    assert roles(hub) == ["editor", "user"]
    provider.users["alice"]["groups"] = []
    await page(hub, browser)
    assert roles(hub) == ["user"]
    provider.users["alice"]["groups"] = ["staff"]
    await page(hub, browser)
    assert roles(hub) == ["instructor", "user"]
    check_invariants(hub, provider, accounts=["alice"])


async def test_a_role_is_worth_its_scopes(hub_with_roles):
    hub = await hub_with_roles()
    alice, bob = hub.browser(), hub.browser()
    await alice.login("alice")
    await bob.login("bob")
    assert (await alice.get("/hub/api/users")).status == 200
    assert (await bob.get("/hub/api/users")).status == 403


async def test_the_roles_themselves_stay_as_they_are_defined(hub_with_roles, provider):
    """The Hub would take a role without scopes as a role without any, or complain at each login."""
    hub = await hub_with_roles()
    before = {name: scopes(hub, name) for name in ("user", "admin", "instructor", "editor")}
    for name in ("alice", "bob"):
        await hub.browser().login(name)
    assert {name: scopes(hub, name) for name in before} == before
    assert not hub.log.lines_with("will have no scopes")
    assert not hub.log.lines_with("has been changed")


@pytest.mark.parametrize("way", [{"admin_groups": {"hub-admins"}}, {"admin_users": {"alice"}}], ids=str)
async def test_an_administrator_keeps_the_role(hub_with_roles, provider, way):
    hub = await hub_with_roles(**way)
    browser = hub.browser()
    await browser.login("alice")
    assert roles(hub) == ["admin", "instructor", "user"]
    assert (await page(hub, browser)).status == 200
    assert roles(hub) == ["admin", "instructor", "user"]
    assert (await browser.get("/hub/admin")).status == 200
    check_invariants(hub, provider, accounts=["alice"])


async def test_losing_the_admin_group_takes_the_admin_role_away(hub_with_roles, provider):
    hub = await hub_with_roles(admin_groups={"hub-admins"})
    browser = hub.browser()
    await browser.login("alice")
    provider.users["alice"]["groups"] = ["staff"]
    assert (await page(hub, browser)).status == 200
    assert roles(hub) == ["instructor", "user"]
    assert hub.accounts() == {"alice": False}


async def test_who_was_made_administrator_by_hand_stays_one(hub_with_roles):
    """Where the configuration says nothing about administrators, the Hub's database does."""
    hub = await hub_with_roles()
    browser = hub.browser()
    await browser.login("alice")
    hub.app.users["alice"].admin = True
    hub.app.db.commit()
    await page(hub, browser)
    assert roles(hub) == ["admin", "instructor", "user"]
    await hub.browser().login("alice")
    assert roles(hub) == ["admin", "instructor", "user"]


async def test_manage_roles_alone(hub_with_roles):
    """REAL: the Hub strips `user` and `admin` unless they are in the list."""
    hub = await hub_with_roles(group_roles={}, admin_users={"alice"}, manage_groups=False)
    browser = hub.browser()
    await browser.login("alice")
    assert roles(hub) == ["admin", "user"]
    assert (await page(hub, browser)).status == 200
    assert roles(hub) == ["admin", "user"]


@pytest.mark.filterwarnings("ignore:DELETE statement on table:sqlalchemy.exc.SAWarning")  # the Hub's: it empties twice
@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("outage", [False, True])
async def test_a_restart_and_the_next_page(hub_with_roles, provider, tmp_path, reset, outage):
    """The Hub empties its roles when it starts. A signed-in user gets them back with the next page."""
    state = HubState(directory=tmp_path)
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    traits = {**MANAGED, "user_data_max_age": 0 if outage else 300, "reset_managed_roles_on_startup": reset}
    config = generic_config(provider, **traits)
    config.JupyterHub.load_roles = [dict(INSTRUCTOR), dict(EDITOR)]
    async with start_hub(config, state) as hub:
        browser = hub.browser()
        await browser.login("alice")
        assert roles(hub) == ["instructor", "user"]
        cookies = hub.browser()
        browser.copy_cookies_to(cookies)
        hub.browsers.remove(cookies)
    asked = provider.count("userinfo")
    if outage:
        provider.faults.on("F16", at="userinfo")
    config.GenericOAuthenticator.group_roles = {"staff": ["editor"]}
    async with start_hub(config, state) as hub:
        hub.browsers.append(cookies)
        assert "instructor" not in roles(hub)
        assert (await cookies.get("/hub/home")).status == 200
        assert roles(hub) == ["editor", "user"]
        assert provider.count("userinfo") == asked + outage
        assert (await hub.auth_state("alice"))["refresh_token"]
        check_invariants(hub, provider, accounts=["alice"])


class DefinesRoles(GenericOAuthenticator):
    """An operator's own definitions."""

    async def load_managed_roles(self):
        return [*await super().load_managed_roles(), {"name": "lab-member", "scopes": ["list:users"]}]


async def test_a_role_that_an_override_defines(hub_with_roles):
    hub = await hub_with_roles(
        cls=DefinesRoles, group_roles={"staff": ["lab-member"]}, reset_managed_roles_on_startup=True
    )
    await hub.browser().login("alice")
    assert roles(hub) == ["lab-member", "user"]
    assert not hub.log.lines_with("load_managed_roles is overridden")


async def test_a_hub_that_will_not_start_again_says_so_now(hub_with_roles):
    hub = await hub_with_roles(cls=DefinesRoles, group_roles={"staff": ["lab-member"]})
    (line,) = hub.log.lines_with("load_managed_roles is overridden")
    assert "reset_managed_roles_on_startup = True" in line


class AddsARole(GenericOAuthenticator):
    async def update_auth_model(self, auth_model):
        return {**auth_model, "roles": [{"name": "from-override", "scopes": ["read:users"]}, "editor"]}


async def test_roles_of_an_override_are_completed(hub_with_roles):
    hub = await hub_with_roles(cls=AddsARole)
    browser = hub.browser()
    await browser.login("alice")
    assert roles(hub) == ["editor", "from-override", "instructor", "user"]
    await page(hub, browser)
    assert roles(hub) == ["editor", "from-override", "instructor", "user"]


async def test_roles_of_the_refresh_user_hook_are_completed(hub_with_roles):
    hub = await hub_with_roles(refresh_user_hook=lambda *args: {"groups": ["students"]})
    browser = hub.browser()
    await browser.login("alice")
    assert (await page(hub, browser)).status == 200
    assert roles(hub) == ["editor", "user"]


@pytest.mark.parametrize(
    ("traits", "words"),
    [
        ({"manage_roles": False}, ["group_roles", "manage_roles = True"]),
        ({"manage_groups": False}, ["group_roles", "manage_groups = True"]),
        ({"group_roles": {"staff": ["teacher"]}}, ["group_roles", "teacher", "load_roles", "instructor"]),
        ({"group_roles": {"staff": ["admin"]}}, ["group_roles", "admin_groups"]),
    ],
    ids=str,
)
async def test_mistakes_stop_the_start(hub_with_roles, traits, words):
    with pytest.raises(ConfigurationError) as caught:
        await hub_with_roles(**traits)
    for word in words:
        assert word in caught.value.detail


def test_a_role_that_is_no_list():
    with pytest.raises(TraitError, match="group_roles"):
        GenericOAuthenticator(group_roles={"staff": "instructor"})


async def test_without_auth_state_the_hub_says_what_a_restart_does(hub_with_roles):
    hub = await hub_with_roles(enable_auth_state=False)
    (line,) = hub.log.lines_with("has lost the assigned roles")
    assert line.startswith("WARNING")
    await hub.browser().login("alice")
    assert roles(hub) == ["instructor", "user"]
