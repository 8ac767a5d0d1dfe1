"""Entitlements of research communities as groups, in every rule, through a real Hub."""

from __future__ import annotations

import pytest
from traitlets import TraitError
from traitlets.config import Config

from oauthenticator_suite import GenericOAuthenticator, LocalGenericOAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.multi import MultiAuthenticator
from tests.conftest import generic_config
from tests.fakes.openid_provider.bending import GONE, both, member
from tests.fakes.openid_provider.faults import Fault
from tests.hub.test_access_checks import made
from tests.support import HubState, Time, check_invariants, reference_on, refresh_is_due

pytestmark = pytest.mark.hub_versions

EGI, HELMHOLTZ = "urn:mace:egi.eu", "urn:geant:helmholtz.de"
MANAGER = f"{EGI}:group:vo.example.org:lab:role=manager#aai.egi.eu"
NOT_GROUPS = [
    f"{EGI}:res:cluster#aai.egi.eu",
    f"{EGI}:assurance:IAP:medium",
    "urn:geant:myacademicid.org:ewp:role:student",
    "urn:mace:dir:entitlement:common-lib-terms",
    f"{EGI}:group:#aai.egi.eu",
]
KEPT = {
    "enable_auth_state": True,
    "user_data_max_age": 0,
    "manage_groups": True,
    "allow_all": False,
    "entitlement_namespaces": {EGI},
}


def groups_of(hub, name="alice"):
    hub.app.db.expire_all()
    return sorted(group.name for group in hub.app.users[name].groups)


async def stays(hub, browser):
    refresh_is_due(hub)
    return (await browser.get("/hub/home")).status == 200


@pytest.fixture(autouse=True)
def _alice(provider):
    provider.users["alice"].update(entitlements=[MANAGER, *NOT_GROUPS], groups=["from-groups"])
    provider.users["bob"]["eduperson_entitlement"] = f"{EGI}:group:vo.example.org"


async def test_entitlement_namespaces(hub_at_provider, provider):
    """Groups, parent groups and roles; nothing that is not a group; and not the claim `groups`."""
    hub = await hub_at_provider(**{**KEPT, "allow_all": True})
    for name in ("alice", "bob", "carol"):
        assert (await hub.browser().login(name)).status == 200
    assert groups_of(hub) == ["vo.example.org", "vo.example.org:lab", "vo.example.org:lab:role=manager"]
    assert groups_of(hub, "bob") == ["vo.example.org"]
    assert groups_of(hub, "carol") == []
    check_invariants(hub, provider, accounts=["alice", "bob", "carol"])


async def test_the_namespace_is_in_the_name_where_there_are_several(hub_at_provider, provider):
    provider.users["alice"]["eduperson_entitlement"] = [f"{HELMHOLTZ}:group:lab"]
    namespaces = {EGI, HELMHOLTZ}
    hub = await hub_at_provider(
        **{**KEPT, "entitlement_namespaces": namespaces}, allowed_groups={f"{HELMHOLTZ}:group:lab"}
    )
    assert (await hub.browser().login()).status == 200
    assert f"{HELMHOLTZ}:group:lab" in groups_of(hub)
    assert f"{EGI}:group:vo.example.org:lab:role=manager" in groups_of(hub)
    assert (await hub.browser().login("bob")).status == 403


async def test_groups_of_a_claim_too_where_a_key_is_set(hub_at_provider, provider):
    hub = await hub_at_provider(
        **KEPT,
        allowed_groups={"from-groups"},
        auth_state_groups_key="oauth_user.groups",
        scope=["openid", "profile", "email", "groups"],
    )
    assert (await hub.browser().login()).status == 200
    assert groups_of(hub)[:2] == ["from-groups", "vo.example.org"]


@pytest.mark.parametrize(
    ("named", "status"),
    [
        ("vo.example.org", 200),
        ("vo.example.org:lab", 200),
        ("vo.example.org:lab:role=manager", 200),
        (MANAGER, 200),
        (MANAGER.partition("#")[0], 200),
        (f"{EGI}:group:vo.example.org:lab", 200),
        (f"{EGI}:group:vo.example.org", 200),
        ("URN:mace:EGI.eu:group:vo.example.org", 200),
        (f"{EGI}:group:vo.example.org:role=manager", 403),
        (f"{EGI}:group:vo.example.org:lab:role=member", 403),
        (f"{EGI}:group:VO.example.org", 403),
        (f"{EGI}:group:lab", 403),
    ],
)
async def test_a_group_or_an_entitlement_in_an_option(hub_at_provider, named, status):
    hub = await hub_at_provider(**KEPT, allowed_groups={named})
    assert (await hub.browser().login()).status == status


