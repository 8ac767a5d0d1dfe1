"""Malformed requests as raw bytes, and the routes of this package that a Hub serves."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote

from hypothesis import find
from hypothesis import strategies as st
from tornado.httputil import HTTPHeaders

from tests.support import Browser, Hub

PACKAGE = "oauthenticator_suite"

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "BREW", "get")

FORM = "application/x-www-form-urlencoded"
LONG = b"x" * 50_000

PARAMETERS = (
    b"next", b"state", b"code", b"iss", b"sid", b"error", b"error_description", b"oauth_token", b"oauth_verifier",
    b"username", b"provider", b"_xsrf", b"logout_token", b"reference", b"unknown",
)  # fmt: skip
"""Parameters that some handler of this package or of JupyterHub reads."""

VALUES = (b"%ff", b"%00", b"%ed%a0%80", b"%zz", b"http://[", b"%0d%0aX:%20y")
"""Invalid UTF-8, NUL, a surrogate, an invalid escape, an invalid URL, a line break."""

QUERIES = (
    b"next=http%3A%2F%2F%5B", b"next=//[::1", b"next=http://[::g]/", b"next=/%5c%5c[", b"next=javascript:x",
    b"next=http://a:b/", b"next=http://a:99999999/", b"next=/a;b=c?d#e", b"next[]=/x&next[a]=/y",
    b"%ff=%ff", b"%00=%00", b"=", b"==&&==", b"%", b"&" * 5000, b"a=b&" * 1500, b"next=/" + LONG, LONG,
    b"state[]=a&state[b]=c&code[]=d", b"state={%22a%22:1}&code=[1,2]", b"\xff\xfe=\xff", b"next=\xff", b"next=/\xe2\x82\xac",
    b"code=c&state=%ff", b"code=%ff&state=s", b"error=e&state=s&error_description=%ff", b"code=c&error=e&state=s",
    b"code=" + LONG + b"&state=" + LONG, b"iss=a&sid=" + LONG, b"oauth_token=t&oauth_verifier=" + LONG,
)  # fmt: skip

HEADERS: tuple[dict[str, bytes], ...] = (
    {"Cookie": b"\xff\xfe=1"}, {"Cookie": b'a="unclosed; b=c'}, {"Cookie": b";;;=;"}, {"Cookie": b"_xsrf=\x80\xff"},
    {"Cookie": b"_xsrf=2|x|y|z"}, {"Cookie": b"jupyterhub-hub-login=2|1:0|10:1|20:x|4:eA==|00"},
    {"Cookie": b"jupyterhub-session-id=\xff"}, {"Cookie": b"suite-known-browser=2|1:0|garbage"},
    {"Cookie": b"; ".join(b"oauth-attempt-%d=x" % number for number in range(150))},
    {"Cookie": b"oauth-attempt-=x; oauth-attempt-%ff=\xff; oauth-logout=\xff"}, {"Cookie": b"a=" + LONG},
    {"Host": b""}, {"Host": b"["}, {"Host": b"a:b:c"}, {"Host": b"\xff"}, {"Host": b"a b"}, {"Host": b"x:99999999"},
    {"Authorization": b"token \xff"}, {"Authorization": b"token"}, {"Authorization": b"Basic \xff"},
    {"Authorization": b"Basic !!!!"}, {"Authorization": b"Bearer " + b"x" * 5000},
    {"Referer": b"http://["}, {"Referer": b"\xff"}, {"Origin": b"http://["}, {"Origin": b"null"}, {"Origin": b"\xff"},
    {"Sec-Fetch-Site": b"\xff"}, {"Sec-Fetch-Mode": b"\xff"}, {"Sec-Fetch-Site": b"", "Sec-Fetch-Mode": b""},
    {"X-Forwarded-For": b"\xff,,["}, {"X-Forwarded-Proto": b"a,b"}, {"X-Scheme": b"\xff"}, {"Forwarded": b"proto=;;="},
    {"X-Forwarded-Host": b"["}, {"Accept": b"\xff"}, {"Accept-Language": b"\xff;q=x"}, {"User-Agent": b"\xff"},
    {"If-None-Match": b"\xff"}, {"If-Modified-Since": b"yesterday"}, {"Range": b"bytes=9-1"}, {"Upgrade": b"websocket"},
    {"Content-Encoding": b"gzip"}, {"X-XSRFToken": b"\xff"}, {"Content-Length": b"-1"}, {"Content-Length": b"x"},
    {"Transfer-Encoding": b"chunked"}, {"Transfer-Encoding": b"\xff"}, {"Expect": b"100-continue"},
)  # fmt: skip

BODIES: tuple[tuple[bytes, bytes], ...] = (
    (FORM.encode(), b""), (FORM.encode(), b"%ff=%ff"), (FORM.encode(), b"\xff\xfe"), (FORM.encode(), b"a=b&" * 1500),
    (FORM.encode(), b"username=" + b"x" * 2_000_000), (FORM.encode() + b"; charset=utf-16", b"username=a&password=b"),
    (FORM.encode(), b"username=a&username=b&password=c&password=%ff"), (FORM.encode(), b"username[]=a&password[]=b"),
    (FORM.encode(), b"username=%ff&password=%ff"), (FORM.encode(), b"username=%00&password=%00&otp=%00"),
    (FORM.encode(), b"username=a&password=b&next=http://["), (FORM.encode(), b"username=a&password=b&next=%ff"),
    (FORM.encode(), b"username=%ed%a0%80&password=%ed%a0%80"), (FORM.encode(), b"_xsrf=%ff&username=a&password=b"),
    (FORM.encode(), b"logout_token=%ff"), (FORM.encode(), b"logout_token=a.b.c"), (FORM.encode(), b"logout_token=..&a&"),
    (FORM.encode(), b"username=%0a&password=b"), (FORM.encode(), b"provider=%ff&username=a&password=b"),
    (b"application/json", b'{"username":'), (b"application/json", b"\xff"), (b"text/plain", b"username=a"),
    (b"multipart/form-data", b"x"), (b"multipart/form-data; boundary=b", b"--b\r\n\r\nx"),
    (b"multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="\xff"\r\n\r\n\xff\r\n--b--\r\n'),
    (b'multipart/form-data; boundary="', b"--"), (b"\xff", b"\xff"), (b"", b"username=a&password=b"),
)  # fmt: skip


@dataclass(frozen=True)
class Request:
    """A request, as it is sent. `path` has no query."""

    method: str
    path: str
    query: bytes = b""
    headers: tuple[tuple[str, bytes], ...] = ()
    body: bytes = b""

    def __str__(self) -> str:
        shown = f"{self.query[:60]!r} {self.headers!r:.200} {self.body[:60]!r}"
        return f"{self.method} {self.path} {shown}"

    @property
    def is_unfinished(self) -> bool:
        """Whether the body may be shorter than announced, so that the Hub would wait for more."""
        return any(name in ("Content-Length", "Transfer-Encoding") for name, _ in self.headers)

    def raw(self, standard: dict[str, bytes]) -> bytes:
        """The bytes on the wire, with `standard` headers where this request has no others."""
        own = {name.lower() for name, _ in self.headers}
        headers = [(name, value) for name, value in standard.items() if name.lower() not in own]
        if (self.body or self.method in ("POST", "PUT", "PATCH")) and not own & {"content-length", "transfer-encoding"}:
            headers.append(("Content-Length", str(len(self.body)).encode()))
        target = self.path.encode() + (b"?" + self.query if self.query else b"")
        lines = [self.method.encode() + b" " + target + b" HTTP/1.1"]
        lines += [name.encode() + b": " + value for name, value in (*headers, *self.headers)]
        return b"\r\n".join(lines) + b"\r\n\r\n" + self.body


def malformed(path: str, share: int = 1, turn: int = 0) -> Iterator[Request]:
    """All malformed requests to one path; of most kinds, every `share`-th one, beginning with number `turn`."""
    for method in METHODS:
        yield Request(method, path)
        yield Request(method, path, b"next=http://[&state=%ff")
    yield Request("GET", path, b"next=http%3A%2F%2F%5B")
    yield Request("GET", path, b"next=%ff")
    yield Request("GET", path, b"", (("Content-Type", FORM.encode()),), b"next=%ff")
    yield Request("DELETE", path, b"", (("Content-Type", FORM.encode()),), b"_xsrf=%ff")
    yield from itertools.islice(_strange(path), turn % share, None, share)


def _strange(path: str) -> Iterator[Request]:
    for method in ("GET", "POST"):
        for query in (*QUERIES, *(name + b"=" + value for name in PARAMETERS for value in VALUES)):
            yield Request(method, path, query)
        for name in PARAMETERS:
            yield Request(method, path, name + b"=a&" + name + b"=b&state=s")
        for headers in HEADERS:
            yield Request(method, path, b"next=/hub/home&state=s&code=c", tuple(headers.items()))
    for content_type, body in BODIES:
        yield Request("POST", path, b"", (("Content-Type", content_type),), body)


def paths_of(hub: Hub) -> list[str]:
    """A path for each route of the Hub whose handler belongs to this package; several for a route with a variable part."""
    found = []
    for pattern, handler, *_ in hub.app.handlers:
        if any(base.__module__.partition(".")[0] == PACKAGE for base in handler.__mro__):
            found += paths_for(pattern)
    return list(dict.fromkeys(found))


def paths_for(pattern: str) -> list[str]:
    """Paths that a route's regular expression matches: its variable parts are words, and invalid UTF-8."""
    if "(" not in pattern:
        return [_without_escapes(pattern)]
    words = ("campus", "unknown", quote("ключ"), "%ff", "%00", "a%2fb")
    filled = (_without_escapes(re.sub(r"\((?:[^()\\]|\\.)*\)", lambda _, word=word: word, pattern)) for word in words)
    paths = [path for path in filled if re.fullmatch(pattern, path)]
    if not paths:
        shortest = find(st.from_regex(pattern, fullmatch=True), lambda _: True)
        paths = [shortest, find(st.from_regex(pattern, fullmatch=True), lambda path: path != shortest)]
    return paths


