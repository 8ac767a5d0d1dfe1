"""Each option on access, set alone, with its effect seen through a real Hub. The provider has alice, bob and carol."""

import json

import pytest

from tests.support import check_invariants, reference_on

pytestmark = pytest.mark.hub_versions

GROUPS = {"manage_groups": True, "scope": ["openid", "profile", "email", "groups"]}


async def who_comes_in(hub):
    """The accounts of those who end up with a session, and their admin flag."""
    came_in = {}
    for name in ("alice", "bob", "carol"):
        browser = hub.browser()
        page = await browser.login(name)
        if browser.logged_in:
            account = (await browser.get("/hub/api/user")).body
            came_in[json.loads(account)["name"]] = json.loads(account)["admin"]
        else:
            assert page.status == 403, page.text
            reference_on(page, hub)
    return came_in


@pytest.mark.parametrize(
    ("traits", "accounts"),
    [
        ({}, {}),
        ({"allow_all": True}, {"alice": False, "bob": False, "carol": False}),
        ({"allowed_users": {"bob"}}, {"bob": False}),
        ({"admin_users": {"bob"}}, {"bob": True}),
        ({"allow_all": True, "blocked_users": {"bob"}}, {"alice": False, "carol": False}),
        ({"allow_all": True, "blocked_users": {"Bob"}}, {"alice": False, "carol": False}),
        ({"allowed_users": {"bob"}, "admin_users": {"bob"}, "blocked_users": {"bob"}}, {}),
        ({"allowed_groups": {"students"}, **GROUPS}, {"bob": False}),
        ({"admin_groups": {"hub-admins"}, **GROUPS}, {"alice": True}),
        ({"allowed_groups": {"staff"}, "blocked_users": {"alice"}, **GROUPS}, {}),
        ({"allow_all": True, "admin_groups": {"hub-admins"}, **GROUPS}, {"alice": True, "bob": False, "carol": False}),
        ({"allowed_scopes": ["email"]}, {"alice": False, "bob": False, "carol": False}),
        ({"allow_all": True, "username_pattern": "[ab].*"}, {"alice": False, "bob": False}),
        ({"allow_all": True, "username_pattern": "b"}, {}),
        ({"allow_all": True, "username_map": {"bob": "robert"}}, {"alice": False, "robert": False, "carol": False}),
        ({"allowed_users": {"robert"}, "username_map": {"bob": "robert"}}, {"robert": False}),
        ({"allow_all": True, "username_map": {"bob": "robert"}, "blocked_users": {"robert"}}, {"alice": False, "carol": False}),
    ],
    ids=str,
)  # fmt: skip
async def test_who_comes_in(hub_at_provider, provider, traits, accounts):
    hub = await hub_at_provider(**{"allow_all": False, **traits})
    before = set(hub.accounts())  # the Hub itself makes accounts of those in allowed_users and admin_users
    assert await who_comes_in(hub) == accounts
    check_invariants(hub, provider, accounts=before | set(accounts))


EVERY_WAY_IN = {
    "allow_all": {"allow_all": True},
    "allowed_users": {"allow_all": False, "allowed_users": {"alice"}},
    "admin_users": {"allow_all": False, "admin_users": {"alice"}},
    "allowed_groups": {"allow_all": False, "allowed_groups": {"staff"}, **GROUPS},
    "admin_groups": {"allow_all": False, "admin_groups": {"staff"}, **GROUPS},
    "allowed_scopes": {"allow_all": False, "allowed_scopes": ["email"]},
}
RESTRICTIONS = {
    "required_claims": ({"required_claims": {"affiliation": ["member"]}}, {"affiliation": "member"}),
    "require_verified_email": ({"require_verified_email": True}, {"email_verified": True}),
    "allowed_email_domains": ({"allowed_email_domains": {"uni.example"}}, {"email": "alice@uni.example"}),
}


@pytest.mark.parametrize("restriction", RESTRICTIONS)
@pytest.mark.parametrize("way_in", EVERY_WAY_IN)
async def test_a_restriction_holds_whatever_lets_in(hub_at_provider, provider, way_in, restriction):
    """H (GHSA-55m3-44xf-hg4h, GHSA-gprj-3p75-f996, CVE-2026-33175); F71."""
    traits, mends = RESTRICTIONS[restriction]
    hub = await hub_at_provider(**{**EVERY_WAY_IN[way_in], **traits})
    provider.users["alice"].update(email_verified=True if "email" in mends else "no", email="alice@example.org")
    page = await hub.browser().login("alice")
    assert page.status == 403
    assert f"rule={restriction}" in hub.log.lines_with(reference_on(page, hub))[0]
    provider.users["alice"].update(mends)
    assert (await hub.browser().login("alice")).status == 200


async def test_username_map_applies_once(hub_at_provider):
    """The map a → b, b → c does not turn a into c."""
    hub = await hub_at_provider(username_map={"alice": "bob", "bob": "carol"})
    await hub.browser().login("alice")
    assert list(hub.accounts()) == ["bob"]


