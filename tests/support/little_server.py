"""A user's server without a process, for what happens around the starting and stopping of one."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web
from jupyterhub import __version__
from jupyterhub.spawner import Spawner

from .browser import Browser
from .hub import Hub


class LittleServer(Spawner):
    """A user's server that says yes to everything."""

    async def start(self):
        self._app = web.AppRunner(web.Application(), access_log=None)
        self._app.app.router.add_route("*", "/{path:.*}", self.answer)
        await self._app.setup()
        await web.TCPSite(self._app, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._app.addresses[0][1]}"

    async def answer(self, request):
        return web.Response(text="{}", headers={"X-JupyterHub-Version": __version__})

    async def stop(self, now=False):
        await self._app.cleanup()
        self._app = None

    async def poll(self):
        return None if getattr(self, "_app", None) else 0


async def start_server(hub: Hub, browser: Browser, name: str = "alice") -> Any:
    """Have the user of `browser` start their server, which must be a `LittleServer`; the Hub's user."""
    # Not on to the server itself: without a proxy that leads back to the Hub, which waits longer each time around.
    await browser.follow(await browser.get("/hub/spawn"), stop_before=f"{hub.url}/user/")
    user = hub.app.users[name]
    await asyncio.wait_for(user.spawner._spawn_future or asyncio.sleep(0), 20)
    assert user.spawner.active
    return user
