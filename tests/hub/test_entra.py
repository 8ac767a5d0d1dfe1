"""`EntraOAuthenticator` through a real Hub: Microsoft's own rules. The rules for all providers are in tests/contract."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from oauthenticator_suite import AzureAdOAuthenticator, EntraOAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.providers.entra.errors import HINTS
from tests.contract.cases.entra import EntraCase
from tests.fakes.entra import CAMPUS, PARTNER, FakeEntra
from tests.fakes.openid_provider import Fault
from tests.hub.visits import Start, comes_in, kept, refused_with, signs_in, starting, stays
from tests.support import HubDidNotStart, check_invariants

USERS = ("alice", "bob", "carol")
MANY = [f"group-{number:04}" for number in range(450)]
STRANGER = "33333333-3333-4333-8333-333333333333"


@pytest.fixture
async def case() -> AsyncIterator[EntraCase]:
    case = EntraCase()
    async with case.fake:
        yield case


@pytest.fixture
def entra(case: EntraCase) -> FakeEntra:
    return case.fake


@pytest.fixture
def start(case: EntraCase, hubs: Any) -> Start:
    return starting(case, hubs)


# --- tenants ---------------------------------------------------------------------------------------------------------


async def test_one_tenant(start: Start, entra: FakeEntra) -> None:
    hub = await start(allow_all=True)
    await signs_in(hub, "alice")
    _, line = await refused_with(hub, "dave")
    assert "the account does not belong to this tenant" in line


@pytest.mark.parametrize("tenant", ["organizations", "common"])
@pytest.mark.parametrize("way", ["allow_all", "allowed_users", "admin_users"])
async def test_several_tenants(start: Start, entra: FakeEntra, tenant: str, way: str) -> None:
    """Anyone can have a tenant. A restriction, whatever else lets a user in."""
    entra.users["mallory"] = {**entra.users["alice"], "tid": STRANGER, "oid": "00000000-0000-4000-8000-00000000dead"}
    names = {"alice@campus.example", "dave@campus.example"}
    hub = await start(
        tenant_id=tenant, allowed_tenants={CAMPUS.upper(), PARTNER}, **{way: True if way == "allow_all" else names}
    )
    for user in ("alice", "dave"):
        assert await comes_in(hub, user), user
    _, line = await refused_with(hub, "mallory")
    assert "rule=allowed_tenants" in line
    check_invariants(hub, entra, accounts=names)


@pytest.mark.parametrize(
    "tid", [None, 7, "", "campus.example", "11111111-1111-4111-8111-11111111111", f"{CAMPUS}/x", "../.."]
)
async def test_a_token_without_a_tenant(start: Start, entra: FakeEntra, tid: Any) -> None:
    def without(provider: Any, draft: Any) -> None:
        draft.claims["tid"] = tid
        draft.claims["iss"] = provider.issuer_of(str(tid))

    hub = await start(tenant_id="organizations", allowed_tenants={CAMPUS}, allow_all=True)
    entra.faults.on(Fault("tid", "id_token", "no tenant", without))
    _, line = await refused_with(hub, "alice", 502)
    assert "tid" in line


async def test_the_issuer_belongs_to_the_tenant(start: Start, entra: FakeEntra) -> None:
    """A token that says one tenant and comes from another."""

    def of_another(provider: Any, draft: Any) -> None:
        draft.claims["tid"] = CAMPUS
        draft.claims["iss"] = provider.issuer_of(PARTNER)

    hub = await start(tenant_id="organizations", allowed_tenants={CAMPUS}, allow_all=True)
    entra.faults.on(Fault("iss", "id_token", "another issuer", of_another))
    _, line = await refused_with(hub, "alice", 502)
    assert "iss is another issuer" in line


# --- groups and roles ------------------------------------------------------------------------------------------------


async def test_more_groups_than_a_token_holds(start: Start, entra: FakeEntra) -> None:
    """They come from Graph, page by page, without directory roles; the service that the token names is not asked."""
    entra.users["alice"]["groups"] = [*MANY, "staff"]
    hub = await start(allowed_groups={"staff"}, enable_auth_state=True)
    assert await comes_in(hub, "alice")
    groups = (await kept(hub, "alice@campus.example"))["user"]["groups"]
    assert groups == [*MANY, "staff"]
    assert "a-directory-role" not in groups
    assert entra.count("graph") == 4
    assert entra.count("retired") == 0
    assert not await comes_in(hub, "bob")
    assert entra.count("graph") == 4


async def test_graph_refuses(start: Start, entra: FakeEntra) -> None:
    """The groups are unknown, and not none: no user loses rights by that, and none gets in."""
    entra.users["alice"]["groups"] = [*MANY, "staff"]
    hub = await start(admin_groups={"staff"}, enable_auth_state=True, user_data_max_age=0)
    browser = await signs_in(hub, "alice")
    name = "alice@campus.example"
    assert hub.app.users[name].admin
    entra.graph_permissions = set()
    assert await stays(hub, browser, name)
    assert hub.app.users[name].admin
    assert {group.name for group in hub.app.users[name].groups} == {*MANY, "staff"}
    _, line = await refused_with(hub, "alice", 502)
    assert "Insufficient privileges. The user has too many groups for the token: add User.Read to scope" in line
    entra.graph_permissions = {"User.Read"}
    assert await stays(hub, browser, name)


@pytest.mark.parametrize("marker", [{"hasgroups": True}, {"_claim_names": {"groups": "src1"}}])
async def test_either_kind_of_reference(start: Start, entra: FakeEntra, marker: dict[str, Any]) -> None:
    entra.groups_claim = False
    entra.faults.on(Fault("reference", "id_token", "a reference", lambda _, draft: draft.claims.update(marker)))
    hub = await start(allowed_groups={"staff"})
    assert await comes_in(hub, "alice")
    assert entra.count("graph") == 1


async def test_app_roles(start: Start, entra: FakeEntra) -> None:
    hub = await start(allowed_app_roles={"Hub.User"}, admin_app_roles={"Hub.Admin"})
    assert {user for user in USERS if await comes_in(hub, user)} == {"alice", "bob"}
    assert not hub.app.users["alice@campus.example"].admin
    assert hub.app.users["bob@campus.example"].admin


async def test_a_disabled_account_may_not_stay(start: Start, entra: FakeEntra) -> None:
    hub = await start(allow_all=True, enable_auth_state=True, user_data_max_age=0)
    browser = await signs_in(hub, "alice")
    assert await stays(hub, browser, "alice@campus.example")
    entra.refusal = "700082"
    entra.revoke_everything()
    entra.refusal = ""
    assert not await stays(hub, browser, "alice@campus.example")


# --- accounts --------------------------------------------------------------------------------------------------------


async def test_an_account_stays_the_same_when_the_hub_is_registered_anew(start: Start, entra: FakeEntra) -> None:
    """`sub` differs for each application; the object ID does not."""
    hub = await start(allow_all=True, enable_auth_state=True)
    await signs_in(hub, "alice")
    record = (await kept(hub, "alice@campus.example"))["suite"]
    assert record["subject"] == f"{CAMPUS}/00000000-0000-4000-8000-000000000001"
    new = entra.register("a-new-client", "a new secret of some length", auth_method="client_secret_post")
    new.scopes, new.redirect_uris = entra.client.scopes, entra.client.redirect_uris
    hub.authenticator.client_id, hub.authenticator.client_secret = new.client_id, new.client_secret
    await signs_in(hub, "alice")


async def test_a_second_person_with_the_name_is_refused(start: Start, entra: FakeEntra) -> None:
    hub = await start(allow_all=True, enable_auth_state=True, username_claim="name")
    await signs_in(hub, "alice")
    entra.users["bob"]["name"] = entra.users["alice"]["name"]
    await refused_with(hub, "bob", 409)


async def test_the_scope_profile_is_added(start: Start) -> None:
    """Without it, the tokens have neither `oid` nor a username."""
    hub = await start(allow_all=True, scope=["openid", "email"])
    assert set(hub.authenticator.scope) == {"openid", "profile", "email"}
    await signs_in(hub, "alice")


async def test_a_token_without_oid_is_refused(start: Start, entra: FakeEntra) -> None:
    entra.users["alice"]["oid"] = ""
    hub = await start(allow_all=True, username_claim="email")
    _, line = await refused_with(hub, "alice")
    assert "the scope profile was not granted" in line


# --- errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["50105", "50011", "65001", "53003"])
async def test_microsofts_codes_are_explained_in_the_log(start: Start, entra: FakeEntra, code: str) -> None:
    hub = await start(allow_all=True)
    entra.refusal = code
    browser = hub.browser()
    page = await browser.login("alice")
    assert page.status in (400, 403)
    assert hub.log.lines_with(HINTS[code])
    assert "AADSTS" not in page.text


async def test_also_those_of_the_token_endpoint(start: Start, entra: FakeEntra) -> None:
    hub = await start(allow_all=True)
    issue_code = entra._issue_code

    def then_refuse(*args: Any) -> str:
        code = issue_code(*args)
        entra.refusal = "7000222"
        return code

    entra._issue_code = then_refuse
    page = await hub.browser().login("alice")
    assert page.status >= 400
    assert hub.log.lines_with("client_secret has expired")


# --- options ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"tenant_id": ""}, "c.EntraOAuthenticator.tenant_id is not set"),
        ({"tenant_id": "campus.onmicrosoft.com"}, "which is not the ID of a tenant"),
        ({"tenant_id": "organizations"}, "c.EntraOAuthenticator.allowed_tenants is empty"),
        ({"tenant_id": "common", "allow_all": True}, "c.EntraOAuthenticator.allowed_tenants is empty"),
        ({"username_claim": "name"}, "c.EntraOAuthenticator.username_claim is the display name"),
    ],
)
async def test_a_configuration_that_stops_the_start_up(start: Start, options: dict[str, Any], words: str) -> None:
    with pytest.raises((ConfigurationError, HubDidNotStart)) as error:
        await start(**options)
    assert words in str(error.value)


def test_urls() -> None:
    one = EntraOAuthenticator(tenant_id=CAMPUS)
    assert one.issuer == f"https://login.microsoftonline.com/{CAMPUS}/v2.0"
    assert one.token_url == f"https://login.microsoftonline.com/{CAMPUS}/oauth2/v2.0/token"
    assert EntraOAuthenticator(tenant_id="consumers").issuer.endswith("/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0")
    several = EntraOAuthenticator(tenant_id="organizations")
    assert several.issuer == "https://login.microsoftonline.com/{tenantid}/v2.0"
    assert several.discovery_url.startswith("https://login.microsoftonline.com/organizations/v2.0/")
    national = EntraOAuthenticator(tenant_id=CAMPUS, authority_url="https://login.microsoftonline.us")
    assert national.graph_api_url == "https://graph.microsoft.us"
    assert national.trusted_provider_hosts == {"graph.microsoft.us"}


def test_the_older_name() -> None:
    assert AzureAdOAuthenticator().username_claim == "name"
    assert AzureAdOAuthenticator(tenant_id=CAMPUS).issuer == EntraOAuthenticator(tenant_id=CAMPUS).issuer
    assert "User.Read" in EntraOAuthenticator(manage_groups=True).scope
    assert "User.Read" not in EntraOAuthenticator().scope
