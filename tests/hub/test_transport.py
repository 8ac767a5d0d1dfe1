"""The transport with failing servers: network and HTTP (F1-F7, F15-F25)."""

from __future__ import annotations

import asyncio
import gc
import gzip
import logging
import socket
import traceback
import zlib
from collections.abc import AsyncIterator, Callable, Iterator

import aiohttp
import pytest
import raw_server
from raw_server import answer, in_turn, running

from oauthenticator_suite.errors import (
    InvalidResponse,
    ProviderTimeout,
    ProviderUnreachable,
    TransportError,
)
from oauthenticator_suite.hub.transport.client import Transport, TransportSettings
from oauthenticator_suite.hub.transport.faults import FAULTS, translate
from oauthenticator_suite.hub.transport.proxies import Proxy
from oauthenticator_suite.protocol.messages import Request
from tests.ports import reserve_port
from tests.support import FakeTime

LOG = logging.getLogger("test_transport")
QUICK = TransportSettings(timeout=0.5, connect_timeout=0.4, silence_timeout=0.25, max_body_bytes=100_000)
CANARY = "canary-8f2b"


@pytest.fixture
async def transport(clock: FakeTime) -> AsyncIterator[Transport]:
    transport = Transport(QUICK, LOG)
    yield transport
    await transport.close()


def get(url: str) -> Request:
    return Request("GET", f"{url}/user?token={CANARY}", "userinfo request", {"Authorization": f"Bearer {CANARY}"})


def post(url: str) -> Request:
    return Request.form(f"{url}/token?x={CANARY}", "token request", {"code": CANARY}, {})


@pytest.fixture(params=[get, post], ids=["GET", "POST"])
def make(request: pytest.FixtureRequest) -> Callable[[str], Request]:
    return request.param


# --- what is sent, and what comes back ------------------------------------------------------------


async def test_a_request_goes_out_as_it_was_made(transport: Transport) -> None:
    async with running(answer(b'{"a": 1}', headers="Content-Type: application/json; charset=utf-8\r\n")) as server:
        path = "/a%2Fb/%7Euser?redirect=%2B+x&q=%E4"
        response = await transport.send(
            Request("POST", server.url + path, "token request", {"Accept": "application/json"}, b"code=1")
        )
    (sent,) = server.requests
    assert (sent.method, sent.target, sent.body) == ("POST", path, b"code=1")
    assert sent.headers["user-agent"] == "oauthenticator-suite"
    assert sent.headers["accept-encoding"] == "identity"
    assert sent.headers["accept"] == "application/json"
    assert (response.status, response.body, response.media_type) == (200, b'{"a": 1}', "application/json")


async def test_repeated_headers_are_joined_and_named_in_lower_case(transport: Transport) -> None:
    async with running(answer(headers="LINK: <a>\r\nlink: <b>\r\n")) as server:
        response = await transport.send(get(server.url))
    assert response.headers["link"] == "<a>, <b>"


@pytest.mark.parametrize(
    ("status", "body"),
    [("500 Oops", b"<html>"), ("429 Slow Down", b""), ("503 Later", b"{}"), ("401 No", b"{}"), ("204 Nothing", b"")],
)
async def test_every_status_is_an_answer(transport: Transport, status: str, body: bytes) -> None:
    """F15-F18, F25: the transport accepts every status and content type; the protocol validates them."""
    async with running(answer(body, status=status, headers="Retry-After: 7\r\nContent-Type: text/html\r\n")) as server:
        response = await transport.send(get(server.url))
    assert (response.status, response.body) == (int(status[:3]), body)
    assert (response.retry_after, response.media_type) == (7.0, "text/html")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_never_followed(transport: Transport, status: int, make: Callable[[str], Request]) -> None:
    """F19-F21, B22: not to another origin, not in a loop, and no body is sent again."""
    async with running(answer()) as other:
        async with running(answer(status=f"{status} Moved", headers=f"Location: {other.url}/\r\n")) as server:
            response = await transport.send(make(server.url))
            assert response.status == status
            assert len(server.requests) == 1
        assert other.connections == 0


async def test_cookies_are_not_kept(transport: Transport) -> None:
    async with running(answer(headers="Set-Cookie: a=b; Path=/\r\n")) as server:
        await transport.send(get(server.url))
        await transport.send(get(server.url))
    assert all("cookie" not in sent.headers for sent in server.requests)


