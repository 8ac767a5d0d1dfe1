"""The OpenID Foundation's Basic RP plan, module by module, through a real Hub and a provider that does what each says.

The Foundation's suite plays the provider and watches; here the fake provider does, and the assertions are its verdicts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.contract.logins import accepted, ready, refused
from tests.fakes.openid_provider import FakeProvider, SigningKeys
from tests.support import Hub, check_invariants

HubMaker = Callable[..., Awaitable[Hub]]


@pytest.mark.conformance("oidcc-client-test")
async def test_oidcc_client_test(hub: Hub, provider: FakeProvider) -> None:
    """oidcc-client-test: the complete code flow, with nothing in it that the provider complains of."""
    await accepted(hub, provider)
    assert provider.refusals == []
    assert [provider.count(name) for name in ("authorize", "token", "userinfo")] == [1, 1, 1]
    asked = provider.requests_to("authorize")[0].fields
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == hub.callback_url
    check_invariants(hub, provider, accounts={"alice"})


@pytest.mark.conformance("oidcc-client-test-invalid-iss")
@pytest.mark.parametrize("fault", ["F48-wrong", "F48-missing", "F48-slash"])
async def test_oidcc_client_test_invalid_iss(hub: Hub, provider: FakeProvider, fault: str) -> None:
    """oidcc-client-test-invalid-iss: an ID token of another issuer is rejected."""
    provider.faults.on(fault)
    await refused(hub, provider, 502)
    assert provider.count("userinfo") == 0


@pytest.mark.conformance("oidcc-client-test-missing-sub")
async def test_oidcc_client_test_missing_sub(hub: Hub, provider: FakeProvider) -> None:
    """oidcc-client-test-missing-sub: an ID token without sub is rejected."""
    provider.faults.on("F54-missing")
    await refused(hub, provider, 502)
    assert provider.count("userinfo") == 0


@pytest.mark.conformance("oidcc-client-test-invalid-aud")
@pytest.mark.parametrize("fault", ["F49-wrong", "F50-azp"])
async def test_oidcc_client_test_invalid_aud(hub: Hub, provider: FakeProvider, fault: str) -> None:
    """oidcc-client-test-invalid-aud: an ID token for another client is rejected."""
    provider.faults.on(fault)
    await refused(hub, provider, 502)
    assert provider.count("userinfo") == 0


@pytest.mark.conformance("oidcc-client-test-missing-iat")
async def test_oidcc_client_test_missing_iat(hub: Hub, provider: FakeProvider) -> None:
    """oidcc-client-test-missing-iat: an ID token without iat is rejected."""
    provider.faults.on("F52-missing")
    await refused(hub, provider, 502)


@pytest.mark.conformance("oidcc-client-test-kid-absent-single-jwks")
async def test_oidcc_client_test_kid_absent_single_jwks(provider: FakeProvider, hub_at_provider: HubMaker) -> None:
    """oidcc-client-test-kid-absent-single-jwks: without kid, the one matching key is used."""
    provider.keys = SigningKeys(with_kid=False)
    await accepted(await hub_at_provider(), provider)
    assert "kid" not in provider.keys.jwks()["keys"][0]


@pytest.mark.conformance("oidcc-client-test-kid-absent-multiple-jwks")
async def test_oidcc_client_test_kid_absent_multiple_jwks(provider: FakeProvider, hub_at_provider: HubMaker) -> None:
    """oidcc-client-test-kid-absent-multiple-jwks: without kid and with several keys, all are tried."""
    provider.keys = SigningKeys(with_kid=False)
    provider.keys.rotate(keep_old=True)
    provider.keys.rotate(keep_old=True)
    assert len(provider.keys.jwks()["keys"]) == 3
    await accepted(await hub_at_provider(), provider)


@pytest.mark.conformance("oidcc-client-test-idtoken-sig-rs256")
async def test_oidcc_client_test_idtoken_sig_rs256(hub: Hub, provider: FakeProvider) -> None:
    """oidcc-client-test-idtoken-sig-rs256: a good RS256 signature is accepted."""
    assert provider.keys.algorithm == "RS256"
    await accepted(hub, provider)
    assert provider.count("jwks") >= 1


@pytest.mark.conformance("oidcc-client-test-idtoken-sig-none")
@pytest.mark.parametrize("fault", ["F42", "F42-null"])
async def test_oidcc_client_test_idtoken_sig_none(hub: Hub, provider: FakeProvider, fault: str) -> None:
    """oidcc-client-test-idtoken-sig-none: an unsigned ID token is rejected (the suite counts that as skipped)."""
    provider.faults.on(fault)
    await refused(hub, provider, 502)
    assert provider.count("userinfo") == 0


@pytest.mark.conformance("oidcc-client-test-invalid-sig-rs256")
async def test_oidcc_client_test_invalid_sig_rs256(hub: Hub, provider: FakeProvider) -> None:
    """oidcc-client-test-invalid-sig-rs256: a wrong RS256 signature is rejected."""
    provider.faults.on("F44")
    await refused(hub, provider, 502)
    assert provider.count("userinfo") == 0


@pytest.mark.conformance("oidcc-client-test-userinfo-invalid-sub")
async def test_oidcc_client_test_userinfo_invalid_sub(hub: Hub, provider: FakeProvider) -> None:
    """oidcc-client-test-userinfo-invalid-sub: userinfo of another subject is rejected."""
    provider.faults.on("F65-wrong")
    await refused(hub, provider, 502)


@pytest.mark.conformance("oidcc-client-test-nonce-invalid")
@pytest.mark.parametrize("fault", ["F55-wrong", "F55-missing"])
async def test_oidcc_client_test_nonce_invalid(hub: Hub, provider: FakeProvider, fault: str) -> None:
    """oidcc-client-test-nonce-invalid: another nonce than the one sent is rejected."""
    provider.faults.on(fault)
    await refused(hub, provider, 502)
    assert provider.count("userinfo") == 0


@pytest.mark.conformance("oidcc-client-test-scope-userinfo-claims")
async def test_oidcc_client_test_scope_userinfo_claims(provider: FakeProvider, hub_at_provider: HubMaker) -> None:
    """oidcc-client-test-scope-userinfo-claims: profile, email, phone and address are asked, and their claims arrive."""
    provider.users["alice"].update(
        phone_number="+44 1632 960123", phone_number_verified=True, address={"locality": "Springfield"}
    )
    scope = ["openid", "profile", "email", "phone", "address"]
    hub = await hub_at_provider(scope=scope, enable_auth_state=True)
    await accepted(hub, provider)
    assert provider.requests_to("authorize")[0].fields["scope"] == "openid profile email phone address"
    auth_state = await hub.auth_state("alice")
    assert auth_state is not None
    expected = {name: value for name, value in provider.users["alice"].items() if name != "groups"}
    assert auth_state["oauth_user"] == expected
    assert auth_state["scope"] == scope
    check_invariants(hub, provider, accounts={"alice"})


@pytest.mark.conformance("oidcc-client-test-client-secret-basic")
async def test_oidcc_client_test_client_secret_basic(provider: FakeProvider, hub_at_provider: HubMaker) -> None:
    """oidcc-client-test-client-secret-basic: HTTP Basic, form-encoded, when the provider knows nothing else."""
    provider.client.auth_method = "client_secret_basic"
    hub = await ready(await hub_at_provider(client_auth_method="client_secret_basic"))
    await accepted(hub, provider)
    request = provider.requests_to("token")[0]
    assert request.headers["authorization"].startswith("Basic ")
    assert set(request.fields) == {"grant_type", "code", "redirect_uri", "code_verifier"}
