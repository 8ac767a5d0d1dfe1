"""Groups that are not known are no empty list: sent as a reference, or more than a list or a table holds."""

from __future__ import annotations

import pytest

from oauthenticator_suite import GenericOAuthenticator
from oauthenticator_suite.extend import Unknown
from oauthenticator_suite.policy.claims import MAX_NAMES
from tests.conftest import generic_config
from tests.fakes.openid_provider.bending import GONE, both, member
from tests.fakes.openid_provider.faults import Fault
from tests.support import HubState, Time, check_invariants, reference_on

pytestmark = pytest.mark.hub_versions

WITH_GROUPS = {
    "enable_auth_state": True,
    "user_data_max_age": 0,
    "scope": ["openid", "profile", "email", "groups"],
    "manage_groups": True,
}
SOURCES = {"src1": {"endpoint": "https://graph.example/me/getMemberObjects"}}
AGGREGATED = {"src1": {"JWT": "e30.e30.e30"}}

REFERENCES = {
    "distributed": both(
        member("groups", GONE), member("_claim_names", {"groups": "src1"}), member("_claim_sources", SOURCES)
    ),
    "aggregated": both(
        member("groups", GONE), member("_claim_names", {"groups": "src1"}), member("_claim_sources", AGGREGATED)
    ),
    "hasgroups": both(member("groups", GONE), member("hasgroups", True)),
    "hasgroups as text": both(member("groups", GONE), member("hasgroups", "true")),
    "named with its source": both(member("groups", GONE), member("groups:src1", "https://graph.example/x")),
}
BY_REFERENCE = Fault("by-reference", "userinfo", "groups as a reference", REFERENCES["distributed"])


def by_reference(form):
    return Fault("by-reference", "userinfo", "groups as a reference", REFERENCES[form])


def reference_to(claim):
    change = both(member(claim, GONE), member("_claim_names", {claim: "src1"}), member("_claim_sources", SOURCES))
    return Fault("by-reference", "userinfo", f"{claim} as a reference", change)


def groups_of(hub, name="alice"):
    hub.app.db.expire_all()
    return sorted(group.name for group in hub.app.users[name].groups)


async def page(hub, browser, name="alice"):
    hub.app.users[name]._auth_refreshed = None
    hub.authenticator.refresher._outcomes.forget(name)
    return (await browser.get("/hub/home")).status


@pytest.mark.parametrize("form", REFERENCES)
@pytest.mark.parametrize("option", ["allowed_groups", "admin_groups"])
async def test_a_login_says_that_the_groups_are_not_known(hub_at_provider, provider, form, option):
    """Nobody comes in by a rule that cannot be checked, and no user is called a stranger because of it."""
    hub = await hub_at_provider(**WITH_GROUPS, allow_all=False, **{option: {"staff"}})
    provider.faults.on(by_reference(form))
    browser = hub.browser()
    login = await browser.login()
    assert login.status == 502
    assert "does not get all that it needs to know about you" in login.text
    (line,) = hub.log.lines_with(reference_on(login, hub))
    assert "IncompleteAnswer (502): the provider sends the claim 'groups' as a reference" in line
    assert "assigned to the application" in line
    check_invariants(hub, provider)


@pytest.mark.parametrize("form", REFERENCES)
async def test_a_refresh_changes_nothing_for_the_grace_period(hub_at_provider, provider, form):
    hub = await hub_at_provider(**WITH_GROUPS, allow_all=False, allowed_groups={"staff"}, admin_groups={"hub-admins"})
    time = Time(hub)
    browser = hub.browser()
    assert (await browser.login()).status == 200
    before = groups_of(hub)
    assert hub.accounts() == {"alice": True}
    provider.faults.on(by_reference(form))
    for _ in range(3):
        time.passes(1000)
        assert await page(hub, browser) == 200
        assert groups_of(hub) == before
        assert hub.accounts() == {"alice": True}
    provider.faults.off()
    time.passes(1000)
    provider.users["alice"]["groups"] = ["staff"]
    assert await page(hub, browser) == 200
    assert groups_of(hub) == ["staff"]
    assert hub.accounts() == {"alice": False}
    check_invariants(hub, provider, accounts=["alice"])