async def test_existing_users(hub_at_provider, provider, tmp_path):
    from tests.conftest import generic_config
    from tests.support import HubState, start_hub

    state = HubState(directory=tmp_path)
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    async with start_hub(generic_config(provider, allow_all=False, allowed_users={"bob"}), state) as hub:
        assert await who_comes_in(hub) == {"bob": False}
    async with start_hub(generic_config(provider, allow_all=False, allowed_users={"carol"}), state) as hub:
        # off by default: a user who was removed from the list is refused
        assert (await hub.browser().login("bob")).status == 403
    async with start_hub(generic_config(provider, allow_all=False, allow_existing_users=True), state) as hub:
        assert (await hub.browser().login("bob")).status == 200
        assert (await hub.browser().login("alice")).status == 403


async def test_narrower_scopes_are_judged_again(hub_at_provider, provider):
    """F40: the login is fine, the gate that needs the scope is shut."""
    provider.faults.on("F40")
    hub = await hub_at_provider(allow_all=False, allowed_scopes=["email"])
    assert (await hub.browser().login("alice")).status == 403
    hub.authenticator.allow_all = True
    assert (await hub.browser().login("alice")).status == 200


async def test_groups_are_the_hubs_groups(hub_at_provider):
    hub = await hub_at_provider(auth_state_groups_key="oauth_user.groups", **GROUPS)
    await hub.browser().login("alice")
    user = hub.app.users["alice"]
    assert sorted(group.name for group in user.groups) == ["hub-admins", "staff"]


async def test_losing_the_admin_group_takes_the_right_away(hub_at_provider, provider):
    hub = await hub_at_provider(admin_groups={"hub-admins"}, **GROUPS)
    await hub.browser().login("alice")
    assert hub.accounts() == {"alice": True}
    provider.users["alice"]["groups"] = ["staff"]
    await hub.browser().login("alice")
    assert hub.accounts() == {"alice": False}


@pytest.mark.parametrize("claim", ["staff", ["staff"], ["staff", 5, None, {}]], ids=str)
async def test_groups_of_any_shape(hub_at_provider, provider, claim):
    """F70."""
    provider.users["alice"]["groups"] = claim
    hub = await hub_at_provider(**GROUPS)
    await hub.browser().login("alice")
    assert [group.name for group in hub.app.users["alice"].groups] == ["staff"]


async def test_groups_by_a_coroutine(hub_at_provider):
    async def groups(auth_state):
        return [f"of-{auth_state['oauth_user']['preferred_username']}"]

    hub = await hub_at_provider(auth_state_groups_key=groups, manage_groups=True)
    await hub.browser().login("alice")
    assert [group.name for group in hub.app.users["alice"].groups] == ["of-alice"]


async def test_a_missing_groups_key_is_said_once(hub_at_provider):
    hub = await hub_at_provider(auth_state_groups_key="oauth_user.no_such", manage_groups=True)
    await hub.browser().login("alice")
    await hub.browser().login("bob")
    (line,) = hub.log.lines_with("no_such")
    assert "preferred_username" in line


async def test_the_refusal_says_what_the_operator_wrote_and_the_log_names_the_rule(hub_at_provider, provider):
    hub = await hub_at_provider(allow_all=True, blocked_users={"bob"}, custom_403_message="Ask Ada & Co in <room> 5.")
    page = await hub.browser().login("bob")
    assert page.status == 403
    assert "Ask Ada &amp; Co in &lt;room&gt; 5." in page.body
    assert "You signed in as bob with OpenID Connect." in page.text
    assert "user='bob' rule=blocked_users" in hub.log.lines_with(reference_on(page, hub))[0]
    check_invariants(hub, provider)


async def test_the_log_names_the_lack_of_an_allow_rule(hub_at_provider):
    hub = await hub_at_provider(allow_all=False, allowed_users={"ada"})
    page = await hub.browser().login("bob")
    assert "user='bob' rule=no allow rule matches" in hub.log.lines_with(reference_on(page, hub))[0]


@pytest.mark.parametrize(
    ("claim", "name"),
    [("preferred_username", "alice"), ("email", "alice@example.org"), ("name", "alice example")],
)
async def test_username_claim(hub_at_provider, claim, name):
    hub = await hub_at_provider(username_claim=claim)
    await hub.browser().login("alice")
    assert list(hub.accounts()) == [name]


async def test_username_claim_may_be_a_callable(hub_at_provider):
    hub = await hub_at_provider(username_claim=lambda user_info: user_info["email"].partition("@")[0] + "-x")
    await hub.browser().login("alice")
    assert list(hub.accounts()) == ["alice-x"]


async def test_username_claim_from_the_environment(hub_at_provider, monkeypatch):
    monkeypatch.setenv("OAUTH2_USERNAME_KEY", "email")
    hub = await hub_at_provider()
    await hub.browser().login("alice")
    assert list(hub.accounts()) == ["alice@example.org"]


async def test_a_missing_username_claim(hub_at_provider, provider):
    hub = await hub_at_provider(username_claim="login")
    page = await hub.browser().login("alice")
    assert page.status == 403
    assert "preferred_username" in hub.log.lines_with(reference_on(page, hub))[0]
    check_invariants(hub, provider)