async def test_every_rule_takes_entitlements(hubs, provider):
    """Administrators, roles; at a login, at a refresh, on stored data, and when the membership ends."""
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    roles = {"manage_roles": True, "group_roles": {f"{EGI}:group:vo.example.org:lab": ["instructor"]}}
    admins = {"admin_groups": {MANAGER}, "allowed_groups": {f"{EGI}:group:vo.example.org"}}
    config = generic_config(provider, **KEPT, **roles, **admins)
    config.JupyterHub.load_roles = [{"name": "instructor", "scopes": ["list:users"]}]
    hub = await hubs(config, state)
    browser = hub.browser()
    assert (await browser.login()).status == 200
    for age in (300, 0):
        hub.authenticator.user_data_max_age = age
        assert await stays(hub, browser)
        assert hub.accounts() == {"alice": True}
        assert "instructor" in {role.name for role in hub.app.users["alice"].roles}
    provider.users["alice"]["entitlements"] = [f"{EGI}:group:vo.example.org"]
    assert await stays(hub, browser)
    assert hub.accounts() == {"alice": False}
    assert "instructor" not in {role.name for role in hub.app.users["alice"].roles}
    assert groups_of(hub) == ["vo.example.org"]
    provider.users["alice"]["entitlements"] = []
    assert not await stays(hub, browser)
    check_invariants(hub, provider, accounts=["alice"])


@pytest.mark.parametrize(
    ("entries", "groups"),
    [({f"{EGI}#aai.egi.eu"}, 3), ({f"{EGI}#perun.egi.eu"}, 0), ({f"{EGI}#"}, 0), ({f"{EGI}#", f"{EGI}#aai.egi.eu"}, 3)],
)
async def test_the_authority_is_checked_against_the_list(hub_at_provider, entries, groups):
    hub = await hub_at_provider(**{**KEPT, "allow_all": True, "entitlement_namespaces": entries})
    for _ in range(2):
        assert (await hub.browser().login()).status == 200
    assert len(groups_of(hub)) == groups
    assert len(hub.log.lines_with("does not list the authority of some entitlements")) == (0 if groups else 1)


async def test_letter_case(hub_at_provider, provider):
    """Group names differ by case unless the operator says otherwise."""
    named = {"allowed_groups": {f"{EGI}:group:VO.example.org:LAB"}}
    assert (await (await hub_at_provider(**KEPT, **named)).browser().login()).status == 403
    hub = await hub_at_provider(**KEPT, **named, groups_case_sensitive=False)
    assert (await hub.browser().login()).status == 200


async def test_names_that_are_too_long(hub_at_provider, provider):
    provider.users["alice"]["entitlements"] = [f"{EGI}:group:a:{'b' * 300}"]
    hub = await hub_at_provider(**{**KEPT, "allow_all": True})
    assert (await hub.browser().login()).status == 200
    assert groups_of(hub) == ["a"]
    assert hub.log.lines_with("too long for the Hub's database")


UNREADABLE = {
    "too many": ([f"{EGI}:group:{number}" for number in range(10_000)], "10000 entitlements"),
    "too long": ([f"{EGI}:group:{'a' * 2000}"], "more than 1024 characters"),
    "an object": ({"a": 1}, "the claim 'entitlements' is a dict"),
    "a number": (5, "the claim 'entitlements' is a int"),
}


@pytest.mark.parametrize("case", UNREADABLE)
async def test_entitlements_that_cannot_be_read_are_unknown(hub_at_provider, provider, case):
    """Unknown is neither a yes nor a no: not at a login, and not at a refresh for the grace period."""
    claim, reason = UNREADABLE[case]
    hub = await hub_at_provider(**KEPT, allowed_groups={"vo.example.org"}, allowed_users={"carol"})
    time = Time(hub)
    browser = hub.browser()
    assert (await browser.login()).status == 200
    before = groups_of(hub)
    provider.users["alice"]["entitlements"] = provider.users["carol"]["entitlements"] = claim
    assert await stays(hub, browser)
    assert groups_of(hub) == before
    page = await hub.browser().login()
    assert page.status == 502
    assert reason in hub.log.lines_with(reference_on(page, hub))[0]
    assert (await hub.browser().login("carol")).status == 200, "whom another rule allows"
    time.passes(3700)
    assert not await stays(hub, browser)


async def test_entitlements_that_are_sent_as_a_reference(hub_at_provider, provider):
    hub = await hub_at_provider(**KEPT, allowed_groups={"vo.example.org"})
    change = both(member("entitlements", GONE), member("_claim_names", {"entitlements": "src1"}))
    provider.faults.on(Fault("by-reference", "userinfo", "entitlements as a reference", change))
    page = await hub.browser().login()
    assert page.status == 502
    assert "the claim 'entitlements' as a reference" in hub.log.lines_with(reference_on(page, hub))[0]


