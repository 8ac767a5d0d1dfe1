"""The HTTP side of a fake: it listens, records requests, and sends replies, which faults may change."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.parse import quote, quote_plus, urlencode, urlsplit

from aiohttp import web

from tests.ports import reserve_port

from .faults import Faults
from .mutual_tls import certificate_of_request
from .network import write_slowly
from .pages import form_page
from .records import Call, Reply
from .rules import Refused

Fake = TypeVar("Fake", bound="Wire")
Handler = Callable[[Call], Awaitable[Reply]]
Endpoints = dict[str, tuple[str, Handler]]
Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Wire:
    """The HTTP server of a fake, and its record for tests. `FakeProvider` and other fakes add their endpoints."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.faults = Faults() if faults is None else faults
        self.clock: Callable[[], float] = time.time
        self.calls: list[Call] = []
        self.refusals: list[str] = []
        self.secrets: set[str] = set()  # must not leak: client secrets, verifiers, tokens
        self.codes_issued: set[str] = set()  # only the callback URL may contain these
        self.released = asyncio.Event()  # set it to send replies that hang
        self.origin = ""
        self.elsewhere = ""  # another server: every request that arrives there is recorded, and is a leak
        self._arrival = asyncio.Condition()
        self._runners: list[web.AppRunner] = []

    # -- starting and stopping

    def endpoints(self) -> Endpoints:
        """Path → the endpoint's name (under which tests count requests and apply faults) and its handler."""
        raise NotImplementedError

    def application(self) -> web.Application:
        app = web.Application()
        for path, (name, handler) in self.endpoints().items():
            app.router.add_route("*", path, self._endpoint(name, handler))
        return app

    async def __aenter__(self: Fake) -> Fake:
        self.origin = await self._listen(self.application(), "127.0.0.1")
        stranger = web.Application()
        stranger.router.add_route("*", "/{path:.*}", self._endpoint("elsewhere", self._stranger))
        self.elsewhere = await self._listen(stranger, "127.0.0.2")
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self.released.set()
        for runner in self._runners:
            await runner.cleanup()

    async def go_down(self) -> None:
        """Drop all connections and refuse new ones, until `come_back`."""
        await self._runners.pop(0).cleanup()

    async def come_back(self) -> None:
        """Listen again, at the same address."""
        url = urlsplit(self.origin)
        await self._listen(self.application(), str(url.hostname), url.port, first=True)

    # -- what tests ask

    def requests_to(self, endpoint: str) -> list[Call]:
        return [call for call in self.calls if call.endpoint == endpoint]

    def count(self, endpoint: str) -> int:
        return len(self.requests_to(endpoint))

    async def until_asked(self, endpoint: str, times: int = 1) -> None:
        """Wait until an endpoint has received so many requests, answered or not."""
        async with self._arrival:
            await self._arrival.wait_for(lambda: self.count(endpoint) >= times)

    def canaries(self) -> set[str]:
        """Every secret in every encoding in which it could appear, except codes: one URL must contain them."""
        return {
            form for secret in self.secrets if secret for form in (secret, quote(secret, safe=""), quote_plus(secret))
        }

    @property
    def host(self) -> str:
        return urlsplit(self.origin).netloc

    # -- inside

    async def _listen(
        self,
        app: web.Application,
        host: str,
        port: int | None = None,
        *,
        first: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> str:
        runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.5)
        self._runners.insert(0 if first else len(self._runners), runner)
        await runner.setup()
        port = port or reserve_port(host)  # which stays ours while the provider is down
        await web.TCPSite(runner, host, port, ssl_context=tls).start()
        return f"{'https' if tls else 'http'}://{host}:{port}"

    def _endpoint(self, name: str, handler: Handler) -> Serve:
        async def serve(request: web.Request) -> web.StreamResponse:
            headers = {key.lower(): value for key, value in request.headers.items()}
            body = (await request.read()).decode("utf-8", "replace")
            query = request.rel_url.raw_query_string
            raw_path = request.rel_url.raw_path
            call = Call(name, request.method, request.path, headers, query, body, self.clock(), raw_path=raw_path)
            call.certificate = certificate_of_request(request)
            self.calls.append(call)
            async with self._arrival:
                self._arrival.notify_all()
            try:
                reply = await handler(call)
            except Refused as refusal:
                self.refusals.append(f"{name}: {refusal}")
                reply = self._refusal_reply(call, refusal)
            self.faults.apply(name, self, reply)
            return await self._send(request, call, reply)

        return serve

    def _refusal_reply(self, call: Call, refusal: Refused) -> Reply:
        return Reply(refusal.status, {"error": refusal.error, "error_description": refusal.why})

    async def _stranger(self, call: Call) -> Reply:
        return Reply(json={"access_token": "from-a-stranger", "token_type": "Bearer", "sub": "stranger", "keys": []})

    async def _send(self, request: web.Request, call: Call, reply: Reply) -> web.StreamResponse:
        if reply.hang:
            await self.released.wait()
        if reply.reset:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if reply.hang_up and request.transport is not None:
            request.transport.close()
            return web.Response()
        call.status = reply.status
        headers = dict(reply.headers)
        if reply.redirect_to is not None and reply.as_form:
            reply = form_page(reply.redirect_to, reply.fields)
            call.status, headers = reply.status, dict(reply.headers)
        elif reply.redirect_to is not None:
            joint = "&" if "?" in reply.redirect_to else "?"
            headers["Location"] = reply.redirect_to + (joint + urlencode(reply.fields) if reply.fields else "")
        body = reply.encoded()
        response = web.StreamResponse(status=reply.status, headers={"Cache-Control": "no-store", **headers})
        response.content_length = len(body) + reply.missing_bytes
        try:
            await response.prepare(request)
            if body and reply.drip:
                await write_slowly(response, body, self.released)
            elif body and reply.status != 204:
                await response.write(body)
            if reply.missing_bytes and request.transport is not None:
                request.transport.abort()
            else:
                await response.write_eof()
        except ConnectionError:
            pass  # the client may close the connection early
        return response
