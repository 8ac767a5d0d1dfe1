"""Claims from both sources, ID token and userinfo: at a login, at refreshes with and without a new ID token, and hints."""

from __future__ import annotations

import pytest

from oauthenticator_suite import GenericOAuthenticator, GitHubOAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from tests.conftest import generic_config
from tests.fakes.openid_provider import FakeProvider
from tests.fakes.openid_provider.bending import GONE, member
from tests.fakes.openid_provider.faults import Fault
from tests.hub.test_access_checks import made
from tests.support import HubState, Time, check_invariants, reference_on, refresh_is_due

pytestmark = pytest.mark.hub_versions

MERGED = {
    "enable_auth_state": True,
    "user_data_max_age": 0,
    "scope": ["openid", "profile", "email", "groups"],
    "manage_groups": True,
    "merge_id_token_claims": True,
}
ID_TOKEN_LIFETIME = 600


class TwoSources(FakeProvider):
    """Has some claims in the ID token only, and may send no ID token for a refresh token."""

    def __init__(self):
        super().__init__()
        self.user_claims_in_id_token = True
        self.not_in_userinfo = {"groups"}
        self.more_in_userinfo = {}
        self.id_token_at_refresh = True

    def _issue_tokens(self, grant):
        reply = super()._issue_tokens(grant)
        if grant.nonce is None and not self.id_token_at_refresh:
            del reply["id_token"]
        return reply

    async def _userinfo(self, call):
        reply = await super()._userinfo(call)
        kept = {name: value for name, value in reply.json.items() if name not in self.not_in_userinfo}
        reply.json = {**kept, **self.more_in_userinfo}
        return reply


@pytest.fixture
async def provider():
    async with TwoSources() as provider:
        yield provider


def groups_of(hub, name="alice"):
    hub.app.db.expire_all()
    return sorted(group.name for group in hub.app.users[name].groups)


async def stays(hub, browser):
    refresh_is_due(hub)
    return (await browser.get("/hub/home")).status == 200


@pytest.fixture
def signed_in(hub_at_provider, provider):
    """`hub, browser, time = await signed_in(option=…)`: alice at a Hub. Hub and provider go by the same time."""

    async def start(**traits):
        hub = await hub_at_provider(**{**MERGED, **traits})
        time = Time(hub)
        provider.clock = hub.authenticator.connection.issuer._clock = time.now
        browser = hub.browser()
        assert (await browser.login()).status == 200
        return hub, browser, time

    return start


# --- a login ---------------------------------------------------------------------------------------------------------


async def test_groups_that_only_the_id_token_has(signed_in, hub_at_provider, provider):
    hub, _, _ = await signed_in(allow_all=False, allowed_groups={"staff"}, admin_groups={"hub-admins"})
    assert groups_of(hub) == ["hub-admins", "staff"]
    assert hub.accounts() == {"alice": True}
    user_info = (await hub.auth_state("alice"))["oauth_user"]
    assert user_info["groups"] == ["staff", "hub-admins"]
    assert user_info["email"] == "alice@example.org"
    without = await hub_at_provider(**{**MERGED, "merge_id_token_claims": False})
    await without.browser().login()
    assert groups_of(without) == []
    check_invariants(hub, provider, accounts=["alice"])


async def test_userinfo_is_the_newer_source(signed_in, provider):
    provider.not_in_userinfo = set()
    provider.more_in_userinfo = {"groups": ["newer"], "iss": "https://another.example", "acr": "gold"}
    provider.acr = "silver"
    hub, _, _ = await signed_in()
    assert groups_of(hub) == ["newer"]
    user_info = (await hub.auth_state("alice"))["oauth_user"]
    assert user_info["iss"] == provider.issuer
    assert user_info["acr"] == "silver"


@pytest.mark.parametrize("sub", ["subject-of-bob", None, 5])
async def test_userinfo_about_another_subject_is_refused(hub_at_provider, provider, sub):
    provider.more_in_userinfo = {"sub": sub}
    hub = await hub_at_provider(**MERGED)
    page = await hub.browser().login()
    assert page.status == 502
    assert "userinfo: sub" in hub.log.lines_with(reference_on(page, hub))[0]
    check_invariants(hub, provider)