async def test_aiohttp_reads_no_proxies_from_the_environment(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://localhost:{reserve_port()}")
    async with running(answer()) as server:
        assert (await transport.send(get(server.url))).status == 200


# --- time -----------------------------------------------------------------------------------------


def test_a_silent_provider_is_left_within_five_seconds() -> None:
    """F1: by default."""
    assert TransportSettings().silence_timeout < 5


async def test_no_answer(clock: FakeTime, transport: Transport, make: Callable[[str], Request]) -> None:
    """F1: without headers, the request ends after `silence_timeout`; it is not sent again."""
    async with running(raw_server.silent) as server:
        with clock.taking() as seconds, pytest.raises(ProviderTimeout) as caught:
            await transport.send(make(server.url))
        assert seconds() == pytest.approx(QUICK.silence_timeout)
        assert len(server.requests) == 1
    assert "request_timeout" in caught.value.detail
    assert "localhost" in caught.value.detail


@pytest.mark.parametrize("handler", [raw_server.drip, raw_server.drip_headers], ids=["body", "headers"])
async def test_an_answer_that_drips(clock: FakeTime, transport: Transport, handler: raw_server.Handler) -> None:
    """F2: single bytes reset `silence_timeout`; the limit for the whole request ends it."""
    async with running(handler) as server:
        with clock.taking() as seconds, pytest.raises(ProviderTimeout):
            await transport.send(get(server.url))
        assert seconds() == pytest.approx(QUICK.timeout)


async def test_the_retry_has_only_the_time_that_is_left(clock: FakeTime) -> None:
    clock.rules("oauthenticator_suite.hub.transport.client")
    transport = Transport(TransportSettings(timeout=0.4, silence_timeout=5), LOG)

    async def slow_break(request: raw_server.Received) -> None:
        await request.silence(0.25)
        request.reset()

    async with running(in_turn(slow_break, raw_server.silent)) as server:
        with clock.taking() as seconds, pytest.raises(ProviderTimeout):
            await transport.send(get(server.url))
        assert seconds() == pytest.approx(0.4)
        assert len(server.requests) == 2
    await transport.close()


async def test_a_connection_that_is_never_accepted(clock: FakeTime, transport: Transport) -> None:
    """A full backlog drops the SYN, as a firewall does: `connect_timeout` ends it."""
    with socket.socket() as listening, socket.socket() as first, socket.socket() as second:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for sock in (first, second):
            sock.setblocking(False)
            sock.connect_ex(listening.getsockname())
        with clock.taking() as seconds, pytest.raises(ProviderTimeout):
            await transport.send(get(f"http://127.0.0.1:{listening.getsockname()[1]}"))
        assert seconds() == pytest.approx(QUICK.connect_timeout)


# --- connections that break -----------------------------------------------------------------------

BREAKS = [
    raw_server.reset,
    raw_server.reset_in_body,
    raw_server.hang_up,
    raw_server.truncated,
    raw_server.truncated_chunks,
]


@pytest.mark.parametrize("broken", BREAKS, ids=lambda handler: handler.__name__)
async def test_a_get_is_sent_once_more(transport: Transport, broken: raw_server.Handler) -> None:
    """F3-F5: one retry, and it may succeed."""
    async with running(in_turn(broken, answer(b"second"))) as server:
        assert (await transport.send(get(server.url))).body == b"second"
        assert len(server.requests) == 2


@pytest.mark.parametrize("broken", BREAKS, ids=lambda handler: handler.__name__)
async def test_a_get_is_not_sent_a_third_time(transport: Transport, broken: raw_server.Handler) -> None:
    """F3-F5: if the retry fails too, the request fails."""
    async with running(broken) as server:
        with pytest.raises(ProviderUnreachable, match="connection broke"):
            await transport.send(get(server.url))
        assert len(server.requests) == 2


@pytest.mark.parametrize("broken", BREAKS, ids=lambda handler: handler.__name__)
async def test_a_post_is_never_sent_again(transport: Transport, broken: raw_server.Handler) -> None:
    """F3-F5: a code can be used once, so the request is sent once."""
    async with running(in_turn(broken, answer())) as server:
        with pytest.raises(ProviderUnreachable, match="connection broke"):
            await transport.send(post(server.url))
        assert len(server.requests) == 1


async def test_refused(transport: Transport, make: Callable[[str], Request]) -> None:
    """F6."""
    with pytest.raises(ProviderUnreachable, match="ECONNREFUSED"):
        await transport.send(make(f"http://localhost:{reserve_port()}"))


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".invalid", "a..invalid"])
async def test_a_name_that_does_not_resolve(host: str) -> None:
    """F7."""
    transport = Transport(TransportSettings(), LOG)
    with pytest.raises(ProviderUnreachable) as caught:
        await transport.send(get(f"http://{host}"))
    assert host in caught.value.detail
    await transport.close()


