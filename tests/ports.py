"""TCP ports for servers that a test starts later, or that are to refuse connections: reserved, never guessed."""

from __future__ import annotations

import os
import socket
import sys

LOOPBACK = "127.0.0.1"

_of_this_test: list[int] = []
_until_exit: list[int] = []


def reserve_port(host: str = LOOPBACK, *, until_exit: bool = False) -> int:
    """A port of `host` that belongs to the caller until the test ends, or, with `until_exit`, until the process ends.

    Some programs (JupyterHub, its proxy) accept only the number of a port, and the address must be known before they
    start because it is registered as a redirect URI. The system chooses the port, and a socket stays bound to it. That
    socket does not listen, so connections are refused. While it exists, Linux gives the port to no other ``bind`` of
    port 0 and to no outgoing connection, and refuses it to servers that do not set ``SO_REUSEADDR``. A server that
    sets this option (tornado, asyncio, werkzeug and Node.js do) can listen on the port, stop, and listen again.
    """
    with socket.socket() as reserved:
        # The option is set after `bind`: two sockets that have it before could be bound to the same port.
        reserved.bind((host, 0))
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        port: int = reserved.getsockname()[1]
        if sys.platform == "linux":  # elsewhere no second socket could be bound, and the port is only likely to be free
            (_until_exit if until_exit else _of_this_test).append(reserved.detach())
    return port


def release_ports() -> None:
    """Give up the ports of the test that ends."""
    while _of_this_test:
        os.close(_of_this_test.pop())
