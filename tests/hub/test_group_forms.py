"""Groups in the forms that providers send, and groups whose names differ by letter case, through a real Hub."""

from __future__ import annotations

import pytest
from traitlets import TraitError

from oauthenticator_suite import GenericOAuthenticator
from oauthenticator_suite.hub.findings.finding import WARNING
from tests.conftest import generic_config
from tests.hub.test_access_checks import codes, made
from tests.hub.test_dictionary import config_of, sign_in
from tests.support import HubState, reference_on, refresh_is_due

pytestmark = pytest.mark.hub_versions

KEPT = {
    "enable_auth_state": True,
    "user_data_max_age": 0,
    "scope": ["openid", "profile", "email", "groups"],
    "manage_groups": True,
}
ROLES = "urn:zitadel:iam:org:project:roles"


def groups_of(hub, name="alice"):
    hub.app.db.expire_all()
    return sorted(group.name for group in hub.app.users[name].groups)


FORMS = {
    "separated": ("staff, hub admins", {}, ["hub admins", "staff"]),
    "separated by another": ("staff;a,b", {"groups_format": "separated", "groups_separator": ";"}, ["a,b", "staff"]),
    "json": ('["staff", "lab"]', {}, ["lab", "staff"]),
    "objects": ([{"name": "staff", "id": 1}, {"name": "lab"}], {}, ["lab", "staff"]),
    "objects by another": (
        [{"org": {"slug": "staff"}}],
        {"groups_format": "objects", "groups_name_key": "org.slug"},
        ["staff"],
    ),
    "keys": ({"staff": {"1": "example.org"}, "lab": {}}, {}, ["lab", "staff"]),
    "names": ("staff, lab", {}, ["staff, lab"]),
}


@pytest.mark.parametrize("form", FORMS)
async def test_groups_format(hub_at_provider, provider, form):
    claim, options, groups = FORMS[form]
    provider.users["alice"]["groups"] = claim
    hub = await hub_at_provider(**{**KEPT, "groups_format": form.split()[0], **options})
    assert (await hub.browser().login()).status == 200
    assert groups_of(hub) == groups


async def test_a_claim_with_colons_in_its_name(hub_at_provider, provider):
    provider.users["alice"][ROLES] = {"staff": {}}
    key = {"auth_state_groups_key": f"oauth_user.{ROLES}", "groups_format": "keys", "allowed_groups": {"staff"}}
    hub = await hub_at_provider(**KEPT, allow_all=False, **key)
    assert (await hub.browser().login()).status == 200
    assert (await hub.browser().login("bob")).status == 403, "without the claim a user is in no group"


@pytest.mark.parametrize(
    ("form", "claim", "reason"),
    [
        ("keys", ["staff"], "the value of the groups is a list, and groups_format = 'keys' reads an object"),
        ("objects", "staff", "is a str"),
        ("json", '["staff"', "cannot be read as JSON"),
        ("json", '["staff", "staff"]]', "cannot be read as JSON"),
        ("json", '{"staff": 1}', "is a dict"),
        ("separated", {"staff": 1}, "is a dict"),
    ],
)
async def test_another_form_is_unknown(hub_at_provider, provider, form, claim, reason):
    """It lets no user in, and a signed-in user loses nothing for the grace period."""
    provider.users["alice"]["groups"] = {"staff": {}} if form == "keys" else ["staff"]
    hub = await hub_at_provider(**KEPT, allow_all=False, allowed_groups={"staff"}, groups_format=form)
    browser = hub.browser()
    assert (await browser.login()).status == 200
    provider.users["alice"]["groups"] = claim
    refresh_is_due(hub)
    assert (await browser.get("/hub/home")).status == 200
    assert groups_of(hub) == ["staff"]
    page = await hub.browser().login()
    assert page.status == 502
    (line,) = hub.log.lines_with(reference_on(page, hub))
    assert reason in line


@pytest.mark.parametrize(
    ("claim", "form"), [({"staff": 1}, "keys"), ([{"name": "staff"}], "objects"), ('["staff"]', "json")]
)
async def test_the_log_suggests_a_form(hub_at_provider, provider, claim, form):
    provider.users["alice"]["groups"] = claim
    hub = await hub_at_provider(**KEPT)
    for _ in range(2):
        await hub.browser().login()
    assert len(hub.log.lines_with(f"the value of the groups looks like the form '{form}'")) == 1


@pytest.mark.parametrize(
    ("options", "warned"),
    [
        ({"manage_groups": True}, False),
        ({}, True),
        ({"manage_groups": True, "auth_state_groups_key": lambda state: []}, True),
        ({"manage_groups": True, "auth_state_groups_key": ""}, True),
    ],
)
def test_a_form_that_is_not_used(options, warned):
    options = {"issuer": "https://login.example", "groups_format": "json", "allow_all": True, **options}
    assert ("groups-format-not-used" in codes(made(GenericOAuthenticator, **options), WARNING)) is warned