# --- answers that are too large or not HTTP -------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [f"X-Big: {'a' * 200_000}\r\n", "".join(f"X-{i}: {'a' * 4_000}\r\n" for i in range(50))],
    ids=["one", "many"],
)
async def test_large_headers(transport: Transport, headers: str) -> None:
    """F22: 200 kB of headers, in one line or in many."""
    async with running(answer(headers=headers)) as server:
        with pytest.raises(InvalidResponse, match="headers"):
            await transport.send(get(server.url))


async def test_headers_of_thirty_kilobytes_are_read(transport: Transport) -> None:
    async with running(answer(headers=f"X-Big: {'a' * 30_000}\r\n")) as server:
        assert len((await transport.send(get(server.url))).headers["x-big"]) == 30_000


async def test_a_body_announced_too_large_is_not_read(transport: Transport) -> None:
    """F23."""

    async def handler(request: raw_server.Received) -> None:
        await request.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n")
        await request.silence()

    async with running(handler) as server:
        with pytest.raises(InvalidResponse, match="50000000 bytes"):
            await transport.send(get(server.url))


@pytest.mark.parametrize("framing", ["Transfer-Encoding: chunked", "Connection: close"])
async def test_a_body_that_never_ends_is_cut(transport: Transport, framing: str) -> None:
    """F23: the connection is closed long before 50 MB are sent."""
    sent = 0

    async def handler(request: raw_server.Received) -> None:
        nonlocal sent
        await request.write(f"HTTP/1.1 200 OK\r\n{framing}\r\n\r\n".encode())
        chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
        while sent < 50_000_000:
            await request.write(chunk)
            sent += len(chunk)

    async with running(handler) as server:
        with pytest.raises(InvalidResponse, match="larger than 100000 bytes"):
            await transport.send(get(server.url))
    assert sent < 20_000_000  # what the buffers of the sockets take


@pytest.mark.parametrize("framing", ["Content-Length: 100000", "Transfer-Encoding: chunked"])
async def test_a_body_of_exactly_the_limit_is_read(transport: Transport, framing: str) -> None:
    async def handler(request: raw_server.Received) -> None:
        body = b"a" * 100_000
        if "chunked" in framing:
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        await request.write(f"HTTP/1.1 200 OK\r\n{framing}\r\n\r\n".encode() + body)

    async with running(handler) as server:
        assert len((await transport.send(get(server.url))).body) == 100_000


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("X-GZip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", raw_deflate),
        ("identity", bytes),
    ],
)
async def test_compression_that_nobody_asked_for(
    transport: Transport, coding: str, pack: Callable[[bytes], bytes]
) -> None:
    async with running(answer(pack(b"plain " * 1000), headers=f"Content-Encoding: {coding}\r\n")) as server:
        assert (await transport.send(get(server.url))).body == b"plain " * 1000


async def test_an_empty_body_may_call_itself_compressed(transport: Transport) -> None:
    async with running(answer(b"", headers="Content-Encoding: gzip\r\n")) as server:
        assert (await transport.send(get(server.url))).body == b""


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, raw_deflate])
async def test_a_compression_bomb_is_cut(transport: Transport, pack: Callable[[bytes], bytes]) -> None:
    """F24: 50 MB in 50 kB; the limit applies to the decompressed size, and little more is ever decompressed."""
    bomb = pack(b"\0" * 50_000_000)
    coding = "gzip" if pack is gzip.compress else "deflate"
    async with running(answer(bomb, headers=f"Content-Encoding: {coding}\r\n")) as server:
        with pytest.raises(InvalidResponse, match="unpacks to more than 100000 bytes"):
            await transport.send(get(server.url))


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("br", b"\x0b\x02\x80plain\x03"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"a"))),
        ("gzip", b"not compressed"),
        ("deflate", b"\xff\xff"),
        ("gzip", gzip.compress(b"a" * 1000)[:-9]),
        ("gzip", gzip.compress(b"a") + b"more"),
    ],
    ids=["unknown", "twice", "not compressed", "broken", "cut short", "more behind it"],
)
async def test_compression_that_cannot_be_read(transport: Transport, coding: str, body: bytes) -> None:
    async with running(answer(body, headers=f"Content-Encoding: {coding}\r\n")) as server:
        with pytest.raises(InvalidResponse):
            await transport.send(get(server.url))


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x00\x05hello" * 10,
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
async def test_answers_that_are_not_http(transport: Transport, data: bytes) -> None:
    async def handler(request: raw_server.Received) -> None:
        await request.write(data)
        request.writer.close()

    async with running(handler) as server:
        with pytest.raises((InvalidResponse, ProviderUnreachable)):
            await transport.send(get(server.url))


