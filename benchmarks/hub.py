"""A real JupyterHub with the authenticator under test, in one process.

    python hub.py SIDE ISSUER PORT [OPTIONS]

where SIDE is "peer" or "ours", and OPTIONS are further options by class, as JSON. With them, one of its figures is the
longest time that one callback has held up the event loop since it was last asked; measuring that has its price.

Its handlers, database (in memory), cookies, encrypted auth_state and log are the Hub's own. Only the proxy is replaced,
by a dict of routes, since the browsers talk to the Hub directly and nobody starts a server.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from typing import Any

from jupyterhub.app import JupyterHub
from jupyterhub.proxy import Proxy
from provider import CLIENT_ID, CLIENT_SECRET
from traitlets.config import Config
from worker import Figures, cpu_wait, report

TICK = 0.1
"""Seconds between two looks at how late the event loop is."""


class RoutesInMemory(Proxy):
    """A proxy that nobody goes through."""

    should_start = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._routes: dict[str, dict[str, Any]] = {}

    async def add_route(self, routespec: str, target: str, data: dict[str, Any]) -> None:
        self._routes[routespec] = {"routespec": routespec, "target": target, "data": data}

    async def delete_route(self, routespec: str) -> None:
        self._routes.pop(routespec, None)

    async def get_all_routes(self) -> dict[str, dict[str, Any]]:
        return dict(self._routes)


def authenticator_config(side: str, issuer: str) -> tuple[str, Config]:
    """The class and its options, for each side as its documentation recommends for an OpenID provider.

    Ours asks the provider for its endpoints and keys and verifies each ID token's signature. The peer has no
    discovery and verifies no ID token, so its login is the smaller task.
    """
    both = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "scope": ["openid", "profile", "email"],
        "username_claim": "preferred_username",
        "allow_all": True,
        "enable_auth_state": True,
    }
    if side == "ours":
        return "oauthenticator_suite.GenericOAuthenticator", Config(both, issuer=issuer)
    urls = {"authorize_url": "/authorize", "token_url": "/token", "userdata_url": "/userinfo"}
    return (
        "oauthenticator.generic.GenericOAuthenticator",
        Config(both, **{option: issuer + path for option, path in urls.items()}),
    )


class Stalls:
    """Times every callback of the event loop: while one runs, nobody else is served.

    And how late a timer is called at most: while many callbacks run one after another, no answer is read.
    """

    def __init__(self) -> None:
        self._longest = self._longest_cpu = self._latest = 0.0
        run = asyncio.Handle._run

        def timed(handle: asyncio.Handle) -> None:
            began, cpu_began = time.perf_counter(), time.thread_time()
            run(handle)
            self._longest = max(self._longest, time.perf_counter() - began)
            self._longest_cpu = max(self._longest_cpu, time.thread_time() - cpu_began)

        asyncio.Handle._run = timed  # type: ignore[method-assign]
        asyncio.get_running_loop().call_later(TICK, self._tick, time.perf_counter() + TICK)

    def _tick(self, due: float) -> None:
        now = time.perf_counter()
        self._latest = max(self._latest, now - due)
        asyncio.get_running_loop().call_later(TICK, self._tick, now + TICK)

    def take(self) -> Figures:
        """The longest in seconds, by the clock and by CPU time; the next call begins anew."""
        figures = {"stall": self._longest, "stall_cpu": self._longest_cpu, "late": self._latest}
        self._longest = self._longest_cpu = self._latest = 0.0
        return figures


async def main(side: str, issuer: str, port: int, more_options: dict[str, dict[str, Any]]) -> None:
    os.environ.setdefault("JUPYTERHUB_CRYPT_KEY", "b" * 64)
    os.environ.setdefault("CONFIGPROXY_AUTH_TOKEN", "unused")
    name, options = authenticator_config(side, issuer)
    config = Config(GenericOAuthenticator=options)
    config.JupyterHub.update(
        authenticator_class=name,
        proxy_class=RoutesInMemory,
        db_url="sqlite:///:memory:",
        cookie_secret=b"c" * 32,
        bind_url=f"http://127.0.0.1:{port}/",
        hub_bind_url=f"http://127.0.0.1:{port}",
        cleanup_servers=False,
    )
    for class_name, values in more_options.items():
        config[class_name].update(values)
    hub = JupyterHub.instance(config=config)
    await hub.initialize([])
    await hub.start()
    stalls = Stalls() if more_options else None

    def figures() -> Figures:
        return {"cpu": time.process_time(), "cpu_wait": cpu_wait(), **(stalls.take() if stalls else {})}

    client = getattr(hub.authenticator, "http_client", None)
    await report({"http_client": type(client).__name__ if client is not None else "aiohttp"}, figures)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), json.loads(sys.argv[4]) if sys.argv[4:] else {}))
