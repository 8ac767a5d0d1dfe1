"""`CognitoOAuthenticator` through a real Hub: Cognito's own rules. The rules for all providers are in tests/contract."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from oauthenticator_suite import CognitoOAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from tests.contract.cases.cognito import CognitoCase
from tests.fakes.cognito import POOL, FakeCognito
from tests.hub.visits import Start, comes_in, kept, refused_with, signs_in, starting, stays
from tests.support import HubDidNotStart, Time, check_invariants

USERS = ("alice", "bob", "carol")


@pytest.fixture
async def case() -> AsyncIterator[CognitoCase]:
    case = CognitoCase()
    async with case.fake:
        yield case


@pytest.fixture
def cognito(case: CognitoCase) -> FakeCognito:
    return case.fake


@pytest.fixture
def start(case: CognitoCase, hubs: Any) -> Start:
    return starting(case, hubs)


async def test_the_keys_are_on_another_host_than_the_endpoints(start: Start, cognito: FakeCognito) -> None:
    hub = await start(allow_all=True)
    await signs_in(hub, "alice")
    assert urlsplit(cognito.issuer).hostname != urlsplit(cognito.origin).hostname
    assert cognito.count("jwks") == 1
    assert cognito.count("metadata") == 0, "all endpoints follow from the options"


async def test_the_discovery_document_names_the_same_endpoints(
    case: CognitoCase, cognito: FakeCognito, hubs: Any
) -> None:
    """With the URLs removed, the Hub reads the document, and takes the other host only if it is trusted."""
    urls = dict.fromkeys(("authorize_url", "token_url", "userdata_url", "jwks_url"), "")
    start = starting(case, hubs)
    hub = await start(allow_all=True, **urls)
    await hub.log.until("endpoints outside the issuer's origin")
    hub = await start(allow_all=True, **urls, trusted_provider_hosts={cognito.host})
    await signs_in(hub, "alice")
    assert cognito.count("metadata") >= 2


async def test_groups(start: Start, cognito: FakeCognito) -> None:
    """From the ID token. A user of no group is a member of none, and no warning says that groups are missing."""
    hub = await start(allowed_groups={"staff"}, allowed_users={"bob"}, enable_auth_state=True)
    assert {user for user in USERS if await comes_in(hub, user)} == {"alice", "bob"}
    assert (await kept(hub, "alice"))["oauth_user"]["cognito:groups"] == ["staff"]
    assert (await kept(hub, "bob"))["oauth_user"]["cognito:groups"] == []
    assert {group.name for group in hub.app.users["alice"].groups} == {"staff"}
    assert "auth_state_groups_key" not in hub.log.text
    check_invariants(hub, cognito, accounts={"alice", "bob"})


async def test_groups_of_an_expired_id_token_do_not_count_for_ever(start: Start, cognito: FakeCognito) -> None:
    """The access token may last longer than the ID token, and the userinfo response has no groups."""
    cognito.access_token_lifetime = 86_400
    hub = await start(allowed_groups={"staff"}, enable_auth_state=True, user_data_max_age=0)
    time = Time(hub)
    browser = await signs_in(hub, "alice")
    cognito.users["alice"]["groups"] = []
    assert await stays(hub, browser, "alice")
    time.passes(700)
    assert not await stays(hub, browser, "alice"), "the refresh token gives a new ID token"
    assert cognito.requests_to("token")[-1].fields["grant_type"] == "refresh_token"


@pytest.mark.parametrize(
    ("options", "groups"),
    [
        ({"userdata_from_id_token": True, "userdata_url": "", "username_claim": "cognito:username"}, {"staff"}),
        ({"merge_id_token_claims": False}, set()),
    ],
)
async def test_one_source_of_claims(
    start: Start, cognito: FakeCognito, options: dict[str, Any], groups: set[str]
) -> None:
    hub = await start(allow_all=True, enable_auth_state=True, **options)
    await signs_in(hub, "alice")
    assert {group.name for group in hub.app.users["alice"].groups} == groups
    hint = "set c.CognitoOAuthenticator.merge_id_token_claims = True"
    assert bool(hub.log.lines_with(hint)) is not bool(groups), "no claim is not the claim that there are none"


@pytest.mark.parametrize("rotates", [False, True])
async def test_a_refresh_with_and_without_rotation(start: Start, cognito: FakeCognito, rotates: bool) -> None:
    cognito.rotate_refresh_tokens = rotates
    hub = await start(allow_all=True, enable_auth_state=True, user_data_max_age=0)
    browser = await signs_in(hub, "alice")
    first = (await kept(hub, "alice"))["refresh_token"]
    assert await stays(hub, browser, "alice")
    assert cognito.requests_to("token")[-1].fields["grant_type"] == "refresh_token"
    assert ((await kept(hub, "alice"))["refresh_token"] != first) is rotates
    cognito.end_refresh_tokens()
    assert not await stays(hub, browser, "alice")


async def test_the_verified_address(start: Start, cognito: FakeCognito) -> None:
    """The userinfo response has the text "false", which Python takes for true."""
    hub = await start(allow_all=True, require_verified_email=True)
    _, line = await refused_with(hub, "carol")
    assert "rule=require_verified_email" in line
    assert await comes_in(hub, "alice")


async def test_an_address_as_the_username_must_be_verified(start: Start, cognito: FakeCognito) -> None:
    """Users can change their address, to that of another user."""
    cognito.users["carol"]["email"] = "alice@example.org"
    hub = await start(allow_all=True, username_claim="email", admin_users={"alice@example.org"})
    _, line = await refused_with(hub, "carol")
    assert "rule=email_verified" in line
    await signs_in(hub, "alice")
    check_invariants(hub, cognito, accounts={"alice@example.org"})


async def test_the_username_of_a_federated_account(start: Start, cognito: FakeCognito) -> None:
    hub = await start(allow_all=True)
    await signs_in(hub, "carol")
    assert set(hub.accounts()) == {"google_1177"}


async def test_logout(start: Start, cognito: FakeCognito) -> None:
    """Cognito's page has other parameters than OpenID Connect."""
    hub = await start(allow_all=True, enable_auth_state=True)
    browser = await signs_in(hub, "alice")
    page = await browser.open("/hub/logout")
    assert (page.status, page.path) == (200, "/hub/oauth_logged_out")
    (asked,) = cognito.requests_to("end_session")
    assert asked.fields == {
        "client_id": cognito.client.client_id,
        "logout_uri": f"{hub.url}/hub/oauth_logged_out",
    }
    assert cognito.refusals == []