# --- requests that cannot be written --------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "",
        "not a URL",
        "/relative",
        "https://",
        "https:///path",
        "ftp://localhost/",
        "file:///etc/passwd",
        "http://localhost:99999/",
        "http://localhost:port/",
        "http://[::1/",
        "http://user:word@localhost/",
        "http://localhost/a b",
        "http://localhost/\r\nX-Injected: 1",
        "http://localhost/\x00",
        "http://\x1b[31mlocalhost/",
        "http://bücher.example/",
        "http://local\udcffhost/",
    ],
)
async def test_addresses_that_cannot_be_requested(transport: Transport, url: str) -> None:
    with pytest.raises(ProviderUnreachable) as caught:
        await transport.send(Request("GET", url, "metadata request"))
    assert caught.value.detail.isascii()
    assert caught.value.detail.isprintable()


async def test_headers_that_cannot_be_written(transport: Transport) -> None:
    """A token with a line break in it (F38) cannot become a second header."""
    async with running(answer()) as server:
        for value in ("Bearer a\r\nX-Injected: 1", "Bearer a\nb", "Bearer a\0"):
            with pytest.raises(ProviderUnreachable):
                await transport.send(Request("GET", server.url, "userinfo request", {"Authorization": value}))
        assert server.requests == []


# --- errors ---------------------------------------------------------------------------------------


def subclasses(of: type[BaseException]) -> Iterator[type[BaseException]]:
    yield of
    for each in of.__subclasses__():
        yield from subclasses(each)


@pytest.mark.parametrize("kind", sorted(set(subclasses(aiohttp.ClientError)), key=lambda kind: kind.__name__))
def test_every_error_of_aiohttp_has_one_of_ours(kind: type[BaseException]) -> None:
    exc = kind.__new__(kind)
    if isinstance(exc, aiohttp.ClientResponseError):
        exc.status = 407
    assert isinstance(exc, FAULTS)
    error = translate(exc, "token request: host:443", QUICK, Proxy("http://proxy.example:3128"))
    expected: type[TransportError] = ProviderUnreachable
    if issubclass(kind, asyncio.TimeoutError):
        expected = ProviderTimeout
    elif issubclass(kind, aiohttp.ClientResponseError) and kind is not aiohttp.ClientHttpProxyError:
        expected = InvalidResponse
    assert type(error) is expected
    assert error.detail.startswith("token request: host:443: ")


