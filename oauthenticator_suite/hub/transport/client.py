"""The HTTP client: every request to a provider goes through `Transport`, which applies the same limits to all.

- Time: connecting, TLS, headers, body and the retry share one limit. A provider that sends nothing has a shorter limit.
- Size: headers and bodies are limited, compressed bodies by their decompressed size.
- Redirects are not followed: the 3xx is the response. Cookies are not kept. Which proxy a request uses is decided by
  `proxies`, and not by aiohttp, whose own reading of the environment knows no address ranges and reads ``.netrc``.
- If the connection of a GET request breaks, the request is sent once more. A POST request is never sent twice, because
  a code or refresh token can be used only once. (`hub.oauth.dpop` may send one again that the provider has refused.)
- No exception of aiohttp, ssl or the operating system is raised. No URL query, header or body is logged.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from ...errors import InvalidResponse, TransportError
from ...protocol.messages import Request, Response
from .addresses import AddressGuard, CheckedRequest, CheckedResolver, passing
from .body import decompress, read_body
from .faults import FAULTS, is_broken_connection, refused_by_proxy, translate
from .proxies import Proxy, host_and_port
from .recording import Exchange, Recording
from .settings import TransportSettings, settings_from_request_kwargs
from .tls import RenewedContext

__all__ = ["Transport", "TransportSettings", "settings_from_request_kwargs"]

MAX_HEADER_BYTES = 32_768
# How long idle connections are kept, in seconds, so that a burst of logins needs few TLS handshakes. Many servers and
# load balancers close connections sooner (often after 5 s); `_send` notices that.
KEEPALIVE = 30.0
DNS_TTL = 30
# Event-loop iterations between the end of a connection and its being marked as closed: two without TLS (poll, react),
# three with asyncio's TLS, and one in reserve.
_ITERATIONS_TO_NOTICE = 4
# Seconds that a request of an operator's own code may take at most, for `retire`.
_LONGEST_REQUEST = 3600.0
# Characters that need no quoting (RFC 3986 §2). A URL of these characters is sent exactly as it was built.
_PLAIN_URL = re.compile(r"[!-~]+")
# The number of hosts whose route is logged. More than that come only from the operator's own requests.
_MAX_ANNOUNCED = 100
# Characters that are not allowed in a header's value (RFC 9110 §5.5).
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

# An attribute of an exception: see TransportError.
_ANSWERED = "answered"

# The event loop keeps only weak references to tasks.
_owners: set[asyncio.Task[None]] = set()


async def _own(session: aiohttp.ClientSession, resolver: CheckedResolver) -> None:
    """Close the session when this task is cancelled. JupyterHub cancels all tasks when it shuts down."""
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        await session.close()
        await resolver.close()


ObserveRequest = Callable[[str, str, float], None]


class Transport:
    """Sends requests to providers over pooled connections.

    Connections belong to the event loop in which `send` is called. Another event loop gets new connections.

    Parameters
    ----------
    settings:
        Limits, TLS and proxy.
    log:
        Receives one debug line per request (label, host, status, milliseconds), and a warning if certificates are not
        verified.
    observe:
        Gets the label of each request that has ended, its HTTP status or the name of the error's class, and how many
        seconds it took. It must not raise.
    guard:
        Which addresses the requests may use. None for a tool or test that sends configured requests only.

    Raises
    ------
    ConfigurationError
        If a certificate or key file of the settings cannot be used.
    """

    def __init__(
        self,
        settings: TransportSettings,
        log: logging.Logger | logging.LoggerAdapter[Any],
        observe: ObserveRequest | None = None,
        guard: AddressGuard | None = None,
    ) -> None:
        self.settings = settings
        self.observe = observe
        self.guard = guard
        self._log = log
        self._tls = RenewedContext(settings, log)
        self._has_proxies = settings.has_proxies
        self._announced: set[str] = set()
        self._has_told_of_proxy = False
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._owner: asyncio.Task[None] | None = None
        self._recording: Recording | None = None
        if not settings.verify:
            log.warning(
                "TLS certificates of login providers are NOT verified: an attacker on the network path can read the "
                "client secret and log in as any user. Use this in tests only."
            )

    def record(self) -> Recording:
        """Record all requests from now on, for tools. Call it before the first request: see `Recording`."""
        if self._recording is None:
            self._recording = Recording()
            self._tls.prepare(self._recording.record_handshakes)
        return self._recording

    def announce_routes(self, urls: Iterable[str]) -> None:
        """Log through which proxy requests to the hosts of these URLs go, once per host; nothing without proxies.

        `send` does the same for hosts that become known later, such as those in a provider's metadata.
        """
        if not self._has_proxies:
            return
        for url in urls:
            host = host_and_port(url)
            if not host or host in self._announced or len(self._announced) >= _MAX_ANNOUNCED:
                continue
            self._announced.add(host)
            proxy = self.settings.proxy_for(url)
            if proxy is None:
                self._log.info("Requests to %s are sent directly: no proxy of the environment applies to it", host)
            else:
                self._log.info("Requests to %s are sent through the proxy %s (%s)", host, proxy.url, proxy.source)
                self._tell_of_proxy()

    def _tell_of_proxy(self) -> None:
        if self.guard is not None and not self._has_told_of_proxy:
            self._has_told_of_proxy = True
            self._log.info(
                "The proxy resolves host names, so the Hub cannot check to which addresses the URLs in the provider's "
                "documents lead. Have the proxy refuse connections to private addresses."
            )

    async def send(self, request: Request, settings: TransportSettings | None = None) -> Response:
        """Send `request` and return the response, with any status.

        Parameters
        ----------
        settings:
            Other time limits for this request. TLS, proxy and sizes are always those of the transport.

        Raises
        ------
        ProviderUnreachable
            If the connection fails or breaks, or the URL or a header is not valid.
        ProviderTimeout
            If the response is not complete within the time limits.
        InvalidResponse
            If the response is not HTTP, is too large, or cannot be decompressed.
        """
        if self._recording is None:
            return await self._exchange(request, settings or self.settings)
        sent_at, response, error = time.time(), None, None
        try:
            response = await self._exchange(request, settings or self.settings)
        except TransportError as exc:
            error = exc
            raise
        finally:
            self._recording.exchanges.append(Exchange(request, response, error, sent_at, time.time()))
        return response

    async def _exchange(self, request: Request, times: TransportSettings) -> Response:
        """Send a request, and log what came of it."""
        started = time.monotonic()
        outcome = "cancelled"
        self.announce_routes((request.url,))
        try:
            response = await self._send(request, started, times)
        except FAULTS as exc:
            error = translate(exc, _what(request), times, self.settings.proxy_for(request.url))
            error.answered = getattr(exc, _ANSWERED, False)
            outcome = type(error).__name__
        except TransportError as exc:
            outcome = type(exc).__name__
            raise
        else:
            outcome = str(response.status)
            return response
        finally:
            seconds = time.monotonic() - started
            if self._log.isEnabledFor(logging.DEBUG):
                self._log.debug("%s: %s in %.0f ms", _what(request), outcome, seconds * 1000)
            if self.observe is not None:
                self.observe(request.label, outcome, seconds)
        # The original exception's text contains the URL's query, which a traceback would show. Python 3.10 keeps the
        # original as the context even outside the except clause.
        raise error from None

    async def close(self) -> None:
        """Close all connections. Calling it again has no effect. A later `send` opens new connections."""
        owner, loop = self._owner, self._loop
        self._disown()
        if owner is not None and loop is asyncio.get_running_loop():
            await asyncio.wait({owner})

    def retire(self) -> None:
        """Close all connections as soon as no request of now can still be running. Nothing may be sent after this."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_later(_LONGEST_REQUEST, self._disown)

    async def _send(self, request: Request, started: float, times: TransportSettings) -> Response:
        if not _PLAIN_URL.fullmatch(request.url):
            raise ValueError
        url = URL(request.url, encoded=True)
        if url.scheme not in ("http", "https") or not url.raw_host or url.raw_user is not None:
            raise ValueError
        if any(_CONTROLS.search(value) for value in request.headers.values()):
            raise ValueError  # not every version of aiohttp checks this
        if request.method != "GET":
            # The event loop must run before it notices that a server has closed an idle connection. A request that
            # must not be sent twice must not use such a connection, so let the pool drop closed connections first.
            for _ in range(_ITERATIONS_TO_NOTICE):
                await asyncio.sleep(0)
            return await self._attempt(request, url, _limits(times, times.timeout))
        try:
            return await self._attempt(request, url, _limits(times, times.timeout))
        except FAULTS as exc:
            left = started + times.timeout - time.monotonic()
            if left <= 0 or not is_broken_connection(exc):
                raise
        return await self._attempt(request, url, _limits(times, left))

    async def _attempt(self, request: Request, url: URL, limits: aiohttp.ClientTimeout) -> Response:
        headers = request.headers
        tunnel_headers = None
        proxy = self.settings.proxy_for(request.url) if self._has_proxies else None
        if proxy is not None and proxy.authorization is not None:
            credentials = {"Proxy-Authorization": proxy.authorization}
            if url.scheme == "https":
                tunnel_headers = credentials  # for CONNECT only: the provider must not receive them
            else:
                headers = {**headers, **credentials}
        what, passage = f"{request.label}: {url.raw_host}:{url.port}", None
        if self.guard is not None:
            passage = self.guard.passage(request, url, what, is_direct=proxy is None)
        with passing(passage):
            response = await self._open_session().request(
                request.method,
                url,
                headers=headers,
                data=request.body,
                ssl=self._tls.current(),
                allow_redirects=False,
                timeout=limits,
                proxy=URL(proxy.url) if proxy is not None else None,
                proxy_headers=tunnel_headers,
            )
        if self.guard is not None and passage is not None:
            self.guard.note_answer(passage)
        try:
            return await self._read(response, what, proxy)
        except BaseException as exc:
            response.close()  # the rest of the response is unread, so the connection cannot be reused
            setattr(exc, _ANSWERED, 200 <= response.status < 300)
            raise

    async def _read(self, response: aiohttp.ClientResponse, what: str, proxy: Proxy | None) -> Response:
        headers: dict[str, str] = {}
        size = 0
        for name, value in response.headers.items():
            size += len(name) + len(value)
            key = name.lower()
            headers[key] = f"{headers[key]}, {value}" if key in headers else value  # RFC 9110 §5.3
        if size > MAX_HEADER_BYTES:
            raise InvalidResponse(f"{what}: the headers are larger than {MAX_HEADER_BYTES} bytes")
        if response.status == 407 and proxy is not None:
            raise refused_by_proxy(what, 407, proxy)
        limit = self.settings.max_body_bytes
        body = await read_body(response, limit, what)
        response.release()
        encoding = headers.get("content-encoding")
        if encoding is not None:
            body = decompress(body, encoding, limit, what)
        return Response(response.status, headers, body)

    def _open_session(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if self._session is not None and self._loop is loop and not self._session.closed:
            return self._session
        self._disown()
        # The system's resolver, so that the hosts file and search domains apply.
        resolver = CheckedResolver(aiohttp.ThreadedResolver(), DNS_TTL)
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=self._tls.current(),
                limit=self.settings.max_connections,
                limit_per_host=0,
                keepalive_timeout=KEEPALIVE,
                use_dns_cache=False,  # the resolver has a cache
                resolver=resolver,
            ),
            request_class=CheckedRequest,
            headers={"User-Agent": self.settings.user_agent, "Accept-Encoding": "identity"},
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            max_line_size=MAX_HEADER_BYTES,
            max_field_size=MAX_HEADER_BYTES,
        )
        if hasattr(session, "_retry_connection"):
            # aiohttp 3.11 and later retries GET requests itself. Only our retry respects the time limit.
            session._retry_connection = False
        owner = loop.create_task(_own(session, resolver), name="connections to login providers")
        _owners.add(owner)
        owner.add_done_callback(_owners.discard)
        self._session, self._loop, self._owner = session, loop, owner
        return session

    def _disown(self) -> None:
        """Forget the session, and let its owner task close it if the event loop still runs."""
        owner, loop = self._owner, self._loop
        self._session = self._loop = self._owner = None
        if owner is None or loop is None or loop.is_closed():
            return
        # The loop may run in another thread. Also, an owner task that was just created must start before it is
        # cancelled.
        loop.call_soon_threadsafe(owner.cancel)


def _limits(times: TransportSettings, total: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(
        total=total,
        sock_connect=times.connect_timeout,
        sock_read=times.silence_timeout,
        ceil_threshold=float("inf"),  # do not round limits up to whole seconds
    )


def _what(request: Request) -> str:
    """The request's label, host and port, for logs and errors. Other parts of the URL may be secret."""
    try:
        parts = urlsplit(request.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return f"{request.label}: an invalid URL"
    if not parts.hostname or not _PLAIN_URL.fullmatch(parts.hostname):
        return f"{request.label}: a URL without a valid host name"
    return f"{request.label}: {parts.hostname[:253]}:{port}"
