"""A provider that demands what the package cannot do: said at start-up, and no user is sent there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.logins import accepted, refused
from tests.fakes.openid_provider import FakeProvider, Fault
from tests.fakes.openid_provider.bending import GONE, both, member


def says(name: str, value: Any) -> Fault:
    return Fault(name, "metadata", f"{name} is {value}", member(name, value))


DEMANDS = {
    "par": (
        Fault(
            "par",
            "metadata",
            "PAR alone, and no endpoint",
            both(
                member("require_pushed_authorization_requests", True),
                member("pushed_authorization_request_endpoint", GONE),
            ),
        ),
        "pushed authorization requests (PAR)",
    ),
    "jar": (says("require_signed_request_object", True), "signed request objects (JAR)"),
    "private_key_jwt": (says("token_endpoint_auth_methods_supported", ["private_key_jwt"]), "only by private_key_jwt"),
    "implicit": (says("response_types_supported", ["id_token"]), "authorization code flow"),
    "plain": (says("code_challenge_methods_supported", ["plain"]), "PKCE only by plain"),
}


@pytest.mark.parametrize("demand", DEMANDS)
async def test_the_log_says_it_at_start_up(provider: FakeProvider, hub_at_provider: Any, demand: str) -> None:
    fault, text = DEMANDS[demand]
    provider.faults.on(fault)
    hub = await hub_at_provider(client_auth_method="")
    line = await hub.log.until("No user can sign in")
    assert line.startswith("CRITICAL")
    assert text in line
    page = await refused(hub, provider, 500, configuration_error=True)
    assert "There is a mistake in the configuration" in page.text
    assert provider.count("authorize") == 0


async def test_an_option_stands_against_wrong_metadata(provider: FakeProvider, hub_at_provider: Any) -> None:
    provider.faults.on(DEMANDS["private_key_jwt"][0])
    await accepted(await hub_at_provider(), provider)  # client_auth_method is set


async def test_signed_in_users_stay_when_a_provider_begins_to_demand_it(
    provider: FakeProvider, hub_at_provider: Any
) -> None:
    """The metadata that are known stay in use, and the log has a warning."""
    hub = await hub_at_provider()
    await accepted(hub, provider)
    provider.faults.on(DEMANDS["par"][0])
    hub.authenticator.connection.issuer._metadata_due = 0.0
    await accepted(hub, provider)
    assert hub.log.lines_with("could not be renewed; the old metadata stay in use")[0].startswith("WARNING")
