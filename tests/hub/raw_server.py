"""A server that writes raw bytes, so that it can give every invalid answer; and a small HTTP proxy."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field


@dataclass
class Received:
    """One request as it came, and the connection to answer on."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    server: RawServer

    async def write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def silence(self, seconds: float | None = None) -> None:
        """Wait until the test is over, or for a while."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.server.over.wait(), seconds)

    def reset(self) -> None:
        """Break the connection with a TCP reset."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        self.writer.transport.abort()


Handler = Callable[[Received], Awaitable[None]]


@dataclass
class RawServer:
    """What a server has seen. `handler` may be exchanged in the middle of a test."""

    handler: Handler
    scheme: str = "http"
    host: str = "localhost"
    port: int = 0
    connections: int = 0
    requests: list[Received] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    writers: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.add(writer)
        try:
            while not writer.is_closing():
                request = await read_request(reader, writer, self)
                self.requests.append(request)
                await self.handler(request)
        except (OSError, EOFError, asyncio.LimitOverrunError):
            pass
        finally:
            self.writers.discard(writer)
            writer.close()

    def hang_up(self) -> None:
        """Close every connection at once, below asyncio, so that the FIN is on its way when this returns."""
        for writer in self.writers:
            writer.get_extra_info("socket").shutdown(socket.SHUT_RDWR)


async def read_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: RawServer) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method, target, headers, body, reader, writer, server)


@contextlib.asynccontextmanager
async def running(
    handler: Handler, *, tls: ssl.SSLContext | None = None, host: str = "localhost"
) -> AsyncIterator[RawServer]:
    state = RawServer(handler, scheme="https" if tls else "http", host=host)
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(state.serve(reader, writer)))

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls, backlog=300)
    state.port = server.sockets[0].getsockname()[1]
    try:
        yield state
    finally:
        state.over.set()
        server.close()
        for writer in list(state.writers):
            writer.transport.abort()
        await asyncio.gather(*tasks)


def answer(body: bytes = b"{}", *, status: str = "200 OK", headers: str = "") -> Handler:
    """A handler that answers whole. `headers` are lines that end with CRLF."""
    data = f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode("latin-1") + body

    async def handler(request: Received) -> None:
        await request.write(data)

    return handler


def in_turn(*handlers: Handler) -> Handler:
    """The first handler for the first request, and so on; the last one for all the rest."""
    waiting = list(handlers)

    async def handler(request: Received) -> None:
        await (waiting.pop(0) if len(waiting) > 1 else waiting[0])(request)

    return handler


async def silent(request: Received) -> None:
    """F1."""
    await request.silence()


async def drip(request: Received) -> None:
    """F2: a body that comes a byte at a time."""
    await request.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not request.server.over.is_set():
        await request.write(b" ")
        await request.silence(0.02)


async def drip_headers(request: Received) -> None:
    await request.write(b"HTTP/1.1 200 OK\r\n")
    while not request.server.over.is_set():
        await request.write(b"X-A: b\r\n")
        await request.silence(0.02)


async def reset(request: Received) -> None:
    """F3."""
    request.reset()


async def reset_in_body(request: Received) -> None:
    await request.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
    await request.silence(0.05)  # a reset overtakes what was written before it
    request.reset()


async def hang_up(request: Received) -> None:
    """F4."""
    request.writer.close()


async def truncated(request: Received) -> None:
    """F5."""
    await request.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
    request.writer.close()


async def truncated_chunks(request: Received) -> None:
    await request.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc")
    request.writer.close()


def proxy(credentials: str | None = None) -> Handler:
    """A proxy for both kinds of target: absolute URLs are answered by itself, CONNECT is tunnelled."""
    expected = f"Basic {base64.b64encode(credentials.encode()).decode()}" if credentials else None

    async def handler(request: Received) -> None:
        if request.headers.get("proxy-authorization") != expected:
            await request.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        if request.method != "CONNECT":
            await answer(b'{"by": "proxy"}')(request)
            return
        port = int(request.target.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await request.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(_relay(request.reader, writer), _relay(reader, request.writer))

    return handler


async def _relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
