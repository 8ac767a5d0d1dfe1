"""`CILogonOAuthenticator` through a real Hub: CILogon's own rules. The rules for all providers are in tests/contract."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from traitlets import TraitError

from oauthenticator_suite import CILogonOAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from tests.contract.cases.cilogon import CILogonCase
from tests.fakes.cilogon import CAMPUS, COLLEGE, GITHUB, GOOGLE, MICROSOFT, FakeCILogon
from tests.hub.visits import Start, comes_in, kept, refused_with, set_options, signs_in, starting, stays
from tests.support import HubState, check_invariants

BY_EMAIL = {"username_derivation": {"username_claim": "email"}}
EVERYONE = {"alice", "bob", "carol", "dave"}


def derived(**derivation: str) -> dict[str, Any]:
    return {"username_derivation": derivation}


@pytest.fixture
async def case() -> AsyncIterator[CILogonCase]:
    case = CILogonCase()
    async with case.fake:
        yield case


@pytest.fixture
def cilogon(case: CILogonCase) -> FakeCILogon:
    return case.fake


@pytest.fixture
def start(case: CILogonCase, hubs: Any) -> Start:
    return starting(case, hubs)


# --- which identity provider -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["allow_all", "allowed_users", "admin_users"])
async def test_only_users_of_a_named_identity_provider_sign_in(start: Start, cilogon: FakeCILogon, way: str) -> None:
    """CVE-2022-31027: dave has an address of the campus at GitHub, which no entry names. No other option lets him in."""
    names = {user["email"] for user in cilogon.users.values()}
    hub = await start(idps={CAMPUS: BY_EMAIL, GOOGLE: BY_EMAIL}, **{way: True if way == "allow_all" else names})
    _, line = await refused_with(hub, "dave")
    assert "rule=idps" in line
    assert f"the identity provider '{GITHUB}' is not in idps" in line
    for user in ("alice", "bob", "carol"):
        assert await comes_in(hub, user)
    accounts = names - {"dave@campus.example"} if way == "allow_all" else names
    check_invariants(hub, cilogon, accounts=accounts)


async def test_entity_ids_are_compared_as_exact_strings(start: Start, cilogon: FakeCILogon) -> None:
    hub = await start(idps={CAMPUS: {**BY_EMAIL, "allow_all": True}})
    for lookalike in (CAMPUS.upper(), CAMPUS + "/", CAMPUS + "?", f" {CAMPUS}", CAMPUS.removeprefix("urn:"), [CAMPUS]):
        cilogon.users["alice"]["idp"] = lookalike
        page, _ = await refused_with(hub, "alice")
        assert "traceback" not in page.text.lower()
    cilogon.users["alice"]["idp"] = CAMPUS
    await signs_in(hub, "alice")


async def test_a_login_without_the_claim_names_the_scope(start: Start, cilogon: FakeCILogon) -> None:
    """The scope was not registered at CILogon, and CILogon ignores it."""
    hub = await start(idps={CAMPUS: {**BY_EMAIL, "allow_all": True}})
    cilogon.users["alice"]["idp"] = ""
    _, line = await refused_with(hub, "alice")
    assert "org.cilogon.userinfo" in line


async def test_each_identity_provider_has_its_own_rules(start: Start, cilogon: FakeCILogon) -> None:
    """The common shape: all users of the institution, and single users of another identity provider."""
    hub = await start(
        idps={CAMPUS: {**BY_EMAIL, "default": True, "allow_all": True}, GOOGLE: BY_EMAIL, GITHUB: BY_EMAIL},
        admin_users={"carol@gmail.example"},
    )
    for user in ("alice", "bob", "carol"):
        assert await comes_in(hub, user), user
    _, line = await refused_with(hub, "dave")
    assert "no allow rule matches" in line
    assert hub.app.users["carol@gmail.example"].admin
    check_invariants(hub, cilogon, accounts={"alice@campus.example", "bob@med.campus.example", "carol@gmail.example"})


@pytest.mark.parametrize(
    ("domains", "claim", "allowed"),
    [
        (["campus.example"], "", {"alice"}),
        (["CAMPUS.example", "*.campus.example"], "", {"alice", "bob"}),
        (["med.campus.example"], "affiliation", {"bob"}),
        (["campus.example"], "ou", set()),
        (["*"], "", {"alice", "bob"}),
    ],
)
async def test_allowed_domains(
    start: Start, cilogon: FakeCILogon, domains: list[str], claim: str, allowed: set[str]
) -> None:
    entry = {**BY_EMAIL, "allowed_domains": domains, **({"allowed_domains_claim": claim} if claim else {})}
    hub = await start(idps={CAMPUS: entry, GITHUB: BY_EMAIL})
    assert {user for user in EVERYONE if await comes_in(hub, user)} == allowed


async def test_a_value_without_an_at_sign_has_no_domain(start: Start, cilogon: FakeCILogon) -> None:
    """A user who can choose a name could otherwise choose the domain as the name."""
    entry = {**derived(username_claim="preferred_username"), "allowed_domains": ["campus.example"]}
    hub = await start(idps={GITHUB: entry})
    for name in ("campus.example", "@campus.example", "me@evil.example@campus.example"):
        cilogon.users["dave"]["preferred_username"] = name
        assert not await comes_in(hub, "dave"), name


async def test_a_user_who_now_comes_from_another_identity_provider_may_not_stay(
    start: Start, cilogon: FakeCILogon
) -> None:
    idps = {CAMPUS: {**BY_EMAIL, "allow_all": True}, GOOGLE: BY_EMAIL}
    hub = await start(idps=idps, enable_auth_state=True, user_data_max_age=0)
    browser = await signs_in(hub, "alice")
    assert await stays(hub, browser, "alice@campus.example")
    cilogon.users["alice"]["idp"] = COLLEGE
    assert not await stays(hub, browser, "alice@campus.example")


async def test_an_entry_that_the_operator_removes_ends_its_users_sessions(start: Start, cilogon: FakeCILogon) -> None:
    hub = await start(
        idps={CAMPUS: {**BY_EMAIL, "allow_all": True}, GOOGLE: {**BY_EMAIL, "allow_all": True}},
        enable_auth_state=True,
    )
    browser = await signs_in(hub, "carol")
    assert await stays(hub, browser, "carol@gmail.example")
    set_options(hub, idps={CAMPUS: {**BY_EMAIL, "allow_all": True}})
    assert not await stays(hub, browser, "carol@gmail.example")


# --- usernames -------------------------------------------------------------------------------------------------------


async def test_usernames(start: Start, cilogon: FakeCILogon) -> None:
    hub = await start(
        idps={
            CAMPUS: derived(username_claim="email", action="strip_idp_domain", domain="Campus.Example"),
            GITHUB: derived(username_claim="preferred_username", action="prefix", prefix="github"),
            GOOGLE: derived(username_claim="email"),
        },
        allow_all=True,
        enable_auth_state=True,
    )
    for user in EVERYONE:
        await signs_in(hub, user)
    check_invariants(hub, cilogon, accounts={"alice", "bob@med.campus.example", "carol@gmail.example", "github:dave"})
    assert (await kept(hub, "alice"))["cilogon_user"]["idp"] == CAMPUS


async def test_a_missing_username_claim(start: Start, cilogon: FakeCILogon) -> None:
    hub = await start(idps={CAMPUS: {**derived(username_claim="oidc"), "allow_all": True}})
    _, line = await refused_with(hub, "alice")
    assert "'oidc' is missing" in line


async def test_two_people_with_one_address_are_not_one_user(start: Start, cilogon: FakeCILogon) -> None:
    """Two identity providers vouch for one address; CILogon has a subject for each."""
    everyone = {**BY_EMAIL, "allow_all": True}
    hub = await start(idps={CAMPUS: everyone, MICROSOFT: everyone}, enable_auth_state=True)
    await signs_in(hub, "alice")
    cilogon.users["carol"].update(idp=MICROSOFT, email="alice@campus.example")
    await refused_with(hub, "carol", 409)


# --- the request -----------------------------------------------------------------------------------------------------


async def test_the_authorization_request(start: Start, cilogon: FakeCILogon) -> None:
    hub = await start(
        idps={GOOGLE: BY_EMAIL, CAMPUS: {**BY_EMAIL, "default": True}, GITHUB: BY_EMAIL},
        scope=["email"],
        skin="campus",
        allow_all=True,
    )
    await signs_in(hub, "alice")
    fields = cilogon.requests_to("authorize")[-1].fields
    assert fields["selected_idp"] == f"{CAMPUS},{GOOGLE},{GITHUB}"
    assert fields["skin"] == "campus"
    assert set(fields["scope"].split()) == {"openid", "org.cilogon.userinfo", "email"}
    assert fields["code_challenge_method"] == "S256"


async def test_a_client_without_refresh_tokens(start: Start, cilogon: FakeCILogon) -> None:
    cilogon.refresh_lifetime = 0
    hub = await start(idps={CAMPUS: {**BY_EMAIL, "allow_all": True}}, enable_auth_state=True)
    browser = await signs_in(hub, "alice")
    assert (await kept(hub, "alice@campus.example"))["refresh_token"] is None
    assert await stays(hub, browser, "alice@campus.example")


async def test_revocation_needs_http_basic(start: Start, cilogon: FakeCILogon) -> None:
    cilogon.client.auth_method = "client_secret_basic"
    hub = await start(
        idps={CAMPUS: {**BY_EMAIL, "allow_all": True}},
        enable_auth_state=True,
        revoke_tokens_on_logout=True,
        basic_auth=True,
    )
    browser = await signs_in(hub, "alice")
    await browser.get("/hub/logout")
    assert {call.status for call in cilogon.requests_to("revoke")} == {200}


# --- start-up --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"idps": {}}, "c.CILogonOAuthenticator.idps is not set"),
        ({"idps": {"campus.example": BY_EMAIL}}, "'campus.example' is not an entity id"),
        ({"idps": {CAMPUS: {}}}, f"idps['{CAMPUS}']: 'username_derivation' is a required property"),
        (
            {"idps": {CAMPUS: derived(username_claim="email", action="strip")}},
            f"idps['{CAMPUS}']['username_derivation']['action']: 'strip' is not one of",
        ),
        (
            {"idps": {CAMPUS: derived(username_claim="email", action="strip_idp_domain")}},
            f"idps['{CAMPUS}']['username_derivation']: 'domain' is a required property",
        ),
        (
            {"idps": {CAMPUS: {**BY_EMAIL, "allowed_domains": "campus.example"}}},
            f"idps['{CAMPUS}']['allowed_domains']: 'campus.example' is not of type 'array'",
        ),
        (
            {"idps": {CAMPUS: {**BY_EMAIL, "alow_all": True}}},
            "('alow_all' was unexpected). The settings are allow_all, allowed_",
        ),
        (
            {"idps": {CAMPUS: {**BY_EMAIL, "allowed_domains": ["*campus.example"]}}},
            "such as 'othercampus.example'. Write 'campus.example', and '*.campus.example'",
        ),
        (
            {
                "idps": {
                    idp: derived(username_claim="email", action="strip_idp_domain", domain=domain)
                    for idp, domain in ((CAMPUS, "campus.example"), (COLLEGE, "college.example"))
                }
            },
            "strip different domains",
        ),
        ({"cilogon_host": "https://test.cilogon.org"}, "which is not a host name. Write the host name alone"),
        ({"cilogon_host": "test.cilogon.org/"}, "[cilogon-host]"),
        ({"username_claim": "email"}, 'set "username_claim" in the "username_derivation"'),
        ({"strip_idp_domain": True}, 'Use the action "strip_idp_domain"'),
        ({"idp": "https://github.com/login/oauth/authorize"}, "Name the identity provider in idps"),
        ({"shown_idps": [CAMPUS]}, "CILogon offers the identity providers in idps"),
    ],
)
async def test_a_configuration_that_stops_the_start_up(start: Start, options: dict[str, Any], words: str) -> None:
    with pytest.raises((ConfigurationError, TraitError)) as error:
        await start(**options)
    assert words in str(error.value)


async def test_missing_identity_providers_are_one_finding(start: Start) -> None:
    """And not one more about the request to CILogon, which cannot be made without them."""
    with pytest.raises(ConfigurationError) as stopped:
        await start(idps={})
    assert str(stopped.value).count("c.CILogonOAuthenticator.") == 1


async def test_warnings(start: Start) -> None:
    hub = await start(
        idps={
            CAMPUS: {**BY_EMAIL, "allow_all": True, "default": True},
            GOOGLE.replace("http:", "https:"): {**BY_EMAIL, "default": True},
            MICROSOFT: {**BY_EMAIL, "allowed_domains": ["campus.example"]},
        }
    )
    log = hub.log.text
    assert f"but CILogon's entity id is '{GOOGLE}'" in log
    assert "Microsoft does not verify all e-mail addresses" in log
    assert f"CILogon preselects '{CAMPUS}'" in log
    assert "No allow config found" not in log


@pytest.mark.parametrize(
    ("options", "warned"),
    [
        ({}, True),
        ({"basic_auth": True}, False),
        ({"client_auth_method": "client_secret_basic"}, False),
        ({"basic_auth": True, "client_auth_method": "client_secret_post"}, True),
        ({"revoke_tokens_on_logout": False}, False),
    ],
)
async def test_tokens_are_revoked_with_http_basic_only(start: Start, options: dict[str, Any], warned: bool) -> None:
    hub = await start(**{"enable_auth_state": True, "revoke_tokens_on_logout": True, **options})
    assert ("[cilogon-revocation]" in hub.log.text) is warned


async def test_the_old_name(case: CILogonCase, cilogon: FakeCILogon, hubs: Any) -> None:
    state = HubState()
    config = case.config(state.url)
    del config.CILogonOAuthenticator["idps"]
    config.CILogonOAuthenticator.allowed_idps = {CAMPUS: {**BY_EMAIL, "allow_all": True}}
    hub = await hubs(config, state)
    assert await comes_in(hub, "alice")
    assert not await comes_in(hub, "carol")


def test_the_host() -> None:
    authenticator = CILogonOAuthenticator(cilogon_host="test.cilogon.org")
    assert authenticator.issuer == "https://test.cilogon.org"
    assert authenticator.token_url == "https://test.cilogon.org/oauth2/token"