async def test_the_address_of_one_source_is_not_verified_by_the_other(hub_at_provider, provider):
    provider.more_in_userinfo = {"email": "mallory@evil.example"}
    provider.not_in_userinfo = {"email_verified"}
    hub = await hub_at_provider(**MERGED, allowed_email_domains={"evil.example", "example.org"})
    assert (await hub.browser().login()).status == 403
    provider.more_in_userinfo = {}
    assert (await hub.browser().login()).status == 200, "the same address in both"


async def test_a_login_without_an_id_token_is_refused(hubs, provider):
    """Also for a provider of which only the endpoints are known."""
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    urls = {f"{name}_url": f"{provider.issuer}/{name}" for name in ("authorize", "token")}
    config = generic_config(provider, **MERGED, **urls, userdata_url=f"{provider.issuer}/userinfo")
    config.GenericOAuthenticator.issuer = ""
    hub = await hubs(config, state)
    provider.id_token_at_refresh = False
    provider._redeem_code = lambda client, fields, redeem=provider._redeem_code: _without_nonce(redeem(client, fields))
    page = await hub.browser().login()
    assert page.status == 502
    assert "no id_token" in hub.log.lines_with(reference_on(page, hub))[0]


def _without_nonce(grant):
    grant.nonce = None
    return grant


# --- a refresh -------------------------------------------------------------------------------------------------------


async def test_a_new_id_token_brings_new_groups(signed_in, provider):
    """While the ID token is valid, its claims count. After that a new one comes with the refresh token."""
    hub, browser, time = await signed_in(admin_groups={"hub-admins"})
    provider.users["alice"].update(groups=["staff"], email="alice@new.example")
    assert await stays(hub, browser)
    assert groups_of(hub) == ["hub-admins", "staff"]
    assert (await hub.auth_state("alice"))["oauth_user"]["email"] == "alice@new.example"
    redeemed = provider.count("token")
    time.passes(ID_TOKEN_LIFETIME)
    assert await stays(hub, browser)
    assert provider.count("token") == redeemed + 1, "the access token is valid for an hour"
    assert groups_of(hub) == ["staff"]
    assert hub.accounts() == {"alice": False}
    assert await stays(hub, browser)
    assert provider.count("token") == redeemed + 1
    check_invariants(hub, provider, accounts=["alice"])


async def test_without_a_new_id_token_rights_stay_for_the_grace_period(signed_in, provider):
    """They are neither taken away nor kept forever, and the provider is asked for an ID token once."""
    provider.id_token_at_refresh = False
    hub, browser, time = await signed_in(admin_groups={"hub-admins"}, refresh_outage_grace=1800)
    provider.users["alice"]["groups"] = []
    redeemed = provider.count("token")
    for seconds in (ID_TOKEN_LIFETIME, 900, 800):
        time.passes(seconds)
        assert await stays(hub, browser)
        assert provider.count("token") == redeemed + 1
        assert groups_of(hub) == ["hub-admins", "staff"]
        assert hub.accounts() == {"alice": True}
    time.passes(200)
    assert not await stays(hub, browser)
    assert hub.log.lines_with("alice must sign in again: claims that only the ID token has are outdated")
    assert (await browser.login()).status == 200
    assert groups_of(hub) == []
    assert hub.accounts() == {"alice": False}


async def test_without_a_refresh_token(signed_in, provider):
    provider.issue_refresh_tokens = False
    hub, browser, time = await signed_in(refresh_outage_grace=1800)
    time.passes(ID_TOKEN_LIFETIME + 1700)
    assert await stays(hub, browser)
    time.passes(200)
    assert not await stays(hub, browser), "although the access token is valid for an hour"


