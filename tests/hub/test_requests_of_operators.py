"""TLS and time limits of single requests with `httpfetch`: see `hub.oauth.http_compat`."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path

import pytest
from certificates import certificate, server_context
from raw_server import answer, running
from tornado.httpclient import HTTPClientError

from oauthenticator_suite.errors import ConfigurationError, InvalidResponse, ProviderUnreachable
from oauthenticator_suite.hub.oauth.http_compat import HttpRequests, request_of
from oauthenticator_suite.hub.transport.client import Transport, TransportSettings

LOG = logging.getLogger("test_requests_of_operators")


@pytest.fixture
def signed(tmp_path: Path) -> ssl.SSLContext:
    authority = certificate("authority", authority=True)
    authority.save(tmp_path / "authority.pem")
    return server_context(certificate("localhost", signed_by=authority).save(tmp_path / "good.pem"))


@pytest.fixture
def requests() -> HttpRequests:
    return HttpRequests("Campus", Transport(TransportSettings(), LOG), LOG)


async def status(requests: HttpRequests, url: str, **options: object) -> int:
    return int((await requests.send(request_of(url, options), "a look", raise_error=True)).code)


async def test_tls_of_one_request(
    requests: HttpRequests, signed: ssl.SSLContext, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Verified unless this request says else, with a warning per host; the next request is verified again."""
    async with running(answer(), tls=signed) as server:
        with pytest.raises(ProviderUnreachable) as refused:
            await status(requests, server.url)
        assert isinstance(refused.value, HTTPClientError)
        assert refused.value.code == 599
        assert await status(requests, server.url, ca_certs=str(tmp_path / "authority.pem")) == 200
        assert not caplog.records
        for _ in range(2):
            assert await status(requests, server.url, validate_cert=False) == 200
        assert len([line for line in caplog.messages if "validate_cert=False" in line and "localhost" in line]) == 1
        with pytest.raises(ProviderUnreachable):
            await status(requests, server.url, validate_cert=True)


async def test_limits_of_one_request_use_the_same_connections(requests: HttpRequests) -> None:
    async with running(answer()) as server:
        assert await status(requests, server.url, request_timeout=3, connect_timeout=2) == 200
        assert requests._others == {}
        with pytest.raises(ConfigurationError, match=r"a look.*request_timeout"):
            await status(requests, server.url, request_timeout=-1)


async def test_few_transports_are_kept(requests: HttpRequests) -> None:
    async with running(answer()) as server:
        for port in range(1, 20):
            with pytest.raises(ProviderUnreachable):
                await status(requests, server.url, proxy_host="127.0.0.1", proxy_port=port)
        assert len(requests._others) <= 8


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"timeout": 3}, "known are: method"),
        ({"streaming_callback": print}, "streaming_callback"),
        ({"follow_redirects": True}, "follow_redirects=True is not supported"),
        ({"auth_username": "a", "auth_mode": "digest"}, "auth_mode must be 'basic'"),
    ],
)
async def test_an_option_that_would_be_ignored(requests: HttpRequests, options: dict[str, object], words: str) -> None:
    with pytest.raises(TypeError, match=words):
        await status(requests, "http://127.0.0.1:9/", **options)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("https://user:pass-word@login.example.org/a?code=secret", "leads to https://login.example.org/a"),
        ("http://[::", "an unreadable URL"),
    ],
)
async def test_a_redirect_is_a_typed_error(requests: HttpRequests, target: str, said: str) -> None:
    """A target that cannot be parsed as well; credentials and the query of the target are not shown."""
    async with running(answer(status="302 Found", headers=f"Location: {target}\r\n")) as server:
        with pytest.raises(InvalidResponse) as refused:
            await status(requests, server.url)
    assert refused.value.detail.endswith(said)
    assert isinstance(refused.value, HTTPClientError)


async def test_the_credentials_of_a_proxy_are_for_no_other_proxy() -> None:
    settings = TransportSettings(proxy_url="http://127.0.0.1:9", proxy_username="hub", proxy_password="secret")
    requests = HttpRequests("Campus", Transport(settings, LOG), LOG)
    own = {"proxy_username": "me", "proxy_password": "mine"}
    for port, options in ((1, {}), (2, own), (9, {})):
        with pytest.raises(ProviderUnreachable):
            await status(requests, "http://login.example.org/", proxy_host="127.0.0.1", proxy_port=port, **options)
    assert [(each.proxy_username, each.proxy_password) for each in requests._others] == [(None, None), ("me", "mine")]
