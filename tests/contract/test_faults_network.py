"""A network, a certificate or a name that fails in the middle of a login, through a real Hub: F6, F7, F10 to F14."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.contract.logins import accepted, ready, refused
from tests.fakes.openid_provider import FakeProvider
from tests.fakes.openid_provider.network import listen_with_tls
from tests.hub.certificates import Certificate, authority_in, certificate, server_context
from tests.support import Hub, check_invariants, reference_on

pytestmark = pytest.mark.usefixtures("clock")

HubMaker = Callable[..., Awaitable[Hub]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def authority(folder: Path) -> Certificate:
    return authority_in(folder)


@pytest.mark.fault("F6")
@pytest.mark.parametrize("endpoint", ["token", "userinfo"])
async def test_a_connection_that_is_refused(provider: FakeProvider, hub_at_provider: HubMaker, endpoint: str) -> None:
    """F6: refused; when the provider is back, the next login succeeds."""
    traits = {"userdata_url": f"{provider.elsewhere}/gone"} if endpoint == "userinfo" else {}
    hub = await ready(await hub_at_provider(**traits))
    if endpoint == "userinfo":
        stranger = provider._runners.pop(1)
        await stranger.cleanup()
        page = await refused(hub, provider, 502)
    else:
        browser = hub.browser()
        callback = await browser.walk_to_callback()
        await provider.go_down()
        page = await refused(hub, provider, 502, browser=browser, url=callback)
        await provider.come_back()
        await accepted(hub, provider)
        check_invariants(hub, provider, accounts={"alice"})
    assert "ECONNREFUSED" in hub.log.lines_with(reference_on(page, hub))[0]


@pytest.mark.fault("F7")
async def test_a_name_that_cannot_be_resolved(provider: FakeProvider, hub_at_provider: HubMaker) -> None:
    """F7: refused; the line in the log names the host."""
    hub = await ready(await hub_at_provider(token_url="https://no-such-host.invalid/token"))
    page = await refused(hub, provider, 502)
    assert "no-such-host.invalid" in hub.log.lines_with(reference_on(page, hub))[0]
    assert provider.count("token") == 0


@pytest.mark.parametrize(
    "case",
    [
        pytest.param("self-signed", marks=pytest.mark.fault("F10")),
        pytest.param("expired", marks=pytest.mark.fault("F11")),
        pytest.param("another host", marks=pytest.mark.fault("F12")),
        pytest.param("TLS 1.0", marks=pytest.mark.fault("F13")),
        pytest.param("TLS 1.1", marks=pytest.mark.fault("F13")),
    ],
)
@pytest.mark.parametrize("endpoint", ["token", "userinfo"])
async def test_a_tls_server_that_is_not_trusted(
    provider: FakeProvider,
    hub_at_provider: HubMaker,
    folder: Path,
    authority: Certificate,
    case: str,
    endpoint: str,
) -> None:
    """F10-F13: refused before the code or token is sent; the same server with a good certificate is accepted."""
    made = {
        "self-signed": lambda: certificate("localhost"),
        "expired": lambda: certificate("localhost", signed_by=authority, expired=True),
        "another host": lambda: certificate("login.example.org", signed_by=authority),
    }.get(case, lambda: certificate("localhost", signed_by=authority))()
    newest = {"TLS 1.0": ssl.TLSVersion.TLSv1, "TLS 1.1": ssl.TLSVersion.TLSv1_1}.get(case)
    bad = await listen_with_tls(provider, server_context(made.save(folder / f"{case}.pem"), newest=newest))
    good_certificate = certificate("localhost", signed_by=authority).save(folder / "good.pem")
    good = await listen_with_tls(provider, server_context(good_certificate))
    option = {"token": "token_url", "userinfo": "userdata_url"}[endpoint]
    trusting = {"http_request_kwargs": {"ca_certs": str(folder / "authority.pem")}}

    hub = await ready(await hub_at_provider(**trusting, **{option: f"{bad}/{endpoint}"}))
    page = await refused(hub, provider, 502)
    assert "TLS" in hub.log.lines_with(reference_on(page, hub))[0]
    assert provider.count(endpoint) == 0

    hub = await ready(await hub_at_provider(**trusting, **{option: f"{good}/{endpoint}"}))
    await accepted(hub, provider)
    check_invariants(hub, provider, accounts={"alice"})


@pytest.mark.parametrize("fault", ["F14-token", "F14-keys", "F14-userinfo"])
async def test_an_endpoint_without_tls(provider: FakeProvider, hub_at_provider: HubMaker, fault: str) -> None:
    """F14: said at start-up, although the host is trusted; no user is sent to the provider."""
    provider.faults.on(fault)
    hub = await hub_at_provider(trusted_provider_hosts=["login.example.org"])
    line = await hub.log.until("No user can sign in")
    assert line.startswith("CRITICAL")
    assert "https" in line
    await refused(hub, provider, 500, configuration_error=True)
    assert provider.count("authorize") == 0
