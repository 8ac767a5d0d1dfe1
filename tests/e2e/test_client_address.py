"""Behind JupyterHub's real proxies, the one from npm and the one from PyPI, no header makes a client another client.

The clients of these tests have different addresses of the loopback network.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator
from oauthenticator_suite.local.forms.throttle import PAIR_FREE
from tests.ports import reserve_port
from tests.support import Hub

from .certified_provider import npm_proxy
from .processes import ServerProcess

ATTACKER, VICTIM, OTHER = "127.0.0.5", "127.0.0.6", "127.0.0.7"
HEADERS = ("X-Real-Ip", "X-Forwarded-For", "X-Client-Ip", "True-Client-Ip", "Forwarded")


def pypi_proxy() -> list[str]:
    command = shutil.which("configurable-http-proxy", path=str(Path(sys.executable).parent))
    assert command is not None, "configurable-http-proxy from PyPI is not installed"
    return [command]


@asynccontextmanager
async def proxy_before(hub: Hub, command: list[str], folder: Path) -> AsyncIterator[str]:
    """The URL of a proxy that leads to `hub`."""
    port, api_port = reserve_port(), reserve_port()
    process = ServerProcess(
        "the proxy",
        [
            *(*command, "--ip=127.0.0.1", f"--port={port}", "--api-ip=127.0.0.1", f"--api-port={api_port}"),
            f"--default-target={hub.url}",
        ],
        ready_url=f"http://127.0.0.1:{api_port}/api/routes",
        log_file=folder / "proxy.log",
        environment=os.environ,
    )
    await asyncio.to_thread(process.start)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await asyncio.to_thread(process.end)


async def guess(url: str, address: str, headers: dict[str, str], name: str = "ada", password: str = "wrong") -> int:
    """The status of an attempt of a client with this address, in a browser that the Hub does not know."""
    jar, connector = aiohttp.CookieJar(unsafe=True), aiohttp.TCPConnector(local_addr=(address, 0))
    async with aiohttp.ClientSession(cookie_jar=jar, connector=connector, headers=headers) as session:
        async with session.get(f"{url}/hub/login") as page:
            assert page.status == 200
        xsrf = next(cookie.value for cookie in jar if cookie.key == "_xsrf")
        fields = {"username": name, "password": password, "_xsrf": xsrf}
        async with session.post(f"{url}/hub/login", data=fields, allow_redirects=False) as answer:
            return answer.status


@pytest.mark.parametrize("proxy", [npm_proxy, pypi_proxy])
async def test_no_header_makes_another_client(
    proxy: Callable[[], list[str]], hubs: Callable[..., Awaitable[Any]], tmp_path: Path
) -> None:
    config = Config()
    config.JupyterHub.authenticator_class = DictionaryAuthenticator
    config.DictionaryAuthenticator.update(passwords={"ada": "lovelace"}, allow_all=True, failure_delay=0)
    command = proxy()
    hub = await hubs(config)
    async with proxy_before(hub, command, tmp_path) as url:
        for number in range(PAIR_FREE):
            # the attacker tries to look like many clients, and like the victim
            claimed = VICTIM if number % 2 else f"203.0.113.{number}"
            lies = dict.fromkeys(HEADERS, claimed)
            assert await guess(url, ATTACKER, lies) == 403
        assert await guess(url, ATTACKER, dict.fromkeys(HEADERS, "203.0.113.200"), "ada", "lovelace") == 429
        assert all(f"from {ATTACKER}:" in line for line in hub.log.lines_with("login failed for"))
        assert not hub.accounts()
        assert await guess(url, VICTIM, {}, "ada", "lovelace") == 302
        assert await guess(url, OTHER, {"X-Forwarded-For": ATTACKER, "X-Real-Ip": ATTACKER}, "ada", "lovelace") == 302
