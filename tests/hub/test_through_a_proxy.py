"""Logins of a Hub that reaches its provider through a proxy only, which the environment or an option names."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import raw_server
from aiohttp import web
from certificates import certificate, server_context
from raw_server import RawServer, running
from traitlets.config import Config
from wikis import LIBRARY, NATIVE, OAUTH_2

from oauthenticator_suite.errors import ConfigurationError
from tests.conftest import generic_config
from tests.fakes.mediawiki import FakeMediaWiki
from tests.fakes.openid_provider import FakeProvider
from tests.support import HubState

pytestmark = pytest.mark.hub_versions

HOST = "login.provider.test"  # a name that only the proxy knows
SECRET = "pass:w/rd"
IN_A_URL = "hub:pass%3Aw%2Frd"

Fake = TypeVar("Fake", FakeProvider, FakeMediaWiki)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    certificate(HOST).save(tmp_path / "server.pem")
    return tmp_path


async def also_by_tls(fake: Fake, folder: Path) -> str:
    """The origin at which the fake can be reached through the proxy: with TLS, and under a name that does not resolve."""
    runner = web.AppRunner(fake.application(), access_log=None)
    fake._runners.append(runner)
    await runner.setup()
    context: ssl.SSLContext = server_context(str(folder / "server.pem"))
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    return f"https://{HOST}:{runner.addresses[0][1]}"


@pytest.fixture
async def provider(folder: Path) -> AsyncIterator[FakeProvider]:
    async with FakeProvider() as provider:
        provider.issuer = await also_by_tls(provider, folder)
        yield provider


@pytest.fixture
async def proxy() -> AsyncIterator[RawServer]:
    async with running(raw_server.proxy(f"hub:{SECRET}"), host="127.0.0.1") as proxy:
        yield proxy


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def start(provider: FakeProvider, hubs: Any, folder: Path) -> Any:
    async def start(request_kwargs: dict[str, Any] | None = None, **traits: Any) -> Any:
        state = HubState()
        provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
        config: Config = generic_config(provider, **traits)
        config.GenericOAuthenticator.authorize_url = f"{provider.origin}/authorize"  # the browser has no proxy
        config.GenericOAuthenticator.http_request_kwargs = {
            "ca_certs": str(folder / "server.pem"),
            **(request_kwargs or {}),
        }
        return await hubs(config, state)

    return start


def tunnels(proxy: RawServer) -> set[tuple[str, str]]:
    return {(request.method, request.target) for request in proxy.requests}


def assert_no_credentials_left(log: Any, fake: FakeProvider | FakeMediaWiki) -> None:
    assert all("proxy-authorization" not in call.headers for call in fake.calls)
    for secret in (SECRET, IN_A_URL.partition(":")[2], "aHViOn"):
        assert secret not in log.text


async def test_https_proxy_in_the_environment(
    provider: FakeProvider, proxy: RawServer, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Metadata, keys, tokens and user data come through the tunnel, in which the provider's certificate is verified."""
    monkeypatch.setenv("https_proxy", proxy.url.replace("://", f"://{IN_A_URL}@"))
    monkeypatch.setenv("no_proxy", "10.0.0.0/8,example.org,a:b:c")
    hub = await start()
    page = await hub.browser().login()
    assert page.status == 200, page.text
    host = provider.issuer.removeprefix("https://")
    assert tunnels(proxy) == {("CONNECT", host)}
    assert {call.endpoint for call in provider.calls} >= {"metadata", "jwks", "token", "userinfo"}
    (said,) = hub.log.lines_with("are sent through")
    assert said.endswith(f": Requests to {host} are sent through the proxy {proxy.url} (https_proxy)")
    assert len(hub.log.lines_with("no_proxy in the environment: the entry 'a:b:c' means no host")) == 1
    assert_no_credentials_left(hub.log, provider)


async def test_a_certificate_is_refused_in_the_tunnel(
    provider: FakeProvider, proxy: RawServer, start: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("://", f"://{IN_A_URL}@"))
    certificate("another.provider.test").save(folder / "other.pem")
    hub = await start({"ca_certs": str(folder / "other.pem")})
    page = await hub.browser().login()
    assert page.status == 502
    assert hub.log.lines_with("the TLS certificate is not accepted")
    assert provider.calls == []  # a login begins with the metadata: the provider may demand pushed or signed requests


