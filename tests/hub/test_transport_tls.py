"""TLS and proxies of the transport: certificates that must be refused (F10-F13), and requests through a proxy."""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import raw_server
from certificates import Certificate, authority_in, certificate, server_context
from raw_server import RawServer, answer, running

from oauthenticator_suite.errors import ConfigurationError, ProviderUnreachable
from oauthenticator_suite.hub.transport.client import Transport, TransportSettings
from oauthenticator_suite.protocol.messages import Request
from tests.support.fake_time import fake_time

LOG = logging.getLogger("test_transport_tls")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def authority(folder: Path) -> Certificate:
    return authority_in(folder)


@pytest.fixture(scope="module")
def trusting(folder: Path, authority: Certificate) -> TransportSettings:
    """Settings that trust only the test's certificate authority."""
    return TransportSettings(timeout=5, connect_timeout=2, silence_timeout=2, ca_certs=str(folder / "authority.pem"))


@pytest.fixture(scope="module")
def good(folder: Path, authority: Certificate) -> ssl.SSLContext:
    return server_context(certificate("localhost", signed_by=authority).save(folder / "good.pem"))


async def status(settings: TransportSettings, server: RawServer, method: str = "GET") -> int:
    transport = Transport(settings, LOG)
    with fake_time():
        try:
            return (await transport.send(Request(method, server.url + "/path?a=b", "token request"))).status
        finally:
            await transport.close()


# --- certificates ---------------------------------------------------------------------------------


async def test_an_authority_of_ones_own(good: ssl.SSLContext, trusting: TransportSettings) -> None:
    async with running(answer(), tls=good) as server:
        assert await status(trusting, server) == 200


async def test_an_authority_of_ones_own_is_not_trusted_by_default(good: ssl.SSLContext) -> None:
    async with running(answer(), tls=good) as server:
        with pytest.raises(ProviderUnreachable, match=r"localhost:\d+: the TLS certificate .* ca_certs in http_requ"):
            await status(TransportSettings(), server)
        assert server.requests == []


def bad_certificate(kind: str, authority: Certificate) -> Certificate:
    if kind == "self-signed":
        return certificate("localhost")
    if kind == "expired":
        return certificate("localhost", signed_by=authority, expired=True)
    return certificate("elsewhere.example", signed_by=authority)


@pytest.mark.parametrize(
    ("kind", "reason"), [("self-signed", "self.signed"), ("expired", "has expired"), ("wrong host", "not valid for")]
)
async def test_bad_certificates(
    kind: str, reason: str, folder: Path, authority: Certificate, trusting: TransportSettings
) -> None:
    """F10-F12: refused before any byte of the request is sent; the detail has the reason."""
    path = bad_certificate(kind, authority).save(folder / f"{kind}.pem")
    async with running(answer(), tls=server_context(path)) as server:
        for method in ("GET", "POST"):
            with pytest.raises(ProviderUnreachable, match=reason) as caught:
                await status(trusting, server, method)
            assert "a=b" not in caught.value.detail
        assert server.requests == []
        with_no_check = TransportSettings(verify=False)
        assert await status(with_no_check, server) == 200


def test_not_verifying_is_said_aloud(caplog: pytest.LogCaptureFixture) -> None:
    Transport(TransportSettings(verify=False), LOG)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "NOT verified" in record.getMessage()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
async def test_old_tls(folder: Path, good: ssl.SSLContext, version: ssl.TLSVersion) -> None:
    """F13: even where certificates are not verified."""
    old = server_context(str(folder / "good.pem"), newest=version)
    async with running(answer(), tls=old) as server:
        with pytest.raises(ProviderUnreachable, match=r"TLS 1\.2 or newer"):
            await status(TransportSettings(verify=False), server)
        assert server.requests == []


async def test_tls_1_2(folder: Path, good: ssl.SSLContext, trusting: TransportSettings) -> None:
    context = server_context(str(folder / "good.pem"), newest=ssl.TLSVersion.TLSv1_2)
    async with running(answer(), tls=context) as server:
        assert await status(trusting, server) == 200


async def test_https_on_a_port_that_speaks_http(trusting: TransportSettings) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    transport = Transport(trusting, LOG)
    with pytest.raises(ProviderUnreachable, match="TLS handshake failed"):
        await transport.send(Request("GET", f"https://localhost:{port}/", "metadata request"))
    await transport.close()
    server.close()


async def test_a_client_certificate(folder: Path, authority: Certificate, trusting: TransportSettings) -> None:
    asking = server_context(certificate("localhost", signed_by=authority).save(folder / "asking.pem"))
    asking.verify_mode = ssl.CERT_REQUIRED
    asking.load_verify_locations(folder / "authority.pem")
    client = certificate("client", signed_by=authority).save(folder / "client.pem")
    async with running(answer(), tls=asking) as server:
        for key in (None, client):
            settings = TransportSettings(ca_certs=trusting.ca_certs, client_cert=client, client_key=key)
            assert await status(settings, server) == 200
        with pytest.raises(ProviderUnreachable):
            await status(trusting, server)


async def test_a_post_after_the_server_closed_the_idle_tls_connection(
    good: ssl.SSLContext, trusting: TransportSettings
) -> None:
    transport = Transport(trusting, LOG)
    async with running(answer(), tls=good) as server:
        await transport.send(Request("GET", server.url, "metadata request"))
        server.hang_up()
        assert (await transport.send(Request("POST", server.url, "token request"))).status == 200
        assert server.connections == 2
    await transport.close()