async def test_a_logout_revokes_the_refresh_token_alone(start: Start, cognito: FakeCognito) -> None:
    hub = await start(allow_all=True, enable_auth_state=True, revoke_tokens_on_logout=True)
    browser = await signs_in(hub, "alice")
    before = await kept(hub, "alice")
    await browser.open("/hub/logout")
    (asked,) = cognito.requests_to("revoke")
    assert asked.fields["token"] == before["refresh_token"]
    assert before["access_token"] not in cognito._access_tokens
    assert cognito.refusals == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"cognito_domain": ""}, "c.CognitoOAuthenticator.cognito_domain is not set"),
        ({"issuer": ""}, "c.CognitoOAuthenticator.user_pool_id is not set"),
        ({"scope": ["profile"]}, "openid"),
        ({"user_pool_id": "AbCdEf123"}, "user_pool_id is 'AbCdEf123', which is not the ID of a user pool"),
    ],
)
async def test_a_configuration_that_stops_the_start_up(start: Start, options: dict[str, Any], words: str) -> None:
    with pytest.raises((ConfigurationError, HubDidNotStart)) as error:
        await start(**options)
    assert words in str(error.value)


@pytest.mark.parametrize("domain", ["auth.example.org", "https://auth.example.org/"])
def test_the_urls(domain: str) -> None:
    authenticator = CognitoOAuthenticator(cognito_domain=domain, user_pool_id=POOL)
    issuer = f"https://cognito-idp.eu-central-1.amazonaws.com/{POOL}"
    assert authenticator.issuer == issuer
    assert authenticator.jwks_url == f"{issuer}/.well-known/jwks.json"
    assert authenticator.token_url == "https://auth.example.org/oauth2/token"
    assert authenticator.end_session_url == "https://auth.example.org/logout"
    assert authenticator.rp_initiated_logout
