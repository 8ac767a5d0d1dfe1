"""`OktaOAuthenticator` through a real Hub: Okta's own rules. The rules for all providers are in tests/contract."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from traitlets import TraitError

from oauthenticator_suite import OktaOAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from tests.contract.cases.okta import OktaCase, OktaCustomServerCase
from tests.fakes.okta import NO_POLICY, NOT_ASSIGNED, FakeOkta
from tests.hub.visits import Start, comes_in, kept, refused_with, signs_in, starting, stays
from tests.support import HubDidNotStart, Time, check_invariants

USERS = ("alice", "bob", "carol")
ALICE = "alice@example.org"
A_HUNDRED = [f"group-{number}" for number in range(100)]


@pytest.fixture(params=[OktaCase, OktaCustomServerCase], ids=["organization", "custom"])
async def case(request: pytest.FixtureRequest) -> AsyncIterator[OktaCase]:
    case: OktaCase = request.param()
    async with case.fake:
        yield case


@pytest.fixture
def okta(case: OktaCase) -> FakeOkta:
    return case.fake


@pytest.fixture
def start(case: OktaCase, hubs: Any) -> Start:
    return starting(case, hubs)


@pytest.mark.parametrize("place", ["userinfo", "id_token"])
async def test_groups(start: Start, okta: FakeOkta, place: str) -> None:
    """From the user's data or from the ID token, wherever Okta has them."""
    okta.groups_in = {place}
    hub = await start(allowed_groups={"staff"}, enable_auth_state=True)
    assert {user for user in USERS if await comes_in(hub, user)} == {"alice"}
    assert (await kept(hub, ALICE))["oauth_user"]["groups"] == ["Everyone", "staff"]
    assert {group.name for group in hub.app.users[ALICE].groups} == {"Everyone", "staff"}
    asked = okta.requests_to("authorize")[-1].fields["scope"].split()
    assert ("groups" in asked) is not okta.custom, "a custom server refuses the scope"
    check_invariants(hub, okta, accounts={ALICE})


async def test_the_userinfo_response_wins(start: Start, okta: FakeOkta) -> None:
    """At a refresh it is newer than the ID token."""
    okta.groups_in, okta.access_token_lifetime = {"userinfo", "id_token"}, 3600
    hub = await start(allowed_groups={"staff"}, enable_auth_state=True, user_data_max_age=0)
    browser = await signs_in(hub, "alice")
    assert await stays(hub, browser, ALICE)
    okta.users["alice"]["groups"] = ["Everyone"]
    assert not await stays(hub, browser, ALICE)


async def test_without_the_groups_scope_there_are_none(start: Start, okta: FakeOkta) -> None:
    okta.groups_in = set() if okta.custom else {"userinfo", "id_token"}
    hub = await start(allowed_groups={"staff"}, scope=["openid", "profile"])
    await refused_with(hub, "alice")
    assert "there is no 'oauth_user.groups'" in hub.log.text


@pytest.mark.parametrize("rule", [{"allowed_groups": {"late"}}, {"required_claims": {"groups": "late"}}])
async def test_a_hundred_groups_may_be_more(start: Start, okta: FakeOkta, rule: dict[str, Any]) -> None:
    """Okta does not say whether a user with a hundred groups is in others too."""
    okta.users["alice"]["groups"] = [*A_HUNDRED, "late"]
    hub = await start(allow_all="required_claims" in rule, **rule)
    _, line = await refused_with(hub, "alice", 502)
    assert "Okta has sent 100 groups, and never sends more: narrow the filter" in line
    okta.users["alice"]["groups"] = [*A_HUNDRED[:98], "late"]
    assert await comes_in(hub, "alice")
    check_invariants(hub, okta, accounts={ALICE})


