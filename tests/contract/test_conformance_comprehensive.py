"""Modules of the OpenID Foundation's comprehensive plan that no certification plan has, through a real Hub."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.contract.logins import accepted, ready, refused
from tests.fakes.openid_provider import FakeProvider, Fault, SigningKeys
from tests.fakes.openid_provider.bending import both, jose, signed_by
from tests.fakes.openid_provider.encryption import DAMAGED_USERINFO
from tests.support import Hub, check_invariants, reference_on

HubMaker = Callable[..., Awaitable[Hub]]

WRONG_SECRET = Fault(
    "wrong secret",
    "id_token",
    "HS256 with a secret that is not the client's",
    both(jose("alg", "HS256"), signed_by(lambda p: b"not the secret of this client, but long enough")),
)


@pytest.mark.conformance("oidcc-client-test-missing-aud")
async def test_oidcc_client_test_missing_aud(hub: Hub, provider: FakeProvider) -> None:
    """oidcc-client-test-missing-aud: an ID token without aud is rejected."""
    provider.faults.on("F49-missing")
    await refused(hub, provider, 502)
    assert provider.count("userinfo") == 0


@pytest.mark.conformance("oidcc-client-test-userinfo-bearer-header")
async def test_oidcc_client_test_userinfo_bearer_header(hub: Hub, provider: FakeProvider) -> None:
    """oidcc-client-test-userinfo-bearer-header: the access token is in the header alone."""
    await accepted(hub, provider)
    (request,) = provider.requests_to("userinfo")
    scheme, _, token = request.headers["authorization"].partition(" ")
    assert (request.method, scheme) == ("GET", "Bearer")
    assert token.startswith("access-")
    assert token not in request.query + request.body
    check_invariants(hub, provider, accounts={"alice"})


@pytest.mark.conformance("oidcc-client-test-invalid-sig-hs256")
async def test_oidcc_client_test_invalid_sig_hs256(provider: FakeProvider, hub_at_provider: HubMaker) -> None:
    """oidcc-client-test-invalid-sig-hs256: where HS256 is allowed by name, its signature is verified."""
    hub = await hub_at_provider(id_token_signed_response_alg=["HS256"])
    provider.faults.on(WRONG_SECRET)
    page = await refused(hub, provider, 502)
    assert "signature" in hub.log.lines_with(reference_on(page, hub))[0]
    assert provider.count("userinfo") == 0
    provider.faults.off()
    provider.faults.on("F43-secret")  # the right secret
    await accepted(hub, provider)
    check_invariants(hub, provider, accounts={"alice"})


@pytest.mark.conformance("oidcc-client-test-invalid-sig-es256")
async def test_oidcc_client_test_invalid_sig_es256(provider: FakeProvider, hub_at_provider: HubMaker) -> None:
    """oidcc-client-test-invalid-sig-es256: a wrong ES256 signature is rejected, a right one accepted."""
    provider.keys = SigningKeys("ES256")
    hub = await hub_at_provider()
    provider.faults.on("F44")
    page = await refused(hub, provider, 502)
    assert "signature" in hub.log.lines_with(reference_on(page, hub))[0]
    assert provider.count("userinfo") == 0
    provider.faults.off()
    await accepted(hub, provider)
    check_invariants(hub, provider, accounts={"alice"})


@pytest.mark.conformance("oidcc-client-test-userinfo-signed")
async def test_oidcc_client_test_userinfo_signed(provider: FakeProvider, hub_at_provider: HubMaker) -> None:
    """oidcc-client-test-userinfo-signed: a JWT with RS256 is verified; one that another key has signed is rejected."""
    provider.sign_userinfo = True
    hub = await ready(await hub_at_provider(userinfo_signed_response_alg=["RS256"]))
    await accepted(hub, provider)
    (request,) = provider.requests_to("userinfo")
    assert "application/jwt" in request.headers["accept"]
    provider.faults.on(DAMAGED_USERINFO["another-key"])
    await refused(hub, provider, 502, accounts={"alice"})
    check_invariants(hub, provider, accounts={"alice"})