async def test_a_blocked_user_goes_at_once(signed_in, provider):
    provider.id_token_at_refresh = False
    hub, browser, time = await signed_in()
    time.passes(ID_TOKEN_LIFETIME)
    assert await stays(hub, browser)
    hub.authenticator.required_claims = {"email": "another@example.org"}
    assert not await stays(hub, browser)


async def by_function(auth_state):
    return auth_state["oauth_user"]["groups"]


class ReadsClaims(GenericOAuthenticator):
    """An operator's class that reads claims."""

    async def update_auth_model(self, auth_model):
        return auth_model


DEPENDS = {
    "a function": {"auth_state_groups_key": by_function},
    "a hook": {"manage_groups": False, "modify_auth_state_hook": lambda authenticator, auth_state: auth_state},
    "a restriction": {"manage_groups": False, "required_claims": {"groups": "staff"}},
    "entitlements": {"entitlement_namespaces": {"urn:mace:egi.eu"}},
}
DOES_NOT = {
    "no groups": {"manage_groups": False},
    "groups of another claim": {"auth_state_groups_key": "oauth_user.name"},
}


@pytest.mark.parametrize("case", DEPENDS | DOES_NOT)
async def test_only_claims_that_matter_become_outdated(signed_in, provider, case):
    provider.id_token_at_refresh = False
    provider.users["alice"]["entitlements"] = ["urn:mace:egi.eu:group:lab"]
    provider.not_in_userinfo = {"groups", "entitlements"}
    hub, browser, time = await signed_in(**(DEPENDS | DOES_NOT)[case])
    provider.access_token_lifetime = 100_000
    time.passes(ID_TOKEN_LIFETIME)
    assert await stays(hub, browser)
    time.passes(3700)
    assert await stays(hub, browser) is (case in DOES_NOT)


async def test_an_operators_class_may_read_any_claim(hubs, provider):
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    provider.id_token_at_refresh = False
    config = generic_config(provider, **{**MERGED, "manage_groups": False, "refresh_outage_grace": 0})
    config.JupyterHub.authenticator_class = ReadsClaims
    hub = await hubs(config, state)
    time = Time(hub)
    provider.clock = hub.authenticator.connection.issuer._clock = time.now
    browser = hub.browser()
    await browser.login()
    assert await stays(hub, browser)
    time.passes(ID_TOKEN_LIFETIME + 1)
    assert not await stays(hub, browser)


async def test_claims_that_userinfo_has_do_not_become_outdated(signed_in, provider):
    provider.id_token_at_refresh = False
    provider.not_in_userinfo = set()
    hub, browser, time = await signed_in()
    for groups in (["a"], ["b"]):
        provider.users["alice"]["groups"] = groups
        time.passes(3700)
        assert await stays(hub, browser)
        assert groups_of(hub) == groups


@pytest.mark.parametrize("sent", [True, False])
async def test_a_login_of_before_the_option_was_set(hub_at_provider, provider, sent):
    """Without an ID token, the groups are unknown until there is one: they stay for the grace period."""
    provider.id_token_at_refresh, provider.access_token_lifetime = sent, 100_000
    hub = await hub_at_provider(
        **{**MERGED, "merge_id_token_claims": False, "allow_all": False}, allowed_users={"alice"}
    )
    time = Time(hub)
    provider.not_in_userinfo = set()
    browser = hub.browser()
    await browser.login()
    user = hub.app.users["alice"]
    auth_state = await hub.auth_state("alice")
    auth_state["id_token"] = auth_state["token_response"]["id_token"] = None
    await hub.run(user.save_auth_state(auth_state))
    hub.authenticator.merge_id_token_claims = True
    provider.not_in_userinfo = {"groups"}
    assert await stays(hub, browser)
    assert groups_of(hub) == ["hub-admins", "staff"]
    assert bool(hub.log.lines_with("there is no ID token, and merge_id_token_claims is set")) is not sent
    time.passes(3700)
    provider.clock = hub.authenticator.connection.issuer._clock = time.now
    assert await stays(hub, browser) is sent


