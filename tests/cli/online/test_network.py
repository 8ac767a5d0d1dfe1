"""The way to the provider: names, connections, TLS, proxies, limits."""

from __future__ import annotations

import datetime
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from oauthenticator_suite.cli.check.online import probe
from oauthenticator_suite.cli.check.online.probe import PROBE_SECONDS
from tests.cli.online.asking import at, found, told
from tests.fakes.openid_provider import FakeProvider, Fault
from tests.fakes.openid_provider.bending import member
from tests.hub.certificates import Certificate, authority_in, certificate, server_context
from tests.hub.raw_server import RawServer, proxy, running
from tests.support import FakeTime
from tests.support.little_internet import PUBLIC, little_internet

HOST = "localhost"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def authority(folder: Path) -> Certificate:
    return authority_in(folder)


async def by_tls(provider: FakeProvider, context: ssl.SSLContext, host: str = HOST) -> None:
    """From now on, the provider is at an https address."""
    runner = web.AppRunner(provider.application(), access_log=None)
    provider._runners.append(runner)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    provider.issuer = f"https://{host}:{runner.addresses[0][1]}"


def trusting(folder: Path, **more: Any) -> dict[str, Any]:
    return {"http_request_kwargs": {"ca_certs": str(folder / "authority.pem"), **more}}


def saved(folder: Path, name: str, made: Certificate) -> ssl.SSLContext:
    return server_context(made.save(folder / name))


# --- connections -----------------------------------------------------------------------------------------------------


async def test_a_provider_that_is_down(provider: FakeProvider) -> None:
    await provider.go_down()
    findings = await told(provider)
    assert "ECONNREFUSED" in findings["provider-unreachable"]
    assert "https_proxy in its environment" in findings["provider-unreachable"]
    assert set(findings) == {"provider-unreachable", "not-asked"}


async def test_a_name_that_does_not_resolve(provider: FakeProvider) -> None:
    provider.issuer = "https://no-such-host.invalid"
    findings = await found(provider)
    assert set(findings) == {"provider-unreachable"}
    assert "no-such-host.invalid:443: the host name does not resolve" in findings["provider-unreachable"]


async def test_a_page_for_browsers_that_is_elsewhere(provider: FakeProvider) -> None:
    """The Hub need not reach it."""
    page = "https://no-such-host.invalid/authorize"
    provider.faults.on(Fault("elsewhere", "metadata", "", member("authorization_endpoint", page)))
    findings = await found(provider, trusted_provider_hosts={"no-such-host.invalid"})
    assert set(findings) == {"page-unreachable"}


async def test_a_provider_that_says_nothing(clock: FakeTime, provider: FakeProvider) -> None:
    provider.faults.on("F1", at="metadata")
    findings = await found(provider)
    assert "no complete response in time" in findings["provider-unreachable"]


async def test_all_questions_together_have_a_limit(clock: FakeTime, provider: FakeProvider) -> None:
    for endpoint in ("jwks", "authorize", "token", "userinfo"):
        provider.faults.on("F1", at=endpoint)
    made = at(provider, provider_timeout=1000.0)
    with clock.taking() as seconds:
        findings = await probe(made)
    assert seconds() < PROBE_SECONDS + 1
    texts = " ".join(map(str, findings))
    assert "no answer in the time for all questions" in texts


async def test_a_connection_that_breaks(provider: FakeProvider) -> None:
    provider.faults.on("F3", at="token")
    findings = await found(provider)
    assert "the connection broke" in findings["provider-unreachable"]


# --- TLS -------------------------------------------------------------------------------------------------------------


async def test_good_tls(folder: Path, authority: Certificate, provider: FakeProvider) -> None:
    await by_tls(provider, saved(folder, "good.pem", lasting(authority, 30)))
    assert await found(provider, **trusting(folder)) == {}


def lasting(authority: Certificate, days: float) -> Certificate:
    """A certificate that expires in so many days."""
    return certificate(HOST, signed_by=authority, lasts=datetime.timedelta(days=days))