@pytest.mark.parametrize(
    "options", [{"groups_separator": ""}, {"groups_name_key": ""}, {"groups_format": "comma"}, {"groups_format": True}]
)
def test_values_that_are_refused(options):
    with pytest.raises(TraitError):
        GenericOAuthenticator(**options)


@pytest.mark.parametrize(("value", "status"), [(["alice"], 200), (["alice", "ada"], 403), ([], 403)])
async def test_a_username_in_a_list(hub_at_provider, provider, value, status):
    provider.users["alice"]["uid"] = value
    hub = await hub_at_provider(username_claim="uid")
    page = await hub.browser().login()
    assert page.status == status
    if status == 200:
        assert hub.accounts() == {"alice": False}
    else:
        (line,) = hub.log.lines_with(reference_on(page, hub))
        assert f"the claim 'uid' is a list of {len(value)} values" in line


# --- letter case -----------------------------------------------------------------------------------------------------

ANY_CASE = {**KEPT, "groups_case_sensitive": False, "allow_all": False}


async def test_groups_case_sensitive(hub_at_provider, provider):
    """True by default: another spelling is another group."""
    provider.users["alice"]["groups"] = ["Staff", "STAFF", "Lab"]
    for options, status in (({}, 403), ({"groups_case_sensitive": False}, 200)):
        hub = await hub_at_provider(**KEPT, **options, allow_all=False, allowed_groups={"sTAFF"})
        assert (await hub.browser().login()).status == status
    assert groups_of(hub) == ["lab", "staff"]
    assert (await hub.auth_state("alice"))["suite"]["groups"] == ["staff", "lab"]


async def test_every_rule_ignores_case(hubs, provider):
    """Administrators, roles and refreshes too; and on stored data."""
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    provider.users["alice"]["groups"] = ["STAFF", "Hub-Admins"]
    roles = {"manage_roles": True, "group_roles": {"Staff": ["instructor"]}}
    config = generic_config(provider, **{**ANY_CASE, "user_data_max_age": 300}, **roles, admin_groups={"hub-ADMINS"})
    config.JupyterHub.load_roles = [{"name": "instructor", "scopes": ["list:users"]}]
    hub = await hubs(config, state)
    browser = hub.browser()
    assert (await browser.login()).status == 200
    for age in (300, 0):
        hub.authenticator.user_data_max_age = age
        refresh_is_due(hub)
        assert (await browser.get("/hub/home")).status == 200
        assert hub.accounts() == {"alice": True}
        assert {"instructor", "admin"} <= {role.name for role in hub.app.users["alice"].roles}
    provider.users["alice"]["groups"] = ["hub-admins"]
    refresh_is_due(hub)
    assert (await browser.get("/hub/home")).status == 200
    assert "instructor" not in {role.name for role in hub.app.users["alice"].roles}


class AddsGroups(GenericOAuthenticator):
    """An operator's class."""

    async def update_auth_model(self, auth_model):
        assert auth_model["groups"] == ["staff", "hub-admins"]
        return {**auth_model, "groups": [*auth_model["groups"], "Extra", "EXTRA"]}


async def test_groups_that_an_override_adds(hubs, provider):
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    provider.users["alice"]["groups"] = ["Staff", "Hub-Admins"]
    config = generic_config(provider, **ANY_CASE, allowed_groups={"eXtra"})
    config.JupyterHub.authenticator_class = AddsGroups
    hub = await hubs(config, state)
    browser = hub.browser()
    assert (await browser.login()).status == 200
    assert groups_of(hub) == ["extra", "hub-admins", "staff"]


async def test_groups_of_a_refresh_user_hook(hub_at_provider):
    hub = await hub_at_provider(**{**ANY_CASE, "allow_all": True}, refresh_user_hook=lambda *args: {"groups": ["LAB"]})
    browser = hub.browser()
    await browser.login()
    refresh_is_due(hub)
    assert (await browser.get("/hub/home")).status == 200
    assert groups_of(hub) == ["lab"]


async def test_many_groups_of_which_options_name_one(hub_at_provider, provider):
    provider.users["alice"]["groups"] = [*(f"Group-{number}" for number in range(1500)), "LAST"]
    hub = await hub_at_provider(**ANY_CASE, allowed_groups={"Last"})
    assert (await hub.browser().login()).status == 200
    assert "last" in groups_of(hub)
    assert len(groups_of(hub)) == 1000


async def test_groups_of_a_dictionary(hubs):
    """Also where the groups come from no provider."""
    groups = {"Staff": ["ada"], "STAFF": ["happyuser"]}
    hub = await hubs(
        config_of(
            groups=groups, manage_groups=True, groups_case_sensitive=False, allow_all=False, allowed_groups={"sTaff"}
        )
    )
    browser, _ = await sign_in(hub, "ada", "lovelace")
    assert browser.logged_in
    assert groups_of(hub, "ada") == ["staff"]
    hub.app.users["ada"]._auth_refreshed = None
    assert (await browser.get("/hub/home")).status == 200
    assert groups_of(hub, "ada") == ["staff"]
