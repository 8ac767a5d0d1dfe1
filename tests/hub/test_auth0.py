"""`Auth0OAuthenticator` through a real Hub: Auth0's own rules. The rules for all providers are in tests/contract."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from oauthenticator_suite import Auth0OAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from tests.contract.cases.auth0 import Auth0Case
from tests.fakes.auth0 import FakeAuth0
from tests.hub.visits import Start, comes_in, refused_with, signs_in, starting
from tests.support import HubDidNotStart, check_invariants

USERS = ("alice", "bob", "carol")


@pytest.fixture
async def case() -> AsyncIterator[Auth0Case]:
    case = Auth0Case()
    async with case.fake:
        yield case


@pytest.fixture
def auth0(case: Auth0Case) -> FakeAuth0:
    return case.fake


@pytest.fixture
def start(case: Auth0Case, hubs: Any) -> Start:
    return starting(case, hubs)


@pytest.mark.parametrize("way", ["allow_all", "allowed_users", "admin_users"])
async def test_an_address_that_auth0_has_not_verified(start: Start, auth0: FakeAuth0, way: str) -> None:
    """CVE-2026-33175: anyone can register under the address of another person."""
    names = {user["email"] for user in auth0.users.values()}
    hub = await start(**{way: True if way == "allow_all" else names})
    for unverified in (False, None, "false", 0, "yes"):
        auth0.users["carol"]["email_verified"] = unverified
        _, line = await refused_with(hub, "carol")
        assert "rule=email_verified" in line
    assert await comes_in(hub, "alice")
    check_invariants(
        hub, auth0, accounts=names - {"carol@example.org", "bob@example.org"} if way == "allow_all" else names
    )


async def test_the_operator_may_allow_it(start: Start, auth0: FakeAuth0) -> None:
    hub = await start(allow_all=True, allow_unverified_email=True)
    await signs_in(hub, "carol")
    assert "allow_unverified_email is on, and usernames are e-mail addresses" in hub.log.text


async def test_another_username_claim(start: Start, auth0: FakeAuth0) -> None:
    """An unverified address is refused whatever the username is; an account without an address is not."""
    hub = await start(allow_all=True, username_claim="nickname")
    assert await comes_in(hub, "alice")
    assert not await comes_in(hub, "carol")
    for claim in ("email", "email_verified"):
        del auth0.users["carol"][claim]
    assert await comes_in(hub, "carol")
    check_invariants(hub, auth0, accounts={"alice", "carol"})


@pytest.mark.parametrize("organization", ["org_1", "lab", "LAB"])
async def test_an_organization(start: Start, auth0: FakeAuth0, organization: str) -> None:
    auth0.organizations = {"org_1": ("lab", {"alice"}), "org_2": ("other", {"bob"})}
    hub = await start(allow_all=True, auth0_organization=organization)
    if organization == "LAB":
        await refused_with(hub, "alice", 400)  # Auth0 knows no such organization
        return
    await signs_in(hub, "alice")
    assert auth0.requests_to("authorize")[-1].fields["organization"] == organization
    await refused_with(hub, "bob")


async def test_a_user_who_changes_the_organization_on_the_way_is_refused(start: Start, auth0: FakeAuth0) -> None:
    """The claim decides, and not the parameter in the URL of the browser."""
    auth0.organizations = {"org_1": ("lab", {"alice"}), "org_2": ("other", {"bob"})}
    hub = await start(allow_all=True, auth0_organization="org_1")
    issue_code = auth0._issue_code
    for changed in ({"organization": "org_2"}, {"organization": ""}):
        auth0._issue_code = lambda client, user, fields, changed=changed: issue_code(
            client, user, {**fields, **changed}
        )
        _, line = await refused_with(hub, "bob")
        assert "rule=auth0_organization" in line


async def test_the_logout_url() -> None:
    authenticator = Auth0OAuthenticator(auth0_domain="example.eu.auth0.com", client_id="a b")
    assert authenticator.logout_redirect_url == "https://example.eu.auth0.com/v2/logout?client_id=a+b"
    assert Auth0OAuthenticator(auth0_subdomain="example").issuer == "https://example.auth0.com/"


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        ("", "c.Auth0OAuthenticator.auth0_domain is not set"),
        ("https://example.auth0.com", "auth0_domain must be a host name"),
    ],
)
async def test_a_configuration_that_stops_the_start_up(start: Start, domain: str, words: str) -> None:
    with pytest.raises((ConfigurationError, HubDidNotStart)) as error:
        await start(auth0_domain=domain, **({} if domain else {"issuer": ""}))
    assert words in str(error.value)
