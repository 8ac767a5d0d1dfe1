"""Client modules of the FAPI 2.0 plan about signed authorization responses (JARM), through a real Hub."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.contract.logins import accepted, ready, refused
from tests.fakes.openid_provider import FakeProvider, Fault, SigningKeys
from tests.fakes.openid_provider.bending import GONE, Change, both, claim, jose, shift, signed_by
from tests.support import Hub, check_invariants

HubMaker = Callable[..., Awaitable[Hub]]

MODULES: dict[str, Change] = {
    "ensure-jarm-signature-is-not-none": both(jose("alg", "none"), signed_by(lambda p: None)),
    "ensure-jarm-with-expired-exp-fails": shift("exp", -600),
    "ensure-jarm-with-invalid-aud-fails": claim("aud", "another-client"),
    "ensure-jarm-with-invalid-iss-fails": claim("iss", "https://honest.example"),
    "ensure-jarm-with-invalid-sig-fails": signed_by(lambda p: p.keys.unpublished()),
    "ensure-jarm-without-aud-fails": claim("aud", GONE),
    "ensure-jarm-without-exp-fails": claim("exp", GONE),
    "ensure-jarm-without-iss-fails": claim("iss", GONE),
}


@pytest.mark.parametrize(
    "module",
    [
        pytest.param(name, marks=pytest.mark.conformance(f"fapi2-security-profile-final-client-test-{name}"))
        for name in MODULES
    ],
)
async def test_a_wrong_signed_response(provider: FakeProvider, hub_at_provider: HubMaker, module: str) -> None:
    """Refused before any other endpoint is called; a right one is accepted."""
    provider.keys = SigningKeys("PS256")
    hub = await ready(await hub_at_provider(response_mode="jwt", id_token_signed_response_alg=["PS256"]))
    provider.faults.on(Fault(module, "response_object", module, MODULES[module]))
    await refused(hub, provider, 400)
    assert provider.faults.applied[module] == 1
    assert [provider.count(endpoint) for endpoint in ("token", "userinfo")] == [0, 0]
    provider.faults.off()
    await accepted(hub, provider)
    check_invariants(hub, provider, accounts={"alice"})
