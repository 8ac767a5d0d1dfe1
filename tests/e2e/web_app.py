"""A small web application whose users log in through a hub, with JupyterHub's own client library.

It runs as a separate process: ``python -m tests.e2e.web_app <host> <port>``, with the rest in the environment, by the
names that JupyterHub gives to services.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from pathlib import Path
from urllib.parse import urlsplit

from jupyterhub.services.auth import HubOAuthCallbackHandler, HubOAuthenticated
from tornado import web

from tests.ports import reserve_port

from .hub_process import REPOSITORY, HubProcess
from .processes import ServerProcess


class WebApplication:
    """Made before its hub starts, for the hub must know its address; started after it."""

    def __init__(self) -> None:
        host = "127.0.0.3"
        self.url = f"http://{host}:{reserve_port(host, until_exit=True)}"
        self.token = secrets.token_hex(32)

    def process(self, folder: Path, hub: HubProcess) -> ServerProcess:
        where = urlsplit(self.url)
        return ServerProcess(
            "the web application",
            [sys.executable, "-m", __name__, str(where.hostname), str(where.port)],
            ready_url=f"{self.url}/health",
            log_file=folder / "web-application.log",
            directory=REPOSITORY,
            environment=os.environ
            | {
                "JUPYTERHUB_API_TOKEN": self.token,
                "JUPYTERHUB_API_URL": hub.page("api"),
                "JUPYTERHUB_HOST": hub.url,
                "JUPYTERHUB_CLIENT_ID": "service-notes",
                "JUPYTERHUB_SERVICE_PREFIX": "/",
                "JUPYTERHUB_OAUTH_CALLBACK_URL": f"{self.url}/oauth_callback",
            },
        )


class WhoAmI(HubOAuthenticated, web.RequestHandler):
    """What the application learns of its user."""

    @web.authenticated
    def get(self) -> None:
        user = self.current_user
        self.write({"name": user["name"], "groups": sorted(user["groups"]), "kind": user["kind"]})


class Health(web.RequestHandler):
    def get(self) -> None:
        self.write("well")


async def serve(host: str, port: int) -> None:
    routes = [("/", WhoAmI), ("/oauth_callback", HubOAuthCallbackHandler), ("/health", Health)]
    web.Application(routes, cookie_secret=secrets.token_bytes(32)).listen(port, host)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