async def test_a_provider_without_userinfo(signed_in, provider):
    """Its claims are all the ID token's."""
    provider.id_token_at_refresh = False
    provider.faults.on(Fault("no-userinfo", "metadata", "no userinfo endpoint", member("userinfo_endpoint", GONE)))
    hub, browser, time = await signed_in()
    assert groups_of(hub) == ["hub-admins", "staff"]
    assert provider.count("userinfo") == 0
    time.passes(ID_TOKEN_LIFETIME)
    assert await stays(hub, browser)
    time.passes(3700)
    assert not await stays(hub, browser)


# --- a claim that is in the other source -----------------------------------------------------------------------------

HINT = (
    r"The claim {!r} is in the ID token, and only userinfo is read: set c.GenericOAuthenticator.merge_id_token_claims"
)


async def test_the_username_is_in_the_other_source(hub_at_provider, provider):
    provider.not_in_userinfo = {"preferred_username"}
    hub = await hub_at_provider(**{**MERGED, "merge_id_token_claims": False})
    page = await hub.browser().login()
    assert page.status == 403
    assert HINT.format("preferred_username") in hub.log.lines_with(reference_on(page, hub))[0]


async def test_the_groups_are_in_the_other_source(hub_at_provider, provider):
    hub = await hub_at_provider(**{**MERGED, "merge_id_token_claims": False})
    for _ in range(2):
        await hub.browser().login()
    (line,) = hub.log.lines_with("there is no 'oauth_user.groups'")
    assert HINT.format("groups") in line


async def test_the_entitlements_are_in_the_other_source(hub_at_provider, provider):
    provider.users["alice"]["eduperson_entitlement"] = ["urn:mace:egi.eu:group:lab"]
    provider.not_in_userinfo = {"eduperson_entitlement"}
    options = {**MERGED, "merge_id_token_claims": False, "entitlement_namespaces": {"urn:mace:egi.eu"}}
    hub = await hub_at_provider(**options)
    await hub.browser().login()
    (line,) = hub.log.lines_with("there is neither 'entitlements' nor 'eduperson_entitlement'")
    assert HINT.format("eduperson_entitlement") in line


async def test_a_required_claim_is_in_the_other_source(hub_at_provider, provider):
    provider.users["alice"]["department"] = "physics"
    provider.not_in_userinfo = {"department"}
    required = {"required_claims": {"department": "physics"}}
    hub = await hub_at_provider(**{**MERGED, "merge_id_token_claims": False}, **required)
    page = await hub.browser().login()
    assert page.status == 403
    assert HINT.format("department") in hub.log.lines_with(reference_on(page, hub))[0]
    assert "merge_id_token_claims" not in page.text
    merging = await hub_at_provider(**MERGED, **required)
    assert (await merging.browser().login()).status == 200


async def test_the_claim_may_be_in_userinfo(hub_at_provider, provider):
    """Where the operator has chosen the ID token. What userinfo has is not known."""
    options = {**MERGED, "merge_id_token_claims": False, "userdata_from_id_token": True}
    hub = await hub_at_provider(**options, username_claim="nickname")
    page = await hub.browser().login()
    (line,) = hub.log.lines_with(reference_on(page, hub))
    assert (
        "Only the ID token is read, and userinfo may have the claim 'nickname': set c.GenericOAuthenticator.merge"
        in line
    )


# --- start-up --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cls", "options", "says"),
    [
        (GenericOAuthenticator, {"userdata_from_id_token": True}, "userdata_from_id_token = True does not"),
        (GenericOAuthenticator, {"scope": ["profile"]}, "scope does not ask for one"),
        (GitHubOAuthenticator, {}, "scope does not ask for one"),
    ],
)
def test_what_stops_the_start(cls, options, says):
    issuer = {"issuer": "https://login.example"} if cls is GenericOAuthenticator else {}
    authenticator = made(cls, **issuer, merge_id_token_claims=True, allow_all=True, **options)
    with pytest.raises(ConfigurationError, match=says):
        authenticator.check_configuration()