def _without_escapes(pattern: str) -> str:
    return re.sub(r"\\(.)", r"\1", pattern.removeprefix("^").removesuffix("$"))


async def answer_to(hub: Hub, request: Request, browser: Browser) -> tuple[int, HTTPHeaders]:
    """Send a request with the browser's cookies and a valid XSRF token.

    Returns the status, which is 0 for a closed connection, and the headers of the answer.
    """
    cookies = browser.cookies
    standard = {
        "Host": f"127.0.0.1:{hub.state.port}".encode(),
        "Connection": b"close",
        "Accept": b"text/html",
        "User-Agent": b"Browser/1.0 (tests)",
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()).encode(),
        "X-XSRFToken": cookies.get("_xsrf", "").encode(),
    }
    reader, writer = await asyncio.open_connection("127.0.0.1", hub.state.port)
    try:
        writer.write(request.raw(standard))
        if request.is_unfinished:
            writer.write_eof()
        answer = await asyncio.wait_for(reader.read(), 30)
    except ConnectionError:  # the Hub closes the connection before it has read a large request
        return 0, HTTPHeaders()
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
    head = answer.partition(b"\r\n\r\n")[0].decode("latin-1")
    line, _, headers = head.partition("\r\n")
    status = int(line.split(" ")[1]) if line.startswith("HTTP/") else 0
    return status, HTTPHeaders.parse(headers)
