"""TCP ports on the loopback address, reserved for processes that start later."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Collection

LOOPBACK = "127.0.0.1"
TRIES = 100

_reservations: list[socket.socket] = []
"""Sockets that keep ports until this process ends."""


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        # Without it, a port whose last connections are still in TIME_WAIT would count as in use.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
            listener.listen(1)
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def reserve_port(preferred: int, taken: Collection[int] = ()) -> int:
    """Reserve a port for a process that starts later, until this process ends.

    JupyterHub and its proxy accept only the number of a port. On Linux a socket that is bound and does not listen keeps
    the port: the system gives it to no other program, and the process, which sets ``SO_REUSEADDR``, can listen on it.
    Another demo that starts at the same moment chooses another port. On other systems the port is only known to be
    free now.

    Returns
    -------
    `preferred` if it is free and not in `taken`, else the first higher port that is.

    Raises
    ------
    OSError
        When none of the next hundred ports is free.
    """
    for port in range(preferred, min(preferred + TRIES, 65536)):
        if port not in taken and _reserve(port):
            return port
    raise OSError(errno.EADDRINUSE, f"no free port from {preferred} on")


def _reserve(port: int) -> bool:
    """Keep this port, if it is free."""
    if sys.platform != "linux":
        return is_free(port)
    # Two bound sockets do not exclude each other, so demos exclude each other by a name that the kernel keeps (unix(7),
    # abstract sockets).
    name = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        name.bind(f"\0oauthenticator-suite-demo-{port}")
        bound.bind((LOOPBACK, port))
        free = is_free(port)
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        free = False
    if free:
        _reservations.extend((name, bound))
    else:
        name.close()
        bound.close()
    return free