async def test_a_function_may_say_that_they_are_not_known(hub_at_provider, provider):
    """That of `auth_state_groups_key`, when it asks a directory that does not answer."""
    answers = {"alice": ["staff"]}

    def groups_by_directory(auth_state):
        if not answers:
            raise Unknown("the directory does not answer")
        return answers[auth_state["oauth_user"]["preferred_username"]]

    options = {**WITH_GROUPS, "auth_state_groups_key": groups_by_directory}
    hub = await hub_at_provider(**options, allow_all=False, allowed_groups={"staff"})
    browser = hub.browser()
    assert (await browser.login()).status == 200
    answers.clear()
    assert await page(hub, browser) == 200
    assert groups_of(hub) == ["staff"]
    refused = await hub.browser().login()
    assert refused.status in (502, 503)
    assert "auth_state_groups_key raised" not in hub.log.lines_with(reference_on(refused, hub))[0]
    answers["alice"] = ["students"]
    assert await page(hub, browser) == 302
    check_invariants(hub, provider, accounts=["alice"])


async def test_a_user_cannot_stay_for_ever_by_many_groups(hub_at_provider, provider):
    """The provider answers about others all the while."""
    hub = await hub_at_provider(**WITH_GROUPS, allow_all=False, allowed_groups={"staff"}, allowed_users={"bob"})
    time = Time(hub)
    browser, other = hub.browser(), hub.browser("bob")
    assert (await browser.login()).status == 200
    assert (await other.login()).status == 200
    provider.faults.on(BY_REFERENCE)
    assert await page(hub, browser) == 200
    time.passes(3700)
    assert await page(hub, other, "bob") == 200
    assert await page(hub, browser) == 302
    assert (await browser.login()).status == 502


async def test_other_rules_decide_as_ever(hub_at_provider, provider):
    """Users that a list of names allows come in, keep their groups, and are neither made administrators nor unmade."""
    hub = await hub_at_provider(
        **WITH_GROUPS, allow_all=False, allowed_users={"alice"}, allowed_groups={"x"}, admin_groups={"hub-admins"}
    )
    browser = hub.browser()
    assert (await browser.login()).status == 200
    before = groups_of(hub)
    provider.faults.on(BY_REFERENCE)
    assert (await browser.login()).status == 200
    assert groups_of(hub) == before
    assert hub.accounts() == {"alice": True}
    time = Time(hub)
    for _ in range(5):
        time.passes(1000)
        assert await page(hub, browser) == 200, "no rule needs the groups"
    hub.authenticator.blocked_users = {"alice"}
    assert await page(hub, browser) == 302


async def test_roles_that_follow_groups_stay_too(hub_at_provider, provider, hubs):
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    roles = {"manage_roles": True, "group_roles": {"staff": ["instructor"]}}
    config = generic_config(provider, **WITH_GROUPS, **roles)
    config.JupyterHub.load_roles = [{"name": "instructor", "scopes": ["list:users"]}]
    hub = await hubs(config, state)
    browser = hub.browser()
    assert (await browser.login()).status == 200
    assert "instructor" in {role.name for role in hub.app.users["alice"].roles}
    provider.faults.on(BY_REFERENCE)
    assert await page(hub, browser) == 200
    assert "instructor" in {role.name for role in hub.app.users["alice"].roles}
    assert (await browser.login()).status == 200
    assert "instructor" in {role.name for role in hub.app.users["alice"].roles}


async def test_on_stored_data_they_are_unknown_too(hub_at_provider, provider):
    """While the data are young, and while the provider is down."""
    hub = await hub_at_provider(**{**WITH_GROUPS, "user_data_max_age": 300}, allow_all=False, allowed_users={"alice"})
    browser = hub.browser()
    provider.faults.on(BY_REFERENCE)
    assert (await browser.login()).status == 200
    hub.authenticator.allowed_users = set()
    hub.authenticator.allowed_groups = {"staff"}
    assert await page(hub, browser) == 200
    provider.faults.on("F15", at="userinfo")
    Time(hub).passes(400)
    assert await page(hub, browser) == 200