async def test_a_hundred_groups_in_a_claim_of_another_name(start: Start, okta: FakeOkta) -> None:
    """A custom server's claim has the name that its administrator has chosen."""
    okta.groups_claim = "teams"
    okta.users["alice"]["groups"] = [*A_HUNDRED, "late"]
    hub = await start(allowed_groups={"late"}, auth_state_groups_key="oauth_user.teams")
    _, line = await refused_with(hub, "alice", 502)
    assert "Okta has sent 100 groups" in line


async def test_what_is_among_the_hundred_counts(start: Start, okta: FakeOkta) -> None:
    okta.users["alice"]["groups"] = A_HUNDRED
    hub = await start(allow_all=True, required_claims={"groups": "group-99"})
    assert {user for user in USERS if await comes_in(hub, user)} == {"alice"}


async def test_a_hundred_groups_end_no_session_at_once(start: Start, okta: FakeOkta) -> None:
    """The groups on the Hub stay as they are for the grace period."""
    scope = ["openid", "profile", *(["offline_access"] if okta.custom else ["groups"])]
    hub = await start(allowed_groups={"staff"}, enable_auth_state=True, user_data_max_age=0, scope=scope)
    browser = await signs_in(hub, "alice")
    time = Time(hub)
    okta.users["alice"]["groups"] = [*A_HUNDRED, "staff"]
    assert await stays(hub, browser, ALICE)
    assert {group.name for group in hub.app.users[ALICE].groups} == {"Everyone", "staff"}
    time.passes(3700)
    assert not await stays(hub, browser, ALICE)


async def test_a_user_who_is_not_assigned(start: Start, okta: FakeOkta) -> None:
    hub = await start(allow_all=True)
    okta.assigned.discard("bob")
    _, line = await refused_with(hub, "bob")
    assert NOT_ASSIGNED in line
    await signs_in(hub, "alice")


async def test_a_custom_server_without_an_access_policy(start: Start, okta: FakeOkta) -> None:
    okta.has_policy = False
    hub = await start(allow_all=True)
    if okta.custom:
        _, line = await refused_with(hub, "alice")
        assert NO_POLICY in line
    else:
        await signs_in(hub, "alice")


async def test_logout(start: Start, okta: FakeOkta) -> None:
    hub = await start(allow_all=True, enable_auth_state=True, rp_initiated_logout=True)
    okta.client.post_logout_redirect_uris.add(f"{hub.url}/hub/oauth_logged_out")
    browser = await signs_in(hub, "alice")
    page = await browser.open("/hub/logout")
    assert (page.status, page.path) == (200, "/hub/oauth_logged_out")
    (asked,) = okta.requests_to("end_session")
    assert asked.fields.keys() == {"id_token_hint", "client_id", "post_logout_redirect_uri", "state"}
    assert okta.refusals == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"okta_domain": ""}, "c.OktaOAuthenticator.okta_domain is not set"),
        (
            {"okta_domain": "example-admin.okta.com"},
            "okta_domain is 'https://example-admin.okta.com', which is not the",
        ),
        ({"okta_domain": "https://example.okta.com/oauth2/default"}, "which is not the organization's domain"),
        ({"okta_domain": "a domain"}, "a host name such as login.example.org"),
    ],
)
async def test_a_configuration_that_stops_the_start_up(start: Start, options: dict[str, Any], words: str) -> None:
    with pytest.raises((ConfigurationError, HubDidNotStart, TraitError)) as error:
        await start(**options)
    assert words in str(error.value)


@pytest.mark.parametrize("domain", ["example.okta.com", "https://example.okta.com", "https://example.okta.com/"])
@pytest.mark.parametrize(("server", "path"), [("", ""), ("default", "/oauth2/default")])
def test_the_issuer(domain: str, server: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    issuer = f"https://example.okta.com{path}"
    assert OktaOAuthenticator(okta_domain=domain, authorization_server=server).issuer == issuer
    monkeypatch.setenv("OKTA_DOMAIN", domain)
    monkeypatch.setenv("OKTA_AUTHORIZATION_SERVER", server)
    assert OktaOAuthenticator().issuer == issuer
