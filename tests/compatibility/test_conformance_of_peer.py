"""Conformance modules that apply to `oauthenticator`'s GenericOAuthenticator, with its documented options.

It is an OAuth 2.0 client that is configured by URLs and reads userinfo. So the modules about discovery, ID tokens and
notifications of logouts do not apply to it, and are not here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.compatibility.sides import BASES, ApiProvider, Sides
from tests.fakes.openid_provider import FakeProvider
from tests.support import Hub, HubState, start_hub

PeerHub = Callable[..., Awaitable[Hub]]
SCOPE = ["openid", "profile", "email"]


def shows(module: str) -> pytest.MarkDecorator:
    return pytest.mark.conformance_of_peer(module)


@pytest.fixture
async def provider() -> AsyncIterator[ApiProvider]:
    async with ApiProvider() as provider:
        provider.is_lenient = True  # an OAuth 2.0 client sends no nonce
        yield provider


@pytest.fixture
async def peer(provider: ApiProvider) -> AsyncIterator[PeerHub]:
    """`await peer(option=…)`: a Hub with the other package's class at the provider."""
    async with AsyncExitStack() as stack:

        async def start(**traits: Any) -> Hub:
            state = HubState()
            callback_url = f"{state.url}/hub/oauth_callback"
            provider.client.redirect_uris.add(callback_url)
            config = Sides(provider).config(callback_url, **{"scope": SCOPE, **traits})
            config.JupyterHub.authenticator_class = BASES["theirs"]
            return await stack.enter_async_context(start_hub(config, state))

        yield start


@shows("oidcc-client-test")
async def test_a_complete_login(peer: PeerHub, provider: FakeProvider) -> None:
    browser = (await peer()).browser()
    assert (await browser.login("alice")).status == 200
    assert browser.logged_in
    assert [provider.count(name) for name in ("authorize", "token", "userinfo")] == [1, 1, 1]


@shows("oidcc-client-test-client-secret-basic")
async def test_basic_authentication(peer: PeerHub, provider: FakeProvider) -> None:
    provider.client.auth_method = "client_secret_basic"
    provider.client.client_secret = "plain-enough-for-any-encoding"
    provider.secrets.add(provider.client.client_secret)
    browser = (await peer(basic_auth=True)).browser()
    assert (await browser.login("alice")).status == 200
    assert provider.requests_to("token")[0].headers["authorization"].startswith("Basic ")


@shows("oidcc-client-test-userinfo-bearer-header")
async def test_the_token_in_the_header(peer: PeerHub, provider: FakeProvider) -> None:
    assert (await (await peer()).browser().login("alice")).status == 200
    (request,) = provider.requests_to("userinfo")
    assert request.headers["authorization"].startswith("Bearer access-")
    assert "access-" not in request.query + request.body


@shows("oidcc-client-test-scope-userinfo-claims")
async def test_scopes_and_their_claims(peer: PeerHub, provider: FakeProvider) -> None:
    provider.users["alice"].update(phone_number="+44 1632 960123", address={"locality": "Springfield"})
    hub = await peer(scope=[*SCOPE, "phone", "address"])
    assert (await hub.browser().login("alice")).status == 200
    claims = (await hub.auth_state("alice") or {})["oauth_user"]
    assert {"name", "email", "phone_number", "address"} <= set(claims)


@shows("oidcc-client-test-refresh-token")
async def test_a_refresh(peer: PeerHub, provider: FakeProvider) -> None:
    provider.access_token_lifetime = 1
    hub = await peer()
    browser = hub.browser()
    assert (await browser.login("alice")).status == 200
    old = await hub.auth_state("alice")
    provider._access_tokens.clear()  # the access token has ended
    hub.app.users["alice"]._auth_refreshed = None
    assert (await browser.get("/hub/home")).status == 200
    new = await hub.auth_state("alice")
    assert old is not None
    assert new is not None
    assert provider.requests_to("token")[-1].fields["grant_type"] == "refresh_token"
    assert provider.requests_to("userinfo")[-1].headers["authorization"] == f"Bearer {new['access_token']}"
    assert new["access_token"] != old["access_token"]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(
            "F72",
            marks=shows(
                "fapi2-security-profile-final-client-test-ensure-authorization-response-with-invalid-state-fails"
            ),
        ),
        pytest.param(
            "F72-missing",
            marks=shows(
                "fapi2-security-profile-final-client-test-ensure-authorization-response-with-invalid-missing-state-fails"
            ),
        ),
    ],
)
async def test_a_wrong_state(peer: PeerHub, provider: FakeProvider, fault: str) -> None:
    browser = (await peer()).browser()
    provider.faults.on(fault)
    assert (await browser.login("alice")).status in (400, 403)
    assert not browser.logged_in
    assert provider.count("token") == 0
