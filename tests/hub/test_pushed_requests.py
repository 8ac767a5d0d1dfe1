"""Pushed authorization requests (RFC 9126): the browser carries a reference, and the provider is asked before."""

from __future__ import annotations

from typing import Any

import pytest

from oauthenticator_suite.errors import ConfigurationError
from tests.contract.logins import accepted, asked_by_browser, ready, refused
from tests.fakes.openid_provider import FakeProvider, Fault
from tests.fakes.openid_provider.bending import GONE, member
from tests.support import check_invariants


@pytest.mark.hub_versions
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
async def test_the_browser_carries_a_reference_only(provider: FakeProvider, hub_at_provider: Any, method: str) -> None:
    provider.client.auth_method = method
    hub = await hub_at_provider(enable_par=True, extra_authorize_params={"ui_locales": "de"})
    browser = await accepted(hub, provider)
    assert asked_by_browser(browser, provider).keys() == {"client_id", "request_uri"}
    (pushed,) = provider.requests_to("par")
    assert pushed.fields["redirect_uri"] == hub.callback_url
    assert pushed.fields["ui_locales"] == "de"
    assert pushed.fields["code_challenge_method"] == "S256"
    assert provider.refusals == []
    check_invariants(hub, provider, accounts={"alice"})


async def test_a_public_client_pushes_too(provider: FakeProvider, hub_at_provider: Any) -> None:
    provider.client.auth_method = "none"
    hub = await hub_at_provider(enable_par=True, client_secret="", client_auth_method="none")
    await accepted(hub, provider)
    assert provider.count("par") == 1


async def test_it_is_used_without_the_option_when_the_provider_demands_it(
    provider: FakeProvider, hub_at_provider: Any
) -> None:
    provider.requires_par = True
    hub = await hub_at_provider()
    await accepted(hub, provider)
    assert provider.count("par") == 1
    assert provider.refusals == []


async def test_it_is_off_when_the_provider_only_offers_it(provider: FakeProvider, hub_at_provider: Any) -> None:
    browser = await accepted(await hub_at_provider(), provider)
    assert provider.count("par") == 0
    assert "state" in asked_by_browser(browser, provider)


async def test_each_login_pushes_its_own_request(provider: FakeProvider, hub_at_provider: Any) -> None:
    """RFC 9126 §4: a request_uri can be used for one login."""
    hub = await hub_at_provider(enable_par=True)
    first, second = await accepted(hub, provider), await accepted(hub, provider)
    uris = {asked_by_browser(browser, provider)["request_uri"] for browser in (first, second)}
    assert len(uris) == 2
    assert len({call.fields["state"] for call in provider.requests_to("par")}) == 2


async def test_a_provider_without_the_endpoint_is_a_mistake_of_the_configuration(
    provider: FakeProvider, hub_at_provider: Any
) -> None:
    provider.offers_par = False
    hub = await hub_at_provider(enable_par=True)
    line = await hub.log.until("No user can sign in")
    assert line.startswith("CRITICAL")
    assert "enable_par is on, and the provider's metadata have no pushed_authorization_request_endpoint" in line
    await refused(hub, provider, 500, configuration_error=True)
    assert provider.count("authorize") == 0


async def test_the_start_names_the_option_that_is_missing(provider: FakeProvider, hub_at_provider: Any) -> None:
    hub = await ready(await hub_at_provider())
    kind = type(hub.authenticator)
    authenticator = kind(
        client_id="hub",
        enable_par=True,
        authorize_url="https://login.example/a",
        token_url="https://login.example/t",
        userdata_url="https://login.example/u",
    )
    with pytest.raises(ConfigurationError, match=r"enable_par is on.*\.issuer"):
        authenticator.check_configuration()


@pytest.mark.parametrize(
    ("fault", "status"),
    [("F1", 504), ("F3", 502), ("F15", 502), ("F16", 503), ("F17", 503), ("F18", 502), ("F20", 502), ("F25", 502),
     ("F26", 502), ("F27-list", 502), ("F28", 502), ("F30", 502), ("F33", 502), ("F24", 502)],
)  # fmt: skip
async def test_a_provider_that_fails_at_this_endpoint(
    provider: FakeProvider, hub_at_provider: Any, fault: str, status: int
) -> None:
    """An outage is a page with a reference, and no browser is sent to the provider."""
    hub = await hub_at_provider(enable_par=True, provider_timeout=1.0 if fault == "F1" else 30.0)
    await ready(hub)
    provider.faults.on(fault, at="par")
    await refused(hub, provider, status)
    assert provider.count("authorize") == 0
    assert provider.count("par") == 1


BAD_ANSWERS = {
    "no request_uri": ("request_uri", GONE),
    "request_uri is a number": ("request_uri", 7),
    "no URI": ("request_uri", "abc def"),
    "too long": ("request_uri", "urn:" + "a" * 2000),
    "line break": ("request_uri", "urn:a\r\nSet-Cookie: a=b"),
    "no expires_in": ("expires_in", GONE),
    "it has expired": ("expires_in", 0),
}


@pytest.mark.parametrize("what", BAD_ANSWERS)
async def test_an_unusable_answer(provider: FakeProvider, hub_at_provider: Any, what: str) -> None:
    hub = await hub_at_provider(enable_par=True)

    def bend(_: FakeProvider, reply: Any) -> None:
        reply.status = 200
        member(*BAD_ANSWERS[what])(provider, reply)
        reply.status = 201

    provider.faults.on(Fault("bent", "par", what, bend))
    await refused(hub, provider, 502)
    assert provider.count("authorize") == 0


async def test_a_refused_client(provider: FakeProvider, hub_at_provider: Any) -> None:
    """The same error as that of the token endpoint: the administrators must act."""
    hub = await hub_at_provider(enable_par=True, client_secret="wrong")
    page = await refused(hub, provider, 502)
    assert "Please tell the administrators" in page.text
    assert hub.log.lines_with("ClientRefused (502): pushed authorization request: HTTP 401, invalid_client")


async def test_during_a_rotation_the_other_secret_is_tried(provider: FakeProvider, hub_at_provider: Any) -> None:
    secret = provider.client.client_secret
    hub = await hub_at_provider(enable_par=True, client_secret="the new one", previous_client_secret=secret)
    await accepted(hub, provider)
    assert [call.status for call in provider.requests_to("par")] == [401, 201]
    assert [call.status for call in provider.requests_to("token")] == [200]


async def test_an_error_of_the_request(provider: FakeProvider, hub_at_provider: Any) -> None:
    hub = await hub_at_provider(enable_par=True, scope=["openid", "an-unknown-scope"])
    await refused(hub, provider, 502)
    assert hub.log.lines_with("invalid_scope")
    assert provider.count("authorize") == 0
