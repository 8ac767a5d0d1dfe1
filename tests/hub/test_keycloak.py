"""`KeycloakOAuthenticator` through a real Hub: Keycloak's own rules. The rules for all providers are in tests/contract."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from oauthenticator_suite.errors import ConfigurationError
from tests.contract.cases.keycloak import KeycloakCase
from tests.fakes.keycloak import FakeKeycloak
from tests.hub.visits import Start, comes_in, kept, refused_with, signs_in, starting, stays
from tests.support import HubDidNotStart, check_invariants

USERS = ("alice", "bob", "carol")


@pytest.fixture
async def case() -> AsyncIterator[KeycloakCase]:
    case = KeycloakCase()
    async with case.fake:
        yield case


@pytest.fixture
def keycloak(case: KeycloakCase) -> FakeKeycloak:
    return case.fake


@pytest.fixture
def start(case: KeycloakCase, hubs: Any) -> Start:
    return starting(case, hubs)


@pytest.mark.parametrize("roles_in", [{"access_token"}, {"userinfo"}, {"access_token", "userinfo"}])
async def test_roles(start: Start, keycloak: FakeKeycloak, roles_in: set[str]) -> None:
    """From the access token, where Keycloak has them by default, or from the user's data."""
    keycloak.roles_in = roles_in
    hub = await start(allowed_client_roles={"hub-user"}, admin_realm_roles={"teacher"})
    assert {user for user in USERS if await comes_in(hub, user)} == {"alice", "bob"}
    assert hub.app.users["alice"].admin
    assert not hub.app.users["bob"].admin
    check_invariants(hub, keycloak, accounts={"alice", "bob"})


async def test_a_role_of_another_client_is_none_of_this_one(start: Start, keycloak: FakeKeycloak) -> None:
    """Everyone has roles of the client "account"."""
    hub = await start(allowed_client_roles={"manage-account"}, allowed_realm_roles={"hub-user"})
    for user in USERS:
        await refused_with(hub, user)


@pytest.mark.parametrize(
    "claims", [{"iss": "https://elsewhere.example"}, {"azp": "another-client"}, {"iss": None}, {"azp": None}]
)
async def test_an_access_token_of_another_origin_has_no_roles(
    start: Start, keycloak: FakeKeycloak, claims: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = keycloak._roles
    monkeypatch.setattr(keycloak, "_roles", lambda grant: {**own(grant), **claims})
    hub = await start(allowed_realm_roles={"teacher"})
    await refused_with(hub, "alice")


async def test_an_opaque_access_token_has_no_roles(start: Start, keycloak: FakeKeycloak) -> None:
    keycloak.opaque_access_tokens = True
    hub = await start(allowed_realm_roles={"teacher"}, allowed_users={"bob"})
    await refused_with(hub, "alice")
    await signs_in(hub, "bob")


async def test_a_wrong_realm_is_named_in_the_log(start: Start, keycloak: FakeKeycloak) -> None:
    hub = await start(keycloak_realm="Campus", allow_all=True)
    _, line = await refused_with(hub, "alice", 502)
    assert f"discovery: HTTP 404; is the issuer '{keycloak.origin}/realms/Campus' right" in line


@pytest.mark.parametrize("written", ["lab/staff", "/lab/staff"])
async def test_groups_with_and_without_the_slash(start: Start, keycloak: FakeKeycloak, written: str) -> None:
    hub = await start(allowed_groups={written}, manage_groups=True, enable_auth_state=True)
    assert {user for user in USERS if await comes_in(hub, user)} == {"alice"}
    assert {group.name for group in hub.app.users["alice"].groups} == {"lab", "lab/staff"}
    assert (await kept(hub, "alice"))["oauth_user"]["groups"] == ["lab", "lab/staff"]


async def test_a_role_that_is_taken_away_counts_from_the_next_access_token(
    start: Start, keycloak: FakeKeycloak
) -> None:
    hub = await start(allowed_realm_roles={"teacher"}, enable_auth_state=True, user_data_max_age=0)
    browser = await signs_in(hub, "alice")
    assert await stays(hub, browser, "alice")
    keycloak.users["alice"]["realm_roles"] = []
    assert not await stays(hub, browser, "alice")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"keycloak_url": ""}, "c.KeycloakOAuthenticator.keycloak_url is not set"),
        ({"keycloak_realm": ""}, "c.KeycloakOAuthenticator.keycloak_realm is not set"),
        ({"allowed_groups": {"lab"}}, "manage_groups"),
    ],
)
async def test_a_configuration_that_stops_the_start_up(start: Start, options: dict[str, Any], words: str) -> None:
    with pytest.raises((ConfigurationError, HubDidNotStart)) as error:
        await start(**options)
    assert words in str(error.value)


@pytest.mark.parametrize("path", ["", "/", "/auth", "/auth/"])
def test_the_issuer(case: KeycloakCase, path: str) -> None:
    authenticator = case.cls(keycloak_url=f"https://sso.example.org{path}", keycloak_realm="campus")
    assert authenticator.issuer == f"https://sso.example.org{path.rstrip('/')}/realms/campus"


async def test_a_login_without_any_roles_is_told_once(start: Start, keycloak: FakeKeycloak) -> None:
    """As with lightweight access tokens: no user is let in, and the log must say why."""
    keycloak.roles_in = set()
    hub = await start(allowed_client_roles={"hub-user"}, admin_realm_roles={"teacher"})
    for user in USERS:
        await refused_with(hub, user)
    (line,) = hub.log.lines_with("Keycloak sends no roles")
    assert "KeycloakOAuthenticator.admin_realm_roles and c.KeycloakOAuthenticator.allowed_client_roles. " in line


async def test_roles_that_no_option_names_are_not_missed(start: Start, keycloak: FakeKeycloak) -> None:
    keycloak.roles_in = set()
    hub = await start(allow_all=True)
    assert await comes_in(hub, "alice")
    assert not hub.log.lines_with("sends no roles")
