"""Names and addresses of a small internet, at the boundary of the operating system: look-ups and connections.

::

    with little_internet() as internet:
        internet.names["idp.example"] = [PUBLIC]                       # every look-up gives this address
        internet.answers["idp.example"] = [[PUBLIC], ["127.0.0.1"]]    # the first look-up, then all others
        ...
        assert internet.connections == [(PUBLIC, 443)]

A public address leads to the same port of this machine, and the socket says that it is connected to the public one.
Connections to other addresses that a test has put into `names` are noted, and refused.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch
from weakref import WeakKeyDictionary

PUBLIC = "93.184.216.34"
OTHER_PUBLIC = "151.101.1.140"


@dataclass
class LittleInternet:
    """See the module.

    Attributes
    ----------
    names:
        The addresses of each name.
    answers:
        By name, the addresses of one look-up after the other. The last answer stays.
    here:
        Addresses, other than the public ones, at which this machine answers.
    lookups, connections:
        Every name that was looked up, and the address and port of every attempt to connect to a listed name.
    """

    names: dict[str, list[str]] = field(default_factory=dict)
    answers: dict[str, list[list[str]]] = field(default_factory=dict)
    here: set[str] = field(default_factory=lambda: {PUBLIC, OTHER_PUBLIC})
    lookups: list[str] = field(default_factory=list)
    connections: list[tuple[str, int]] = field(default_factory=list)

    def addresses(self, name: str) -> list[str] | None:
        """The answer to one look-up; None if the name is not of this internet."""
        answers = self.answers.get(name)
        if answers is not None:
            self.lookups.append(name)
            return answers.pop(0) if len(answers) > 1 else answers[0]
        if name in self.names:
            self.lookups.append(name)
        return self.names.get(name)


@contextmanager
def little_internet() -> Iterator[LittleInternet]:
    """Answer look-ups, and route connections, for as long as the context lasts."""
    internet = LittleInternet()
    pretended: WeakKeyDictionary[socket.socket, tuple[str, int]] = WeakKeyDictionary()
    getaddrinfo, getpeername = socket.getaddrinfo, socket.socket.getpeername
    loop_class: Any = asyncio.selector_events.BaseSelectorEventLoop
    connect = loop_class.sock_connect

    def look_up(host: Any, port: Any, *args: Any, **options: Any) -> Any:
        found = internet.addresses(host) if isinstance(host, str) else None
        if found is None:
            return getaddrinfo(host, port, *args, **options)
        return [entry for address in found for entry in getaddrinfo(address, port, type=socket.SOCK_STREAM)]

    async def sock_connect(self: Any, sock: socket.socket, address: tuple[Any, ...]) -> Any:
        host, port = address[:2]
        if host == "127.0.0.1" and host not in internet.here:
            return await connect(self, sock, address)
        internet.connections.append((host, port))
        if host not in internet.here:
            raise ConnectionRefusedError(111, f"no packet may go to {host}")
        pretended[sock] = (host, port)
        return await connect(self, sock, ("127.0.0.1", port))

    def peer(self: socket.socket) -> Any:
        return pretended.get(self) or getpeername(self)

    with (
        patch("socket.getaddrinfo", look_up),
        patch.object(socket.socket, "getpeername", peer, create=True),
        patch.object(loop_class, "sock_connect", sock_connect),
    ):
        yield internet
