"""The OpenID Foundation's Form Post plan: the modules of the Basic plan again, with the response as a form."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.contract.logins import accepted, ready, refused
from tests.fakes.openid_provider import FakeProvider, SigningKeys
from tests.support import Browser, Hub, check_invariants, reference_on

HubMaker = Callable[..., Awaitable[Hub]]

MODE = "form_post"
PREFIX = "oidcc-client-test"


def module(suffix: str) -> pytest.MarkDecorator:
    return pytest.mark.conformance(f"{PREFIX}{suffix}", plan="form post")


def came_by_form(browser: Browser, hub: Hub) -> bool:
    """Whether the response to the last login was posted, and no URL had its code."""
    callbacks = [hop for hop in browser.hops if hop.url.startswith(hub.callback_url)]
    return callbacks[0].method == "POST" and not any("code=" in hop.url for hop in callbacks)


async def hub_with_form_post(hub_at_provider: HubMaker, **traits: object) -> Hub:
    return await ready(await hub_at_provider(response_mode=MODE, **traits))


@module("")
async def test_a_complete_login(provider: FakeProvider, hub_at_provider: HubMaker) -> None:
    hub = await hub_with_form_post(hub_at_provider)
    browser = await accepted(hub, provider)
    assert came_by_form(browser, hub)
    assert provider.refusals == []
    assert provider.requests_to("authorize")[0].fields["response_mode"] == MODE
    check_invariants(hub, provider, accounts={"alice"})


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param("F48-wrong", marks=module("-invalid-iss")),
        pytest.param("F54-missing", marks=module("-missing-sub")),
        pytest.param("F49-wrong", marks=module("-invalid-aud")),
        pytest.param("F52-missing", marks=module("-missing-iat")),
        pytest.param("F42", marks=module("-idtoken-sig-none")),
        pytest.param("F44", marks=module("-invalid-sig-rs256")),
        pytest.param("F65-wrong", marks=module("-userinfo-invalid-sub")),
        pytest.param("F55-wrong", marks=module("-nonce-invalid")),
    ],
)
async def test_a_wrong_token(provider: FakeProvider, hub_at_provider: HubMaker, fault: str) -> None:
    """Refused; only the module about userinfo has a userinfo request."""
    hub = await hub_with_form_post(hub_at_provider)
    provider.faults.on(fault)
    browser = hub.browser()
    await refused(hub, provider, 502, browser=browser)
    assert came_by_form(browser, hub)
    assert provider.faults.applied[fault] == 1
    assert provider.count("userinfo") == (1 if fault == "F65-wrong" else 0)


@pytest.mark.parametrize(
    ("with_kid", "keys"),
    [
        pytest.param(False, 1, marks=module("-kid-absent-single-jwks")),
        pytest.param(False, 3, marks=module("-kid-absent-multiple-jwks")),
        pytest.param(True, 1, marks=module("-idtoken-sig-rs256")),
    ],
)
async def test_keys(provider: FakeProvider, hub_at_provider: HubMaker, with_kid: bool, keys: int) -> None:
    provider.keys = SigningKeys("RS256", with_kid=with_kid)
    for _ in range(keys - 1):
        provider.keys.rotate(keep_old=True)
    assert len(provider.keys.jwks()["keys"]) == keys
    hub = await hub_with_form_post(hub_at_provider)
    assert came_by_form(await accepted(hub, provider), hub)
    check_invariants(hub, provider, accounts={"alice"})


@module("-scope-userinfo-claims")
async def test_scopes_and_their_claims(provider: FakeProvider, hub_at_provider: HubMaker) -> None:
    provider.users["alice"].update(phone_number="+44 1632 960123", address={"locality": "Springfield"})
    scope = ["openid", "profile", "email", "phone", "address"]
    hub = await hub_with_form_post(hub_at_provider, scope=scope, enable_auth_state=True)
    assert came_by_form(await accepted(hub, provider), hub)
    claims = (await hub.auth_state("alice") or {})["oauth_user"]
    assert {"name", "email", "phone_number", "address"} <= set(claims)
    check_invariants(hub, provider, accounts={"alice"})


@module("-client-secret-basic")
async def test_basic_authentication(provider: FakeProvider, hub_at_provider: HubMaker) -> None:
    provider.client.auth_method = "client_secret_basic"
    hub = await hub_with_form_post(hub_at_provider, client_auth_method="client_secret_basic")
    assert came_by_form(await accepted(hub, provider), hub)
    assert provider.requests_to("token")[0].headers["authorization"].startswith("Basic ")
    check_invariants(hub, provider, accounts={"alice"})


@pytest.mark.conformance("oidcc-client-test-form-post-error")
async def test_an_error_as_a_form(provider: FakeProvider, hub_at_provider: HubMaker) -> None:
    """oidcc-client-test-form-post-error: max_age=0 with prompt=none cannot be met; the error page says so."""
    demands = {"max_age": "0", "prompt": "none"}
    hub = await hub_with_form_post(hub_at_provider, extra_authorize_params=demands)
    provider.deny = "login_required"
    browser = hub.browser()
    page = await refused(hub, provider, 400, browser=browser)
    asked = provider.requests_to("authorize")[0].fields
    assert {name: asked[name] for name in demands} == demands
    assert came_by_form(browser, hub)
    assert "login_required" in hub.log.lines_with(reference_on(page, hub))[0]
    assert provider.count("token") == 0
