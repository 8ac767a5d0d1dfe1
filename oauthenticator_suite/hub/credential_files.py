"""Files that options name, with a secret, a key, a certificate or a token: what they hold, and when they change."""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path

from ..errors import ConfigurationError
from ..protocol.text import for_log

_PLAIN = re.compile(r"[a-z0-9._-]+")


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
        _require_regular(os.fstat(handle))
        return file.read(limit + 1)


def require_regular_file(path: str) -> None:
    """Refuse a file that a library is going to read, as `read_credential_file` would.

    Raises
    ------
    OSError, ValueError
        As for `read_credential_file`.
    """
    _require_regular(os.stat(path))


def _require_regular(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file")


def credential_text(
    option: str,
    path: str,
    limit: int,
    encoding: str = "utf-8",
    fix: str = "Correct the path, or let the Hub's user read the file",
) -> str:
    """The text in the file of an option: see `read_credential_file`.

    Raises
    ------
    ConfigurationError
        When it cannot be read. The cause is the `OSError` or `ValueError`.
    """
    try:
        return read_credential_file(path, limit).decode(encoding)
    except (OSError, ValueError) as error:
        reason = "the path is not valid"
        if isinstance(error, OSError):
            reason = error.strerror or type(error).__name__
        elif isinstance(error, UnicodeDecodeError):
            reason = f"it is not text in {encoding.upper()}"
        if path.lstrip().startswith(("{", "-----BEGIN")):
            reason = "the option has the content of a file, and not its path"
        raise ConfigurationError(f"{named_file(option, path)} cannot be read ({reason}). {fix}") from error


def named_file(option: str, path: str) -> str:
    """The file of an option, as it is called in messages: with its path, unless that may be a secret itself."""
    shown = path_in_message(path)
    return f"the file of {option}, {shown}," if shown else f"the file of {option}"


def file_version(path: str) -> tuple[int, ...]:
    """What changes when the file at `path` is written or replaced; empty if there is none."""
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        return ()
    return status.st_mtime_ns, status.st_size, status.st_ino


def path_in_message(path: object) -> str:
    """The path of a file with a secret, in quotes, for a message; empty when it may be the secret itself.

    An operator who puts the secret in place of its path must not find it in the log. A value counts as a path when its
    first folder exists, or when it begins with a slash and all of its parts are in lower case: base64 is not.
    """
    text = str(path)
    is_absolute = text.startswith("/")
    parts = Path(text).parts[int(is_absolute) :]
    if len(parts) < 2 or len(text) > 500:
        return ""
    is_path = os.path.isdir(("/" if is_absolute else "") + parts[0])  # Path.is_dir() may raise
    is_plain = is_absolute and all(_PLAIN.fullmatch(part) and for_log(part) == part for part in parts)
    return repr(text) if is_path or is_plain else ""
