"""Files that commands write, most of them with secrets: made for their owner only, and replaced in one step."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from ..hub.credential_files import read_credential_file

NEW_FILE_MODE = 0o600
"""The permissions of a new file: only its owner can read it."""


class CannotUseFile(Exception):
    """A file cannot be read or written. The message names it and the reason, and has no secret."""


class MissingFile(CannotUseFile):
    """There is no such file."""


def create(path: Path, content: str = "") -> None:
    """Create a file that only its owner can read.

    Raises
    ------
    FileExistsError
        If it exists.
    CannotUseFile
        If it cannot be created.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, NEW_FILE_MODE)
    except FileExistsError:
        raise
    except OSError as error:
        raise _not_written(path, error) from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise _not_written(path, error) from None


def replace(path: Path, content: str | bytes, mode: int | None = None) -> None:
    """Write a file in one step: a reader sees the old content or the new one.

    The owner, the group and the permissions of a file that exists stay: the Hub and the command may run as different
    users. A symbolic link stays one.

    Parameters
    ----------
    content:
        Text is written in UTF-8.
    mode:
        The permissions; None for those of the file that exists, and `NEW_FILE_MODE` for a new one.

    Raises
    ------
    CannotUseFile
        If it cannot be written. The file is then as it was.
    """
    path = path.resolve()
    temporary = ""
    try:
        before = path.stat() if path.exists() else None
        if mode is None:
            mode = NEW_FILE_MODE if before is None else stat.S_IMODE(before.st_mode)
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # with NEW_FILE_MODE
        with os.fdopen(descriptor, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            if before is not None and (before.st_uid, before.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(descriptor, before.st_uid, before.st_gid)
            os.fchmod(descriptor, mode)
            file.flush()
            os.fsync(descriptor)
        Path(temporary).replace(path)
    except BaseException as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _not_written(path, error) from None
        raise


def read(path: Path, limit: int) -> str:
    """The text in a file: `limit` bytes of it, and one more if there is more, so that a parser can refuse it.

    Raises
    ------
    MissingFile
        If there is no such file.
    CannotUseFile
        If it cannot be read, is not a regular file, or is not text.
    """
    try:
        return read_credential_file(str(path), limit).decode("utf-8")
    except UnicodeDecodeError:
        raise CannotUseFile(f"{path} is not text in UTF-8") from None
    except FileNotFoundError as error:
        raise MissingFile(f"{path} cannot be read: {error.strerror}") from None
    except OSError as error:
        raise CannotUseFile(f"{path} cannot be read: {error.strerror or type(error).__name__}") from None


def _not_written(path: Path, error: OSError) -> CannotUseFile:
    return CannotUseFile(f"{path} cannot be written: {error.strerror or type(error).__name__}")
