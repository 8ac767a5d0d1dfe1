"""How the provider listens, writes down what it is asked, and sends what it (or a fault) made of the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from aiohttp import web

from .faults import Faults
from .records import Call, Reply
from .rules import Refused


class Wire:
    """The HTTP side of the provider; `FakeProvider` adds the endpoints."""

    faults: Faults
    calls: list[Call]
    refusals: list[str]
    released: asyncio.Event
    _arrival: asyncio.Condition
    clock: Callable[[], float]
    _runners: list[web.AppRunner]

    async def _listen(self, app: web.Application, host: str) -> str:
        runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.5)
        self._runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, host, 0).start()
        return f"http://{host}:{runner.addresses[0][1]}"

    def _endpoint(
        self, name: str, handler: Callable[[Call], Awaitable[Reply]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            headers = {key.lower(): value for key, value in request.headers.items()}
            body = (await request.read()).decode("utf-8", "replace")
            query = request.rel_url.raw_query_string
            call = Call(name, request.method, request.path, headers, query, body, self.clock())
            self.calls.append(call)
            async with self._arrival:
                self._arrival.notify_all()
            try:
                reply = await handler(call)
            except Refused as refusal:
                self.refusals.append(f"{name}: {refusal}")
                reply = Reply(refusal.status, {"error": refusal.error, "error_description": refusal.why})
            self.faults.apply(name, self, reply)
            return await self._send(request, call, reply)

        return serve

    async def _send(self, request: web.Request, call: Call, reply: Reply) -> web.StreamResponse:
        if reply.hang:
            await self.released.wait()
        if reply.reset:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        call.status = reply.status
        headers = dict(reply.headers)
        if reply.redirect_to is not None:
            joint = "&" if "?" in reply.redirect_to else "?"
            headers["Location"] = reply.redirect_to + (joint + urlencode(reply.fields) if reply.fields else "")
        body = reply.encoded()
        response = web.StreamResponse(status=reply.status, headers={"Cache-Control": "no-store", **headers})
        response.content_length = len(body) + reply.missing_bytes
        try:
            await response.prepare(request)
            if body and reply.status != 204:
                await response.write(body)
            if reply.missing_bytes and request.transport is not None:
                request.transport.abort()
            else:
                await response.write_eof()
        except ConnectionError:
            pass  # a client that has seen enough may hang up
        return response
