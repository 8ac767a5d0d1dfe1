"""Free TCP ports on the loopback address."""

from __future__ import annotations

import errno
import socket
from collections.abc import Collection

LOOPBACK = "127.0.0.1"
TRIES = 100


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


def next_free_port(preferred: int, taken: Collection[int] = ()) -> int:
    """`preferred` if it is free and not in `taken`, else the first higher one that is.

    Raises `OSError` when none of the next hundred is.
    """
    for port in range(preferred, min(preferred + TRIES, 65536)):
        if port not in taken and is_free(port):
            return port
    raise OSError(errno.EADDRINUSE, f"no free port from {preferred} on")
