"""What goes wrong below HTTP: answers in single bytes, connections that are closed, and a second listener with TLS."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import TYPE_CHECKING

from aiohttp import web

from tests.ports import reserve_port

if TYPE_CHECKING:
    from .wire import Wire

BETWEEN_BYTES = 0.5
"""Seconds of the event loop between two bytes: less than any limit of silence."""


async def write_slowly(response: web.StreamResponse, body: bytes, released: asyncio.Event) -> None:
    """F2: one byte at a time, until the fake is released or the client has had enough."""
    for byte in body:
        await response.write(bytes([byte]))
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(released.wait(), BETWEEN_BYTES)


async def listen_with_tls(fake: Wire, context: ssl.SSLContext) -> str:
    """The same endpoints once more, with TLS, at ``localhost``; the origin. It ends with the fake."""
    runner = web.AppRunner(fake.application(), access_log=None, handle_signals=False, shutdown_timeout=0.5)
    fake._runners.append(runner)
    await runner.setup()
    port = reserve_port("127.0.0.1")
    await web.TCPSite(runner, "127.0.0.1", port, ssl_context=context).start()
    return f"https://localhost:{port}"