async def test_a_certificate_that_expires_soon(folder: Path, authority: Certificate, provider: FakeProvider) -> None:
    await by_tls(provider, saved(folder, "soon.pem", lasting(authority, 6.5)))
    findings = await found(provider, **trusting(folder))
    assert set(findings) == {"tls-expiry"}
    assert "The TLS certificate of localhost expires in 6 days" in findings["tls-expiry"]


@pytest.mark.parametrize(
    ("kind", "words"),
    [("self-signed", "self"), ("expired", "has expired"), ("elsewhere", "not valid for"), ("old", "TLS handshake")],
)
async def test_tls_that_is_refused(
    kind: str, words: str, folder: Path, authority: Certificate, provider: FakeProvider
) -> None:
    certificates = {
        "self-signed": lambda: certificate(HOST),
        "expired": lambda: certificate(HOST, signed_by=authority, expired=True),
        "elsewhere": lambda: certificate("elsewhere.example", signed_by=authority),
        "old": lambda: lasting(authority, 30),
    }
    path = certificates[kind]().save(folder / f"{kind}.pem")
    newest = ssl.TLSVersion.TLSv1_1 if kind == "old" else None
    await by_tls(provider, server_context(path, newest=newest))
    findings = await found(provider, **trusting(folder))
    assert set(findings) == {"tls-refused"}
    assert words in findings["tls-refused"]
    assert "localhost:" in findings["tls-refused"]


async def test_tls_that_is_not_verified(folder: Path, authority: Certificate, provider: FakeProvider) -> None:
    expired = certificate(HOST, signed_by=authority, expired=True)
    await by_tls(provider, saved(folder, "unverified.pem", expired))
    findings = await found(provider, validate_server_cert=False)
    assert set(findings) == {"tls-not-verified", "tls-expiry"}
    assert "has expired" in findings["tls-expiry"]


# --- proxies ---------------------------------------------------------------------------------------------------------


@pytest.fixture
async def gate() -> AsyncIterator[RawServer]:
    async with running(proxy("hub:pass"), host="127.0.0.1") as server:
        yield server


def through(gate: RawServer, password: str) -> dict[str, Any]:
    port = int(gate.url.rpartition(":")[2])
    return {"proxy_host": "127.0.0.1", "proxy_port": port, "proxy_username": "hub", "proxy_password": password}


async def test_a_proxy(folder: Path, authority: Certificate, provider: FakeProvider, gate: RawServer) -> None:
    name = "login.provider.test"
    made = certificate(name, signed_by=authority, lasts=datetime.timedelta(days=90))
    await by_tls(provider, saved(folder, "named.pem", made), name)
    findings = await told(provider, **trusting(folder, **through(gate, "pass")))
    assert {"proxy-in-use", "client-answered", "authorization-answered"} <= set(findings)
    assert f"Requests to {provider.issuer[8:]} go through the proxy" in findings["proxy-in-use"]
    assert "pass" not in findings["proxy-in-use"]


async def test_a_proxy_that_refuses(
    folder: Path, authority: Certificate, provider: FakeProvider, gate: RawServer
) -> None:
    await by_tls(provider, saved(folder, "refused.pem", lasting(authority, 30)))
    findings = await found(provider, **trusting(folder, **through(gate, "wrong")))
    assert set(findings) == {"provider-unreachable"}
    assert "answered 407. Check proxy_username and proxy_password" in findings["provider-unreachable"]
    assert "wrong" not in findings["provider-unreachable"]


async def test_keys_at_a_private_address(provider: FakeProvider) -> None:
    """F8: the finding names the address and the option."""
    keys = provider.origin.replace("127.0.0.1", "keys.example") + "/jwks"
    provider.issuer = provider.origin.replace("127.0.0.1", "idp.example")
    provider.faults.on(Fault("private keys", "metadata", "", member("jwks_uri", keys)))
    with little_internet() as internet:
        internet.names.update({"idp.example": [PUBLIC], "keys.example": ["10.1.2.3"]})
        findings = await told(provider, allow_insecure_http=True, trusted_provider_hosts={"keys.example"})
    assert "10.1.2.3" in findings["provider-unreachable"]
    assert "allow_private_provider_addresses" in findings["provider-unreachable"]
    assert {address for address, _ in internet.connections} == {PUBLIC}