def test_files_that_cannot_be_used_stop_the_start(folder: Path, authority: Certificate) -> None:
    empty = folder / "empty.pem"
    empty.write_text("nothing here\n")
    locked = certificate("locked").save(folder / "locked.pem", b"password")
    other_key = certificate("other").save(folder / "other.pem")
    broken = folder / "broken.pem"
    broken.write_text("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n")
    third = certificate("third").save(folder / "third.pem")
    alone = folder / "alone.pem"
    alone.write_text("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
    missing, both = str(folder / "missing.pem"), "client_cert and client_key"
    for name, settings, why in [
        ("ca_certs", TransportSettings(ca_certs=missing), "No such file"),
        ("ca_certs", TransportSettings(ca_certs=str(empty)), ""),
        ("ca_certs", TransportSettings(ca_certs=str(folder)), ""),
        ("client_cert", TransportSettings(client_cert=missing), f"{missing}: No such file"),
        ("client_cert", TransportSettings(client_cert=str(empty)), f"{empty} has no certificate"),
        (
            "client_cert",
            TransportSettings(client_cert=str(alone)),
            f"{alone} has no private key; name its file as well",
        ),
        ("client_cert", TransportSettings(client_cert=locked), f"the key in {locked} is encrypted"),
        ("client_cert", TransportSettings(client_cert=str(broken)), ""),
        (both, TransportSettings(client_cert=other_key, client_key=locked), f"the key in {locked} is encrypted"),
        (both, TransportSettings(client_cert=other_key, client_key=missing), f"{missing}: No such file"),
        (both, TransportSettings(client_cert=other_key, client_key=str(empty)), f"{empty} has no private key"),
        (both, TransportSettings(client_cert=other_key, client_key=third), "the key does not belong to"),
        (both, TransportSettings(client_cert="/a\0b", client_key="/a\0b"), "/a\0b: ValueError"),
    ]:
        pattern = f"http_request_kwargs: {name}: .* cannot be used \\({re.escape(why)}"
        with pytest.raises(ConfigurationError, match=pattern):
            Transport(settings, LOG)


# --- proxies --------------------------------------------------------------------------------------


@pytest.fixture
async def proxy() -> AsyncIterator[RawServer]:
    async with running(raw_server.proxy("user:pass:word")) as proxy:
        yield proxy


def through(proxy: RawServer, base: TransportSettings, password: str | None = "pass:word") -> TransportSettings:
    return TransportSettings(
        ca_certs=base.ca_certs,
        proxy_url=proxy.url,
        proxy_username="user" if password is not None else None,
        proxy_password=password,
    )


async def test_http_through_a_proxy(proxy: RawServer, trusting: TransportSettings) -> None:
    transport = Transport(through(proxy, trusting), LOG)
    for _ in range(2):
        response = await transport.send(Request("GET", "http://provider.example/path?a=b", "metadata request"))
        assert response.body == b'{"by": "proxy"}'
    await transport.close()
    assert proxy.requests[0].target == "http://provider.example/path?a=b"


async def test_https_through_a_proxy(proxy: RawServer, trusting: TransportSettings, good: ssl.SSLContext) -> None:
    """The proxy receives a host and a port, the provider does not receive the proxy's password, and the tunnel is reused."""
    transport = Transport(through(proxy, trusting), LOG)
    async with running(answer(b"inside"), tls=good) as server:
        for _ in range(3):
            response = await transport.send(Request("POST", f"{server.url}/token", "token request", body=b"code=1"))
            assert response.body == b"inside"
        assert [(sent.method, sent.target, sent.body) for sent in server.requests] == [
            ("POST", "/token", b"code=1")
        ] * 3
        assert all("proxy-authorization" not in sent.headers for sent in server.requests)
        (tunnel,) = proxy.requests
        assert (tunnel.method, tunnel.target) == ("CONNECT", f"localhost:{server.port}")
        await transport.close()


async def test_certificates_are_judged_through_a_proxy(proxy: RawServer, good: ssl.SSLContext) -> None:
    async with running(answer(), tls=good) as server:
        with pytest.raises(ProviderUnreachable, match="TLS certificate is not accepted"):
            await status(through(proxy, TransportSettings()), server)


@pytest.mark.parametrize("password", [None, "wrong"])
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_refuses(
    proxy: RawServer, trusting: TransportSettings, scheme: str, password: str | None
) -> None:
    transport = Transport(through(proxy, trusting, password), LOG)
    with pytest.raises(ProviderUnreachable, match=r"answered 407\. Check proxy_username") as caught:
        await transport.send(Request("GET", f"{scheme}://provider.example/", "token request"))
    assert "wrong" not in caught.value.detail
    await transport.close()


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_is_not_there(scheme: str) -> None:
    async with running(answer()) as gone:
        pass
    transport = Transport(TransportSettings(proxy_url=gone.url), LOG)
    with pytest.raises(ProviderUnreachable, match=r"the proxy http://localhost:.* cannot be reached .*ECONNREFUSED"):
        await transport.send(Request("GET", f"{scheme}://provider.example/", "token request"))
    await transport.close()
