"""What makes a configuration unreadable."""

from __future__ import annotations

import re
import traceback
from pathlib import Path

_VARIABLE = re.compile(r"[A-Za-z_]\w{0,99}")


class CannotReadConfiguration(Exception):
    """A configuration that the Hub could not load. The message has file and line as far as they are known.

    Attributes
    ----------
    file, line:
        Where the reason is; None when that is not known.
    reason:
        The message without them.
    """

    def __init__(self, reason: str, file: Path | str | None = None, line: int | None = None) -> None:
        place = f"{file}:{line}: " if file and line else f"{file}: " if file else ""
        super().__init__(f"{place}{reason}")
        self.file = None if file is None else str(file)
        self.line = line
        self.reason = reason


def of_exception(error: BaseException, file: Path | str) -> CannotReadConfiguration:
    """The error for an exception that the code of a configuration raised, or that its compilation raised.

    The place is the line of `file` that was running, or the innermost line of another file when `file` was not running.
    The message of an exception may contain a secret, so that only that of a `SyntaxError`, of an `ImportError` and of a
    `KeyError` about the environment is shown.
    """
    if isinstance(error, SyntaxError):
        return CannotReadConfiguration(f"syntax error: {error.msg}", error.filename or file, error.lineno)
    frames = traceback.extract_tb(error.__traceback__)
    of_file = [frame for frame in frames if frame.filename == str(file)]
    place = (of_file or list(frames))[-1] if frames else None
    of_environment = bool(frames) and frames[-1].filename.endswith(("os.py", "<frozen os>"))
    if isinstance(error, KeyError) and of_environment and _VARIABLE.fullmatch(str(error.args[0])):
        reason = f"the environment variable {error.args[0]} is not set here"
    elif isinstance(error, (ImportError, NameError)):
        reason = f"{type(error).__name__}: {error}"
    elif isinstance(error, FileNotFoundError):
        reason = f"{type(error).__name__}: {error.filename}"
    elif isinstance(error, SystemExit):
        reason = "the code of the configuration ended the program"
    else:
        reason = f"{type(error).__name__} (its message may contain a secret, and is not shown)"
    if place is None:
        return CannotReadConfiguration(reason, file)
    return CannotReadConfiguration(reason, place.filename, place.lineno)
