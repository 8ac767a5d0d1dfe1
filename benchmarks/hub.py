"""A real JupyterHub with the authenticator that is measured, in a separate process.

    python hub.py SIDE ISSUER PORT [OPTIONS]

SIDE is "null", "bare", "peer", "ours" or "several". OPTIONS are more options by class, as JSON. With the key "stalls",
one of the figures is the longest time for which a single callback has blocked the event loop since the figures were
last read. Measuring it slows the Hub down a little. With "lag": false, the lag of the event loop is not measured.

The handlers, the database (in memory), the cookies, the encrypted `auth_state` and the log are JupyterHub's own. Only
the proxy is replaced, by a dict of routes: the browsers connect to the Hub directly, and no server is started.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from typing import Any

from browsers import ONE_OF_SEVERAL
from jupyterhub.app import JupyterHub
from jupyterhub.proxy import Proxy
from meters import LoopLag, SQLCounter
from provider import CLIENT_ID, CLIENT_SECRET
from traitlets.config import Config
from worker import Figures, cpu_wait, report, resident

CRYPT_KEY = "b" * 64
"""The key of `auth_state`, in hexadecimal."""

TICK = 0.1
"""Seconds between two checks of how late the event loop calls a timer."""


class RoutesInMemory(Proxy):
    """A proxy through which no request goes."""

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
    """The class and its options. For ours and the peer, as their documentation recommends for an OpenID provider.

    "several" offers five OpenID providers and a form. All five are the same provider under different names.

    Ours reads the endpoints and keys from the provider's metadata, and verifies the signature of each ID token. The
    peer has no discovery and verifies no ID token, so it does less for a login.
    """
    everywhere = {"allow_all": True, "enable_auth_state": True}
    if side == "null":
        return "null_authenticator.NullAuthenticator", Config(everywhere)
    if side == "bare":
        return "bare_authenticator.BareAuthenticator", Config(everywhere, issuer=issuer)
    both = {
        **everywhere,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "scope": ["openid", "profile", "email"],
        "username_claim": "preferred_username",
    }
    if side == "ours":
        return "oauthenticator_suite.GenericOAuthenticator", Config(both, issuer=issuer)
    if side == "several":
        own = {name: value for name, value in both.items() if name != "enable_auth_state"}
        entries = [
            {
                "authenticator_class": "oauthenticator_suite.GenericOAuthenticator",
                "provider": name,
                "login_service": name.title(),
                "config": {**own, "issuer": issuer},
            }
            for name in (ONE_OF_SEVERAL, "second", "third", "fourth", "fifth")
        ]
        form = {"passwords": {"root": "a secret of the benchmark"}}
        entries.append({"authenticator_class": "oauthenticator_suite.DictionaryAuthenticator", "config": form})
        return "oauthenticator_suite.multi.MultiAuthenticator", Config(authenticators=entries, enable_auth_state=True)
    urls = {"authorize_url": "/authorize", "token_url": "/token", "userdata_url": "/userinfo"}
    return (
        "oauthenticator.generic.GenericOAuthenticator",
        Config(both, **{option: issuer + path for option, path in urls.items()}),
    )


class Stalls:
    """Measures how long each callback of the event loop takes: while one runs, the Hub serves no other request.

    It also measures how late a timer is called at most: while many callbacks run one after another, no answer is read.
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
        """The maximum of each in seconds (of clock time and of CPU time), since the last call of this method."""
        figures = {"stall": self._longest, "stall_cpu": self._longest_cpu, "late": self._latest}
        self._longest = self._longest_cpu = self._latest = 0.0
        return figures


async def main(side: str, issuer: str, port: int, more_options: dict[str, Any]) -> None:
    os.environ["JUPYTERHUB_CRYPT_KEY"] = CRYPT_KEY
    os.environ.setdefault("CONFIGPROXY_AUTH_TOKEN", "unused")
    name, options = authenticator_config(side, issuer)
    config = Config({name.rpartition(".")[2]: options})
    config.JupyterHub.update(
        authenticator_class=name,
        proxy_class=RoutesInMemory,
        db_url="sqlite:///:memory:",
        cookie_secret=b"c" * 32,
        bind_url=f"http://127.0.0.1:{port}/",
        hub_bind_url=f"http://127.0.0.1:{port}",
        cleanup_servers=False,
    )
    with_stalls = bool(more_options.pop("stalls", False))
    with_lag = bool(more_options.pop("lag", True))
    for class_name, values in more_options.items():
        config[class_name].update(values)
    sql = SQLCounter()
    hub = JupyterHub.instance(config=config)
    await hub.initialize([])
    await hub.start()
    stalls = Stalls() if with_stalls else None
    lag = LoopLag() if with_lag else None

    def figures() -> Figures:
        return {
            "cpu": time.process_time(),
            "cpu_wait": cpu_wait(),
            "statements": sql.statements,
            "commits": sql.commits,
            "memory": resident(),
            **(lag.take() if lag else {}),
            **(stalls.take() if stalls else {}),
        }

    client = getattr(hub.authenticator, "http_client", None)
    await report({"http_client": type(client).__name__ if client is not None else "aiohttp"}, figures)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), json.loads(sys.argv[4]) if sys.argv[4:] else {}))