async def test_the_option_takes_precedence(
    provider: FakeProvider, proxy: RawServer, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also over a value of the environment that would stop the start-up, and over no_proxy."""
    monkeypatch.setenv("https_proxy", "socks5://elsewhere.test:1")
    monkeypatch.setenv("no_proxy", "*")
    host, port = proxy.host, proxy.port
    hub = await start({"proxy_host": host, "proxy_port": port, "proxy_username": "hub", "proxy_password": SECRET})
    assert (await hub.browser().login()).status == 200
    assert tunnels(proxy) == {("CONNECT", provider.issuer.removeprefix("https://"))}
    assert hub.log.lines_with(f"are sent through the proxy {proxy.url} (http_request_kwargs)")
    assert_no_credentials_left(hub.log, provider)


async def test_an_exception_of_the_environment(
    provider: FakeProvider, proxy: RawServer, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", ".provider.test")
    hub = await start()
    page = await hub.browser().login()
    assert page.status == 502
    assert proxy.connections == 0
    assert hub.log.lines_with("the host name does not resolve")
    assert len(hub.log.lines_with("are sent directly: no proxy of the environment applies to it")) == 1


async def test_a_provider_on_this_machine_needs_no_exception(
    provider: FakeProvider, proxy: RawServer, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What may be sent over plain http because it stays on this machine must not be sent to a proxy."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    provider.issuer = provider.origin
    hub = await start()
    assert (await hub.browser().login()).status == 200
    assert proxy.connections == 0


async def test_without_variables_nothing_is_said(provider: FakeProvider, start: Any) -> None:
    provider.issuer = provider.origin
    hub = await start()
    assert (await hub.browser().login()).status == 200
    assert not hub.log.lines_with("Requests to ")


async def test_an_unsupported_proxy_stops_the_start_up(start: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", f"socks5://{IN_A_URL}@proxy.test:1080")
    with pytest.raises(ConfigurationError, match="https_proxy names a socks5:// proxy") as caught:
        await start()
    assert "pass" not in caught.value.detail.replace("password", "")


async def test_a_proxy_that_refuses_is_named(proxy: RawServer, start: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", proxy.url.replace("://", "://hub:wrong-word@"))
    hub = await start()
    assert (await hub.browser().login()).status == 502
    assert hub.log.lines_with(f"the proxy {proxy.url} answered 407. Check https_proxy in the environment.")
    assert "wrong-word" not in hub.log.text


async def test_a_proxy_that_is_not_there_is_named(start: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(raw_server.proxy()) as gone:
        pass
    monkeypatch.setenv("https_proxy", gone.url)
    hub = await start()
    assert (await hub.browser().login()).status == 502
    assert hub.log.lines_with(f"the proxy {gone.url} cannot be reached")
    assert hub.log.lines_with("Check https_proxy in the environment.")


@pytest.mark.parametrize("way", [NATIVE, LIBRARY, OAUTH_2], ids=["native", "mwoauth", "OAuth 2.0"])
async def test_a_wiki(
    way: dict[str, str],
    hub_at_wiki: Any,
    wiki: FakeMediaWiki,
    proxy: RawServer,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both clients of the wiki's OAuth pages, and OAuth 2.0."""
    monkeypatch.setenv("https_proxy", proxy.url.replace("://", f"://{IN_A_URL}@"))
    plain = wiki.origin
    wiki.origin = await also_by_tls(wiki, folder)
    hub = await hub_at_wiki(**way, http_request_kwargs={"ca_certs": str(folder / "server.pem")})
    browser = hub.browser()
    page = await browser.get("/hub/oauth_login?next=/hub/home")
    assert page.status == 302, page.text
    page = await browser.get(page.location.replace(wiki.origin, plain))  # the browser has no proxy
    page = await browser.follow(page)
    assert (page.status, page.path) == (200, "/hub/home"), page.text
    host = wiki.origin.removeprefix("https://")
    assert tunnels(proxy) == {("CONNECT", host)}
    assert hub.log.lines_with(f"Requests to {host} are sent through the proxy {proxy.url} (https_proxy)")
    assert_no_credentials_left(hub.log, wiki)


async def test_a_wiki_that_needs_no_proxy(
    hub_at_wiki: Any, wiki: FakeMediaWiki, proxy: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """requests would read the environment by itself, and send what goes to this machine to the proxy."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    hub = await hub_at_wiki(**LIBRARY)
    assert (await hub.browser().login()).status == 200
    assert proxy.connections == 0
