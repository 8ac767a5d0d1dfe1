"""The OpenID Foundation's Config RP plan, module by module, through a real Hub."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from secrets import token_urlsafe

import pytest

from tests.contract.logins import accepted, ready, refused
from tests.fakes.openid_provider import FakeProvider
from tests.support import Hub, check_invariants

HubMaker = Callable[..., Awaitable[Hub]]


@pytest.mark.conformance("oidcc-client-test-discovery-openid-config")
async def test_oidcc_client_test_discovery_openid_config(hub: Hub, provider: FakeProvider) -> None:
    """oidcc-client-test-discovery-openid-config: the metadata are fetched, and their content is used."""
    await accepted(hub, provider)
    (request,) = provider.requests_to("metadata")
    assert (request.method, request.path) == ("GET", "/.well-known/openid-configuration")
    check_invariants(hub, provider, accounts={"alice"})


@pytest.mark.conformance("oidcc-client-test-discovery-jwks-uri-keys")
async def test_oidcc_client_test_discovery_jwks_uri_keys(provider: FakeProvider, hub_at_provider: HubMaker) -> None:
    """oidcc-client-test-discovery-jwks-uri-keys: keys are fetched from the jwks_uri found there, new in every run."""
    provider.jwks_path = f"/jwks/{token_urlsafe(8)}"
    await accepted(await hub_at_provider(), provider)
    assert {(call.path, call.status) for call in provider.requests_to("jwks")} == {(provider.jwks_path, 200)}


@pytest.mark.conformance("oidcc-client-test-discovery-issuer-mismatch")
async def test_oidcc_client_test_discovery_issuer_mismatch(provider: FakeProvider, hub_at_provider: HubMaker) -> None:
    """oidcc-client-test-discovery-issuer-mismatch: metadata of another issuer are rejected; no user is sent there."""
    provider.faults.on("F62")
    hub = await hub_at_provider()
    page = await refused(hub, provider, 500, configuration_error=True)
    assert page.path == "/hub/oauth_login"
    assert provider.count("authorize") == 0
    assert "issuer" in await hub.log.until("No user can sign in")


@pytest.mark.conformance("oidcc-client-test-idtoken-sig-none")
async def test_oidcc_client_test_idtoken_sig_none(provider: FakeProvider, hub_at_provider: HubMaker) -> None:
    """oidcc-client-test-idtoken-sig-none: rejected, although the metadata offer nothing else."""
    provider.faults.on("F42-offered")
    provider.faults.on("F42")
    await refused(await hub_at_provider(), provider, 502)


@pytest.mark.conformance("oidcc-client-test-signing-key-rotation-just-before-signing")
async def test_oidcc_client_test_signing_key_rotation_just_before_signing(hub: Hub, provider: FakeProvider) -> None:
    """oidcc-client-test-signing-key-rotation-just-before-signing: an unknown key → one refetch, accepted."""
    await ready(hub)
    assert provider.count("jwks") == 1
    provider.faults.on("F59", times=1)
    await accepted(hub, provider)
    assert provider.count("jwks") == 2
    check_invariants(hub, provider, accounts={"alice"})


@pytest.mark.conformance("oidcc-client-test-signing-key-rotation")
async def test_oidcc_client_test_signing_key_rotation(hub: Hub, provider: FakeProvider) -> None:
    """oidcc-client-test-signing-key-rotation: two logins, keys rotated between, both accepted."""
    await ready(hub)
    await accepted(hub, provider)
    provider.keys.rotate()
    await accepted(hub, provider)
    assert provider.count("jwks") == 2
    check_invariants(hub, provider, accounts={"alice"})