@pytest.mark.parametrize(
    "handler",
    [
        raw_server.silent,
        raw_server.drip,
        raw_server.reset,
        raw_server.hang_up,
        raw_server.truncated,
        answer(headers=f"X-Big: {'a' * 40_000}\r\n"),
        answer(f"{CANARY}".encode() * 20_000, headers=f"X-Also: {CANARY}\r\n"),
        answer(b"x", headers=f"Content-Encoding: {CANARY}\r\n"),
        answer(headers=f"Broken {CANARY}\r\n"),
    ],
)
async def test_no_secret_in_errors_or_log(
    transport: Transport,
    handler: raw_server.Handler,
    make: Callable[[str], Request],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Query, headers and bodies, sent or received, stay out of details, tracebacks and the log."""
    caplog.set_level(logging.DEBUG)
    async with running(handler) as server:
        with pytest.raises(TransportError) as caught:
            await transport.send(make(server.url))
    error = caught.value
    assert error.__cause__ is None
    printed = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    assert CANARY not in printed + caplog.text + repr(error) + error.detail


async def test_one_debug_line_per_request(transport: Transport, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, LOG.name)
    async with running(answer(CANARY.encode())) as server:
        await transport.send(get(server.url))
        with pytest.raises(ProviderUnreachable):
            await transport.send(post(f"http://localhost:{reserve_port()}"))
    first, second = (record.getMessage() for record in caplog.records if record.name == LOG.name)
    assert first.startswith(f"userinfo request: localhost:{server.port}: 200 in ")
    assert second.startswith("token request: localhost:")
    assert ": ProviderUnreachable in " in second
    assert CANARY not in caplog.text


async def test_cancelling_is_not_an_error_of_the_provider(transport: Transport) -> None:
    started = asyncio.Event()

    async def handler(request: raw_server.Received) -> None:
        started.set()
        await request.silence()

    async with running(handler) as server:
        task = asyncio.create_task(transport.send(get(server.url)))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


# --- connections that are kept --------------------------------------------------------------------


async def test_connections_are_kept_and_shared(transport: Transport) -> None:
    async with running(answer()) as server:
        for make_request in (get, post, get, post):
            await transport.send(make_request(server.url))
        assert server.connections == 1


async def test_a_hundred_requests_at_once() -> None:
    """The requests are concurrent: the provider has all hundred before it answers the first."""
    transport = Transport(TransportSettings(), LOG)
    all_here = asyncio.Event()

    async def handler(request: raw_server.Received) -> None:
        if len(request.server.requests) == 100:
            all_here.set()
        await all_here.wait()
        await answer()(request)

    async with running(handler) as server:
        responses = await asyncio.gather(*(transport.send(post(server.url)) for _ in range(100)))
        assert {response.status for response in responses} == {200}
        assert server.connections == 100
    await transport.close()


async def test_more_requests_than_connections_wait_their_turn() -> None:
    transport = Transport(TransportSettings(max_connections=2), LOG)
    async with running(answer()) as server:
        await asyncio.gather(*(transport.send(get(server.url)) for _ in range(10)))
        assert server.connections == 2
    await transport.close()


async def test_a_post_after_the_server_closed_the_idle_connection(transport: Transport) -> None:
    """A POST cannot be sent again, so it must not use a connection that the server has already closed."""
    async with running(answer()) as server:
        await asyncio.gather(*(transport.send(get(server.url)) for _ in range(5)))
        before = server.connections
        server.hang_up()
        assert (await transport.send(post(server.url))).status == 200
        assert server.connections == before + 1
        assert server.requests[-1].method == "POST"


async def test_an_answer_that_breaks_the_limits_leaves_no_connection_behind(transport: Transport) -> None:
    """The rest of a bad response is never read as the start of the next one."""
    async with running(in_turn(answer(b"a" * 200_000), answer(b"good"))) as server:
        with pytest.raises(InvalidResponse):
            await transport.send(get(server.url))
        assert (await transport.send(get(server.url))).body == b"good"
        assert server.connections == 2


# --- the end --------------------------------------------------------------------------------------


async def test_close_twice_and_go_on(transport: Transport) -> None:
    async with running(answer()) as server:
        await transport.close()
        await transport.send(get(server.url))
        await transport.close()
        await transport.close()
        await transport.send(get(server.url))
        assert server.connections == 2


def test_each_event_loop_gets_its_own_connections() -> None:
    transport = Transport(QUICK, LOG)

    async def once() -> int:
        async with running(answer()) as server:
            return (await transport.send(get(server.url))).status

    assert [asyncio.run(once()), asyncio.run(once())] == [200, 200]


@pytest.mark.filterwarnings("error")
def test_cancelling_every_task_closes_everything(caplog: pytest.LogCaptureFixture) -> None:
    """JupyterHub cancels all tasks when it ends: no connection may stay open, also of a transport that was garbage-collected."""
    loop = asyncio.new_event_loop()
    complaints: list[dict[str, object]] = []
    loop.set_exception_handler(lambda _, context: complaints.append(context))

    async def use_and_forget() -> None:
        async with running(answer()) as server:
            await Transport(QUICK, LOG).send(get(server.url))
            gc.collect()
            await shut_down()

    async def shut_down() -> None:
        tasks = [task for task in asyncio.all_tasks() if task.get_name() == "connections to login providers"]
        assert len(tasks) == 1
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    loop.run_until_complete(use_and_forget())
    loop.close()
    gc.collect()
    assert complaints == []
    assert "Unclosed" not in caplog.text