async def test_as_one_of_several(hubs, provider):
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/auth/egi/authorize")
    one = generic_config(provider, **KEPT, allowed_groups={MANAGER}).GenericOAuthenticator
    del one["enable_auth_state"]
    config = Config()
    config.JupyterHub.authenticator_class = MultiAuthenticator
    entry = {"authenticator_class": GenericOAuthenticator, "provider": "egi", "config": dict(one)}
    other = {"authenticator_class": "suite-simple", "config": {"allow_all": True}}
    config.MultiAuthenticator.authenticators = [entry, other]
    config.MultiAuthenticator.update(username_collision="prefix", enable_auth_state=True)
    hub = await hubs(config, state)
    browser = hub.browser("alice")
    await browser.open("/hub/auth/egi/login")
    assert browser.logged_in
    assert groups_of(hub, "egi:alice") == ["vo.example.org", "vo.example.org:lab", "vo.example.org:lab:role=manager"]


def test_namespaces_for_several_providers_at_once_stop_the_start():
    """Another provider may not speak for the namespace."""
    config = Config()
    entry = {"authenticator_class": GenericOAuthenticator, "config": {"issuer": "https://a.example", "client_id": "x"}}
    config.MultiAuthenticator.authenticators = [
        {**entry, "provider": "one"},
        {**entry, "provider": "two"},
    ]
    config.GenericOAuthenticator.entitlement_namespaces = {EGI}
    config.MultiAuthenticator.username_collision = "prefix"
    with pytest.raises(ConfigurationError, match=r"c\.GenericOAuthenticator\.entitlement_namespaces applies to 2"):
        MultiAuthenticator(config=config)


@pytest.mark.parametrize("value", ["helmholtz.de", ["urn:geant"], [f"{EGI}:group:x"], [EGI, f"{EGI}#x"]])
def test_what_is_not_a_namespace(value):
    with pytest.raises(TraitError, match="entitlement_namespaces contains"):
        GenericOAuthenticator(entitlement_namespaces=value)


def test_one_namespace_may_be_a_string():
    assert GenericOAuthenticator(entitlement_namespaces=EGI).namespaces_of_entitlements.authorities == {EGI: None}


@pytest.mark.parametrize("cls", [GenericOAuthenticator, LocalGenericOAuthenticator])
@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"manage_groups": False}, "entitlement_namespaces is set, but no groups are known"),
        ({"admin_groups": {f"{HELMHOLTZ}:group:x"}}, "does not have its namespace"),
        (
            {"admin_groups": {f"{EGI}:group:x#y"}, "entitlement_namespaces": {f"{EGI}#z"}},
            "does not accept its authority",
        ),
        ({"admin_groups": {f"{EGI}:res:x"}}, "is not an entitlement of a group"),
        ({"admin_groups": {"x"}, "entitlement_namespaces": {EGI, HELMHOLTZ}}, "without a namespace"),
        ({"manage_roles": True, "group_roles": {f"{HELMHOLTZ}:group:x": ["y"]}}, "does not have its namespace"),
    ],
)
def test_what_stops_the_start(cls, options, says):
    given = {"issuer": "https://login.example", **KEPT, "allow_all": True, **options}
    with pytest.raises(ConfigurationError, match=says):
        made(cls, **given).check_configuration()


@pytest.mark.parametrize(
    "options",
    [
        {"admin_groups": {"x", f"{EGI}:group:x#any"}},
        {"admin_groups": {"x", f"{HELMHOLTZ}:group:x"}, "auth_state_groups_key": "oauth_user.groups"},
        {"entitlement_namespaces": set(), "admin_groups": {f"{EGI}:group:x"}},
    ],
)
def test_what_does_not(options):
    made(
        GenericOAuthenticator, **{"issuer": "https://login.example", **KEPT, "allow_all": True, **options}
    ).check_configuration()


def test_unix_groups_are_not_entitlements():
    options = {"issuer": "https://login.example", **KEPT, "allow_all": True, "allowed_groups": {"urn:x:y:group:z"}}
    made(LocalGenericOAuthenticator, **options).check_configuration()


class AddsGroups(GenericOAuthenticator):
    async def update_auth_model(self, auth_model):
        return {**auth_model, "groups": [*auth_model["groups"], "teachers"]}


@pytest.mark.parametrize(
    ("cls", "options"),
    [(AddsGroups, {}), (GenericOAuthenticator, {"post_auth_hook": lambda authenticator, handler, model: model})],
)
def test_groups_that_own_code_adds_may_have_any_name(cls, options):
    given = {**KEPT, "entitlement_namespaces": {EGI, HELMHOLTZ}, "allowed_groups": {"teachers"}, **options}
    made(cls, issuer="https://login.example", **given).check_configuration()
