"""``check --online`` knows what `security_profile` needs of the provider."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.online.asking import told
from tests.fakes.openid_provider import FakeProvider, Fault
from tests.fakes.openid_provider.bending import GONE, member
from tests.support.fapi2 import demand_fapi2


async def test_a_provider_with_the_profile(provider: FakeProvider, tmp_path: Path) -> None:
    """The client that it knows asks with a proof and a pushed request, as at a login."""
    findings = await told(provider, **demand_fapi2(provider, tmp_path))
    assert "provider-demands" not in findings
    assert "client-refused" not in findings
    assert [call.fields["dpop_jkt"] != "" for call in provider.requests_to("par")][:1] == [True]
    assert "dpop" in provider.requests_to("token")[0].headers


@pytest.mark.parametrize(
    "name",
    [
        "pushed_authorization_request_endpoint",
        "code_challenge_methods_supported",
        "authorization_response_iss_parameter_supported",
        "dpop_signing_alg_values_supported",
    ],
)
async def test_what_the_provider_does_not_name(provider: FakeProvider, tmp_path: Path, name: str) -> None:
    options = demand_fapi2(provider, tmp_path)
    provider.faults.on(Fault(name, "metadata", "", member(name, GONE)))
    said = (await told(provider, **options))["provider-demands"]
    assert "security_profile is 'fapi2'" in said
    assert name in said
