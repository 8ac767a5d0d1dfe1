"""A real JupyterHub in its own process, for the tests to sign in to."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

SECONDS_TO_START = 60

WITHOUT_A_PROXY = '''
from jupyterhub.proxy import Proxy

class NoProxy(Proxy):
    """No proxy: browsers connect to the Hub directly."""

    should_start = False

    async def add_route(self, routespec, target, data):
        pass

    async def delete_route(self, routespec):
        pass

    async def get_all_routes(self):
        return {}

c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.bind_url = c.JupyterHub.hub_bind_url = "http://127.0.0.1:PORT"
c.JupyterHub.authenticator_class = "{{ cookiecutter.name }}"
'''


@pytest.fixture(scope="module")
def start_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """`start_hub(configuration)` starts a Hub with this package's authenticator, and returns its URL."""
    with ExitStack() as stack:

        def start(configuration: str) -> str:
            folder = tmp_path_factory.mktemp("hub")
            # A bound socket that does not listen: on Linux it keeps the port for the Hub until the tests end.
            reserved = stack.enter_context(socket.socket())
            reserved.bind(("127.0.0.1", 0))
            reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            port = reserved.getsockname()[1]
            if sys.platform != "linux":
                reserved.close()
            config = folder / "jupyterhub_config.py"
            config.write_text(WITHOUT_A_PROXY.replace("PORT", str(port)) + configuration, encoding="utf-8")
            with (folder / "hub.log").open("wb") as log:
                command = [sys.executable, "-m", "jupyterhub", "--config", str(config)]
                process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
            stack.callback(end, process)
            wait_for(process, f"http://127.0.0.1:{port}/hub/health", folder / "hub.log")
            return f"http://127.0.0.1:{port}"

        yield start


def wait_for(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Return when the Hub answers. Raises AssertionError, with the end of its log, when it does not start."""
    deadline = time.monotonic() + SECONDS_TO_START
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if requests.get(url, timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError("the Hub has not started:\n" + log.read_text(encoding="utf-8", errors="replace")[-3000:])


def end(process: subprocess.Popen[bytes]) -> None:
    """Terminate a Hub, and kill it if it does not end."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