@pytest.mark.parametrize(
    ("claim", "options"),
    [
        ("groups", {"required_claims": {"groups": ["staff"]}}),
        ("email", {"require_verified_email": True}),
        ("email_verified", {"allowed_email_domains": {"example.org"}}),
        ("department", {"required_claims": {"department.name": "physics"}}),
    ],
)
async def test_a_restriction_on_a_claim_that_is_sent_as_a_reference(hub_at_provider, provider, claim, options):
    """It neither refuses nor allows a user."""
    hub = await hub_at_provider(**{**WITH_GROUPS, "manage_groups": False})
    browser = hub.browser()
    assert (await browser.login()).status == 200
    for option, value in options.items():
        setattr(hub.authenticator, option, value)
    provider.faults.on(reference_to(claim))
    assert await page(hub, browser) == 200
    login = await hub.browser().login()
    assert login.status == 502
    assert f"the claim {claim!r} as a reference" in hub.log.lines_with(reference_on(login, hub))[0]
    hub.authenticator.required_claims = {**hub.authenticator.required_claims, "sub": "another"}
    assert await page(hub, browser) == 302, "another restriction that fails bars"


async def by_function(auth_state):
    return auth_state["oauth_user"]["groups"]


@pytest.mark.parametrize("function", [by_function, lambda state: state["oauth_user"].get("groups", [])])
async def test_a_function_finds_no_groups_in_a_reference(hub_at_provider, provider, function):
    hub = await hub_at_provider(
        **WITH_GROUPS, allow_all=False, allowed_groups={"staff"}, auth_state_groups_key=function
    )
    browser = hub.browser()
    assert (await browser.login()).status == 200
    before = groups_of(hub)
    provider.faults.on(BY_REFERENCE)
    assert await page(hub, browser) == 200
    assert groups_of(hub) == before
    assert (await hub.browser().login()).status == 502


class FollowsReferences(GenericOAuthenticator):
    """An operator's class, which asks elsewhere."""

    async def update_auth_model(self, auth_model):
        assert auth_model["groups"] is None
        auth_model["groups"] = ["staff", "from-elsewhere"]
        return auth_model


async def test_an_override_that_knows_the_groups_has_the_last_word(hubs, provider):
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = generic_config(provider, **WITH_GROUPS)
    config.GenericOAuthenticator.update(allow_all=False, allowed_groups={"staff"})
    config.JupyterHub.authenticator_class = FollowsReferences
    hub = await hubs(config, state)
    provider.faults.on(BY_REFERENCE)
    browser = hub.browser()
    assert (await browser.login()).status == 200
    assert groups_of(hub) == ["from-elsewhere", "staff"]
    assert await page(hub, browser) == 200


# --- very many groups ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"allow_all": False, "allowed_groups": {"last"}},
        {"allow_all": False, "admin_groups": {"last"}},
    ],
    ids=str,
)
async def test_rules_see_all_groups_and_those_that_they_name_are_stored(hub_at_provider, provider, options):
    """At a login, at a refresh, and on stored data."""
    provider.users["alice"]["groups"] = [*(f"group-{number}" for number in range(5000)), "last"]
    hub = await hub_at_provider(**{**WITH_GROUPS, "user_data_max_age": 300}, **options)
    time = Time(hub)
    browser = hub.browser()
    assert (await browser.login()).status == 200
    for seconds in (0, 0, 400, 0):
        time.passes(seconds)
        assert await page(hub, browser) == 200
        stored = groups_of(hub)
        assert len(stored) == MAX_NAMES
        assert "last" in stored
        assert hub.accounts() == {"alice": "admin_groups" in options}
        assert (await hub.auth_state("alice"))["suite"]["groups"][0] == "last"
    assert hub.log.lines_with("'alice' has 5001 groups")
    provider.users["alice"]["groups"] = [f"group-{number}" for number in range(5000)]
    time.passes(400)
    assert await page(hub, browser) == 302
