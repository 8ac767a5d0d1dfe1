"""Client modules of the OpenID Foundation's plan for the FAPI 2.0 Security Profile, through a real Hub.

The provider demands what the profile prescribes, and the Hub has the one option, `security_profile = "fapi2"`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.contract.logins import accepted, ready, refused
from tests.fakes.openid_provider import FakeProvider, Fault
from tests.fakes.openid_provider.bending import GONE, jose, member
from tests.support import Hub, check_invariants
from tests.support.fapi2 import demand_fapi2

HubMaker = Callable[..., Awaitable[Hub]]


def module(name: str, *values: Any) -> Any:
    """The parameters of one module, with its marker."""
    marker = pytest.mark.conformance(f"fapi2-security-profile-final-client-test-{name}")
    return pytest.param(
        *values, marks=marker, id=f"{name}-{values[0] if isinstance(values[0], str) else values[0].name}"
    )


RS256 = Fault("RS256", "id_token", "signed with RS256 by the same key", jose("alg", "RS256"))
INVERTED = Fault("dpOp", "token", "token_type in inverted letters", member("token_type", "dpOp"))

WITHOUT_END = Fault("no expires_in", "token", "does not say when the token ends", member("expires_in", GONE))


@pytest.fixture
async def hub(provider: FakeProvider, hub_at_provider: HubMaker, tmp_path: Path) -> Hub:
    """A Hub with the profile."""
    return await ready(await hub_at_provider(**demand_fapi2(provider, tmp_path)))


@pytest.mark.parametrize(
    "fault",
    [
        module("ensure-authorization-response-with-invalid-state-fails", "F72"),
        module("ensure-authorization-response-with-invalid-missing-state-fails", "F72-missing"),
        module("invalid-authorization-response-iss", "F74-wrong"),
        module("remove-authorization-response-iss", "F74-missing"),
    ],
)
async def test_a_wrong_response(hub: Hub, provider: FakeProvider, fault: str) -> None:
    """Refused with an error page, and no endpoint is called."""
    provider.faults.on(fault)
    await refused(hub, provider, 400)
    assert provider.faults.applied[fault] == 1
    assert [provider.count(endpoint) for endpoint in ("token", "userinfo")] == [0, 0]


@pytest.mark.parametrize(
    "fault",
    [
        module("invalid-secondary-aud", "F50-no-azp"),
        module("invalid-secondary-aud", "F50-azp"),
        module("invalid-null-alg", "F42"),
        module("invalid-alternate-alg", RS256),
        module("invalid-expired-exp", "F51-past"),
        module("invalid-aud", "F49-wrong"),
        module("invalid-iss", "F48-wrong"),
        module("invalid-missing-aud", "F49-missing"),
        module("invalid-missing-exp", "F51-missing"),
        module("invalid-missing-iss", "F48-missing"),
        module("invalid-missing-nonce", "F55-missing"),
        module("invalid-nonce", "F55-wrong"),
    ],
)
async def test_a_wrong_id_token(hub: Hub, provider: FakeProvider, fault: str | Fault) -> None:
    """Refused with an error page, and the access token is not used."""
    provider.faults.on(fault)
    await refused(hub, provider, 502)
    assert sum(provider.faults.applied.values()) == 1
    assert [provider.count(endpoint) for endpoint in ("token", "userinfo")] == [1, 0]


@pytest.mark.parametrize(
    "fault",
    [
        module("valid-aud-as-array", "F49-list"),
        module("token-type-case-insensitivity", INVERTED),
        module("token-endpoint-response-without-expires_in", WITHOUT_END),
    ],
)
async def test_what_is_right_in_another_form(hub: Hub, provider: FakeProvider, fault: str | Fault) -> None:
    """Accepted."""
    provider.faults.on(fault)
    await accepted(hub, provider)
    assert sum(provider.faults.applied.values()) == 1
    check_invariants(hub, provider, accounts={"alice"})


@pytest.mark.conformance("fapi2-security-profile-final-client-test-discovery-issuer-mismatch")
async def test_metadata_of_another_issuer(provider: FakeProvider, hub_at_provider: HubMaker, tmp_path: Path) -> None:
    """Refused: no user is sent to the provider."""
    provider.faults.on("F62")
    await refused(await hub_at_provider(**demand_fapi2(provider, tmp_path)), provider, 500, configuration_error=True)
    assert provider.count("authorize") == 0
