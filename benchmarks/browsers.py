"""The browsers: each has a connection to the Hub, which it keeps open, and its own cookies."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from provider import consent

LOGIN_COOKIE = "jupyterhub-hub-login"
LOGIN = "/hub/oauth_login"
"""The path at which a login begins, unless another one is given."""

ONE_OF_SEVERAL = "first"
"""The provider with which the browsers sign in, where there are several."""

TIMEOUT = 60.0


class LoginFailed(Exception):
    """The login did not end in a redirect with the Hub's login cookie."""


@dataclass
class Logins:
    """The results of some logins: the duration of each that succeeded, and the number of failures by cause."""

    seconds: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    wall: float = 0.0


class Browser:
    """One browser. It knows only as much of HTTP/1.1 as the Hub's answers need, so that it takes little CPU time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._cookies: dict[str, str] = {}

    async def sign_in(self, user: str, start: str = LOGIN) -> None:
        """A complete login without any cookies: the redirect to the provider, the consent, the callback."""
        self._cookies.clear()
        status, location = await self._get(f"{start}?next=%2Fhub%2Fhome")
        if status != 302:
            raise LoginFailed(f"the login page answered {status}")
        callback = urlsplit(consent(location, user))
        status, _ = await self._get(f"{callback.path}?{callback.query}")
        if status != 302 or LOGIN_COOKIE not in self._cookies:
            raise LoginFailed(f"the callback answered {status}")

    async def connect(self) -> None:
        """Open the connection to the Hub if it is closed."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)

    async def open_page(self, path: str) -> tuple[int, str]:
        """Request a page of the Hub. Returns the status and the Location header (or an empty string)."""
        return await self._get(path)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _get(self, target: str) -> tuple[int, str]:
        await self.connect()
        assert self._streams is not None
        reader, writer = self._streams
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        writer.write(
            f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nCookie: {cookies}\r\n\r\n".encode("ascii")
        )
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        location, length = "", 0
        for line in head[1:-2]:
            name, _, value = line.partition(": ")
            if name == "Set-Cookie":
                self._keep(value)
            elif name == "Location":
                location = value
            elif name == "Content-Length":
                length = int(value)
        await reader.readexactly(length)
        return int(head[0].split(" ")[1]), location

    def _keep(self, set_cookie: str) -> None:
        name, _, value = set_cookie.partition(";")[0].partition("=")
        if value.strip('"'):
            self._cookies[name] = value
        else:
            self._cookies.pop(name, None)


async def sign_in_all(port: int, total: int, at_once: int, users: int = 50, start: str = LOGIN) -> Logins:
    """Make `total` logins of `users` different users, `at_once` of them in progress at any time."""
    logins = Logins()
    names = iter([f"user{number % users}" for number in range(total)])
    started = time.perf_counter()
    await asyncio.gather(*(_visitor(port, names, logins, start) for _ in range(min(at_once, total))))
    logins.wall = time.perf_counter() - started
    return logins


async def _visitor(port: int, names: Iterator[str], logins: Logins, start: str) -> None:
    browser = Browser(port)
    for name in names:
        started = time.perf_counter()
        try:
            await asyncio.wait_for(browser.sign_in(name, start), TIMEOUT)
        except (LoginFailed, OSError, EOFError, asyncio.TimeoutError) as error:
            logins.failures[str(error) or type(error).__name__] += 1
            browser.close()
        else:
            logins.seconds.append(time.perf_counter() - started)
    browser.close()
