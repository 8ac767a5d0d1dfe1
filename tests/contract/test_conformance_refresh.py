"""The OpenID Foundation's refresh modules for relying parties, one by one, through a real Hub.

OpenID Connect Core 1.0 §12.2: the ID token of a refresh must be of the same issuer and subject as the login's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.contract.logins import accepted
from tests.contract.logouts import lives
from tests.fakes.openid_provider import FakeProvider
from tests.support import Browser, Hub, check_invariants

HubMaker = Callable[..., Awaitable[Hub]]


@pytest.fixture
async def hub(provider: FakeProvider, hub_at_provider: HubMaker) -> Hub:
    """A Hub that keeps tokens, at a provider whose access tokens end at once."""
    provider.access_token_lifetime = 1
    return await hub_at_provider(enable_auth_state=True)


@pytest.fixture
async def browser(hub: Hub, provider: FakeProvider) -> Browser:
    """alice's, signed in; her refresh is due at the next page."""
    browser = await accepted(hub, provider)
    hub.app.users["alice"]._auth_refreshed = None
    return browser


@pytest.mark.conformance("oidcc-client-test-refresh-token")
async def test_oidcc_client_test_refresh_token(hub: Hub, provider: FakeProvider, browser: Browser) -> None:
    """oidcc-client-test-refresh-token: the refresh token is used, and userinfo is asked with the new access token."""
    old = await hub.auth_state("alice")
    assert await lives(browser)
    new = await hub.auth_state("alice")
    assert old is not None
    assert new is not None
    request = provider.requests_to("token")[-1]
    assert request.fields == {"grant_type": "refresh_token", "refresh_token": old["refresh_token"]}
    assert [call.headers["authorization"] for call in provider.requests_to("userinfo")] == [
        f"Bearer {old['access_token']}",
        f"Bearer {new['access_token']}",
    ]
    assert all(new[name] != old[name] for name in ("access_token", "refresh_token", "id_token"))
    assert provider.refusals == []
    check_invariants(hub, provider, accounts={"alice"})


@pytest.mark.parametrize(
    ("module", "fault", "claim"),
    [
        pytest.param(module, *rest, marks=pytest.mark.conformance(f"oidcc-client-test-refresh-token-{module}"))
        for module, *rest in (("invalid-issuer", "F48-wrong", "iss"), ("invalid-sub", "F65-id-token", "sub"))
    ],
)
async def test_oidcc_client_test_refresh_token_invalid(
    hub: Hub, provider: FakeProvider, browser: Browser, module: str, fault: str, claim: str
) -> None:
    """oidcc-client-test-refresh-token-invalid-issuer, oidcc-client-test-refresh-token-invalid-sub: the session ends.

    Nothing of the bad reply is used or kept but the new refresh token: the old one was answered.
    """
    before = await hub.auth_state("alice")
    assert before is not None
    provider.faults.on(fault)
    assert not await lives(browser)
    assert provider.faults.applied[fault] == 1
    assert provider.count("userinfo") == 1, "the login's"
    after = await hub.auth_state("alice")
    assert after is not None
    rotated = after["refresh_token"]
    assert rotated != before["refresh_token"]
    token_response = {**before["token_response"], "refresh_token": rotated}
    assert after == {**before, "refresh_token": rotated, "token_response": token_response}
    (line,) = hub.log.lines_with("The session of alice ends: InvalidToken")
    assert claim in line
    check_invariants(hub, provider, accounts={"alice"})

    provider.faults.off()
    await accepted(hub, provider, browser)
    assert await lives(browser)
    check_invariants(hub, provider, accounts={"alice"})
