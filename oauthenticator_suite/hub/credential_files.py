"""Files that options name, with a secret, a key, a certificate or a token: what they hold, and when they change."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def read_credential_file(path: str, limit: int) -> bytes:
    """The content of a file; of a file with more than `limit` bytes, one byte more than that.

    The Hub reads such files while it serves requests. So a named pipe, from which a read would wait forever, is refused
    like a device and a directory. Symbolic links are followed: platforms mount secrets as links.

    Raises
    ------
    OSError
        If it cannot be read, or is not a regular file.
    ValueError
        If the path has a NUL.
    """
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with open(handle, "rb") as file:
        mode = os.fstat(handle).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        return file.read(limit + 1)


def file_version(path: str) -> tuple[int, ...]:
    """What changes when the file at `path` is written or replaced; empty if there is none."""
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        return ()
    return status.st_mtime_ns, status.st_size, status.st_ino
