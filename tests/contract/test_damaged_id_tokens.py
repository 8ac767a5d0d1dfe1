"""Damaged ID tokens through a real Hub: with the provider's issuer each one is refused; without it, what can be is."""

from __future__ import annotations

import pytest

from tests.contract.logins import accepted, refused
from tests.fakes.openid_provider import FAULTS, FakeProvider, Fault
from tests.fakes.openid_provider.bending import GONE, both, claim, jose, shift, signed_by
from tests.support import check_invariants

pytestmark = pytest.mark.usefixtures("clock")

ALLOWED = {"F49-list"}
"""Unusual, and right."""

OTHERS = {
    fault.name: fault
    for fault in (
        Fault("no-alg", "id_token", "no alg", both(jose("alg", GONE), signed_by(lambda p: b"k" * 32))),
        Fault("another-type", "id_token", "an access token (RFC 9068)", jose("typ", "at+jwt")),
        Fault("a-logout-token", "id_token", "a logout token", jose("typ", "logout+jwt")),
        Fault("x5u", "id_token", "a certificate elsewhere", jose("x5u", "https://evil.example/cert")),
        Fault("x5c", "id_token", "its own certificate", jose("x5c", ["MIIB"])),
        Fault("aud-number", "id_token", "aud is a number", claim("aud", 7)),
        Fault("aud-empty", "id_token", "an empty aud", claim("aud", [])),
        Fault("iat-old", "id_token", "eleven minutes and two seconds old", both(shift("iat", -662), shift("exp", 60))),
        Fault("an-array", "id_token", "claims that are no object", lambda p, draft: setattr(draft, "payload", "[]")),
    )
}
DAMAGED = {**{name: fault for name, fault in FAULTS.items() if fault.stage == "id_token"}, **OTHERS}
DAMAGED = {name: fault for name, fault in DAMAGED.items() if name not in ALLOWED | {"F59", "F65-id-token"}}

NEEDS_ISSUER = {"F48-wrong", "F48-missing", "F48-slash"}
NEEDS_KEYS = {"F43", "F43-secret", "F44", "F47"}
"""The signature does not fit, and nothing else is wrong."""


def test_there_are_enough() -> None:
    assert len(DAMAGED) >= 31
    assert DAMAGED.keys() >= NEEDS_ISSUER | NEEDS_KEYS


@pytest.mark.parametrize("name", sorted(DAMAGED))
async def test_each_is_refused(provider: FakeProvider, hub_at_provider, name: str) -> None:
    """F42-F58."""
    hub = await hub_at_provider()
    await hub.log.until("is ready")
    provider.faults.on(DAMAGED[name])
    await refused(hub, provider, 502)
    assert provider.faults.applied[name] == 1
    provider.faults.off()
    await accepted(hub, provider)


@pytest.mark.parametrize("name", sorted(DAMAGED))
async def test_each_is_refused_without_an_issuer_except_for_issuer_and_signature(
    provider: FakeProvider, hub_at_provider, name: str
) -> None:
    """The token comes from the token endpoint over TLS, which stands for the signature (Core 3.1.3.7, item 6)."""
    hub = await hub_at_provider(
        issuer="",
        authorize_url=f"{provider.issuer}/authorize",
        token_url=f"{provider.issuer}/token",
        userdata_url=f"{provider.issuer}/userinfo",
        scope=["openid", "profile"],
        username_claim="preferred_username",
    )
    provider.faults.on(DAMAGED[name])
    if name in NEEDS_ISSUER | NEEDS_KEYS:
        await accepted(hub, provider)
    else:
        await refused(hub, provider, 502)
    assert provider.faults.applied[name] == 1
    check_invariants(hub, provider, accounts=hub.accounts())
