"""The one way out: every request to a provider goes through `Transport`, and its limits hold for all of them.

- Time: connecting, TLS, headers, body and a retry share one limit; a silent provider is left sooner.
- Size: headers and bodies are bounded, compressed ones by what they unpack to.
- Redirects are never followed: the 3xx is the answer. Cookies are never kept. The environment's proxies are not used.
- A GET whose connection breaks is sent once more; a POST never is, since a code or refresh token counts once.
- No exception of aiohttp, ssl or the operating system comes out, and no URL's query, header or body is logged.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from base64 import b64encode
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from ...errors import InvalidResponse, TransportError
from ...protocol.messages import Request, Response
from .body import decompress, read_body
from .faults import FAULTS, is_broken_connection, refused_by_proxy, translate
from .settings import TransportSettings, settings_from_request_kwargs

__all__ = ["Transport", "TransportSettings", "settings_from_request_kwargs"]

MAX_HEADER_BYTES = 32_768
# Idle connections are kept this long, in seconds. A burst of logins then pays for its TLS handshakes once. Servers and
# load balancers that close sooner (5 s is common) do no harm: their closing is noticed when it arrives, see `send`.
KEEPALIVE = 30.0
DNS_TTL = 30
# Turns of the event loop from the end of a connection to its being marked as closed: two without TLS (poll, react),
# three with asyncio's TLS, one to spare.
_TURNS_TO_NOTICE = 4
# What may stand in a URL unquoted (RFC 3986 §2): a URL of these characters goes out exactly as it was built.
_PLAIN_URL = re.compile(r"[!-~]+")
# What would end a header's line or break its parser (RFC 9110 §5.5).
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

# The event loop holds tasks by weak references alone.
_owners: set[asyncio.Task[None]] = set()


async def _own(session: aiohttp.ClientSession) -> None:
    """Wait to be cancelled, then close the session: JupyterHub cancels every task when it shuts down."""
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        await session.close()


class Transport:
    """Sends requests to providers, over connections that are kept and shared.

    Parameters
    ----------
    settings:
        Limits, TLS and proxy.
    log:
        Gets one debug line per request (label, host, status, milliseconds), and a warning now if certificates are
        not verified.

    Raises
    ------
    ConfigurationError
        A certificate or key file of the settings cannot be used.

    Connections belong to the event loop that `send` is called in; another loop gets connections of its own.
    """

    def __init__(self, settings: TransportSettings, log: logging.Logger | logging.LoggerAdapter[Any]) -> None:
        self.settings = settings
        self._log = log
        self._tls = settings.tls_context()
        self._timeout = self._limits(settings.timeout)
        self._proxy = URL(settings.proxy_url) if settings.proxy_url else None
        self._proxy_headers: dict[str, str] = {}
        if settings.proxy_username is not None:
            credentials = f"{settings.proxy_username}:{settings.proxy_password or ''}".encode()
            self._proxy_headers["Proxy-Authorization"] = f"Basic {b64encode(credentials).decode()}"
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._owner: asyncio.Task[None] | None = None
        if not settings.verify:
            log.warning(
                "TLS certificates of login providers are NOT verified: anybody on the network path can read the "
                "client secret and log in as any user. Use this in tests alone."
            )

    async def send(self, request: Request) -> Response:
        """Send `request`; the answer, whatever its status.

        Raises
        ------
        ProviderUnreachable
            No connection, a broken one, or an address that cannot be requested.
        ProviderTimeout
            No complete answer in time.
        InvalidResponse
            An answer that is not HTTP, is too large, or is compressed in a way that cannot be read.
        """
        started = time.monotonic()
        outcome = "cancelled"
        try:
            response = await self._send(request, started)
        except FAULTS as exc:
            error = translate(exc, _what(request), self.settings)
            outcome = type(error).__name__
        except TransportError as exc:
            outcome = type(exc).__name__
            raise
        else:
            outcome = str(response.status)
            return response
        finally:
            if self._log.isEnabledFor(logging.DEBUG):
                self._log.debug("%s: %s in %.0f ms", _what(request), outcome, (time.monotonic() - started) * 1000)
        # Without the original, whose text holds the URL's query: a traceback would show it. Python 3.10 keeps it as the
        # context even here, outside of the except clause.
        raise error from None

    async def close(self) -> None:
        """Close all connections. May be called twice; a later `send` opens new ones."""
        owner, loop = self._owner, self._loop
        self._disown()
        if owner is not None and loop is asyncio.get_running_loop():
            await asyncio.wait({owner})

    async def _send(self, request: Request, started: float) -> Response:
        if not _PLAIN_URL.fullmatch(request.url):
            raise ValueError
        url = URL(request.url, encoded=True)
        if url.scheme not in ("http", "https") or not url.raw_host or url.raw_user is not None:
            raise ValueError
        if any(_CONTROLS.search(value) for value in request.headers.values()):
            raise ValueError  # not every version of aiohttp looks
        if request.method != "GET":
            # An idle connection that its server has closed shows it only when the loop has read from it. A request that
            # must not be sent twice must not meet one, so the loop turns first, and the pool drops what has ended.
            for _ in range(_TURNS_TO_NOTICE):
                await asyncio.sleep(0)
            return await self._attempt(request, url, self._timeout)
        try:
            return await self._attempt(request, url, self._timeout)
        except FAULTS as exc:
            left = started + self.settings.timeout - time.monotonic()
            if left <= 0 or not is_broken_connection(exc):
                raise
        return await self._attempt(request, url, self._limits(left))

    async def _attempt(self, request: Request, url: URL, limits: aiohttp.ClientTimeout) -> Response:
        headers = request.headers
        tunnel_headers = None
        if self._proxy_headers:
            if url.scheme == "https":
                tunnel_headers = self._proxy_headers  # for CONNECT alone: the provider must not see them
            else:
                headers = {**headers, **self._proxy_headers}
        response = await self._open_session().request(
            request.method,
            url,
            headers=headers,
            data=request.body,
            allow_redirects=False,
            timeout=limits,
            proxy=self._proxy,
            proxy_headers=tunnel_headers,
        )
        try:
            return await self._read(response, f"{request.label}: {url.raw_host}:{url.port}")
        except BaseException:
            response.close()  # the rest of the answer is unread: nothing else may use this connection
            raise

    async def _read(self, response: aiohttp.ClientResponse, what: str) -> Response:
        headers: dict[str, str] = {}
        size = 0
        for name, value in response.headers.items():
            size += len(name) + len(value)
            key = name.lower()
            headers[key] = f"{headers[key]}, {value}" if key in headers else value  # RFC 9110 §5.3
        if size > MAX_HEADER_BYTES:
            raise InvalidResponse(f"{what}: the headers are larger than {MAX_HEADER_BYTES} bytes")
        if response.status == 407 and self._proxy is not None:
            raise refused_by_proxy(what, 407, self.settings)
        limit = self.settings.max_body_bytes
        body = await read_body(response, limit, what)
        response.release()
        encoding = headers.get("content-encoding")
        if encoding is not None:
            body = decompress(body, encoding, limit, what)
        return Response(response.status, headers, body)

    def _limits(self, total: float) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(
            total=total,
            sock_connect=self.settings.connect_timeout,
            sock_read=self.settings.silence_timeout,
            ceil_threshold=float("inf"),  # limits are kept as they are, not rounded up to whole seconds
        )

    def _open_session(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if self._session is not None and self._loop is loop and not self._session.closed:
            return self._session
        self._disown()
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=self._tls,
                limit=self.settings.max_connections,
                limit_per_host=0,
                keepalive_timeout=KEEPALIVE,
                ttl_dns_cache=DNS_TTL,
                # The system's resolver, so that the hosts file and search domains count as they do everywhere else.
                resolver=aiohttp.ThreadedResolver(),
            ),
            headers={"User-Agent": self.settings.user_agent, "Accept-Encoding": "identity"},
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            max_line_size=MAX_HEADER_BYTES,
            max_field_size=MAX_HEADER_BYTES,
        )
        if hasattr(session, "_retry_connection"):
            # aiohttp 3.11 and later: without its own retry of every GET, so that ours is the only one.
            session._retry_connection = False
        owner = loop.create_task(_own(session), name="connections to login providers")
        _owners.add(owner)
        owner.add_done_callback(_owners.discard)
        self._session, self._loop, self._owner = session, loop, owner
        return session

    def _disown(self) -> None:
        """Let go of the session, and have its owner close it wherever its loop still runs."""
        owner, loop = self._owner, self._loop
        self._session = self._loop = self._owner = None
        if owner is None or loop is None or loop.is_closed():
            return
        # Through the loop's queue: it may run in another thread, and an owner that was made just now begins first.
        loop.call_soon_threadsafe(owner.cancel)


def _what(request: Request) -> str:
    """The request's label and its host and port, and nothing else of its URL."""
    try:
        parts = urlsplit(request.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return f"{request.label}: an address that is no URL"
    if not parts.hostname or not _PLAIN_URL.fullmatch(parts.hostname):
        return f"{request.label}: an address without a usable host name"
    return f"{request.label}: {parts.hostname[:253]}:{port}"
