"""Calls that stop the event loop of a Hub that serves requests.

A name look-up, a sleep, a wait for a process: while such a call has not returned, the Hub answers no request. What counts is
that the call is made by the Hub's code in the thread of the event loop, and never how long it takes, so the result is the
same on every machine. A loop that computes for a long time is not found: the benchmarks measure that.
"""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import os
import stat
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import pytest

HARMLESS_DEVICES = frozenset(("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"))
"""Devices that answer at once."""


class LoopWatch:
    """The blocking calls of one Hub since it has begun to serve. It starts and stops its users' servers as the Hub does.

    `calls` has a line for each: what was called, and from where.
    """

    def __init__(self) -> None:
        self.calls: list[str] = []
        self._is_on = False

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Meanwhile, calls are noted that come from code which runs for this Hub (see `enter`)."""
        _install()
        self._is_on = True
        with pytest.MonkeyPatch.context() as patch:
            # These have no audit event, or have one in newer releases of Python only.
            patch.setattr(time, "sleep", _noted(time.sleep, "time.sleep"))
            patch.setattr(subprocess.Popen, "wait", _noted(subprocess.Popen.wait, "subprocess.Popen.wait"))
            try:
                yield
            finally:
                self._is_on = False

    def enter(self) -> None:
        """From here on, the current task and what it starts run for this Hub."""
        _watch_of_this_context.set(self)

    def note(self, what: str) -> None:
        """Note a call, if it is made in the thread of a running event loop."""
        if self._is_on and asyncio._get_running_loop() is not None:
            frames = [frame for frame in traceback.extract_stack() if frame.filename != __file__]
            self.calls.append(f"{what}, called from {' < '.join(_place(frame) for frame in frames[:-6:-1])}")


_watch_of_this_context: ContextVar[LoopWatch | None] = ContextVar("notes the blocking calls of this code", default=None)


def _place(frame: traceback.FrameSummary) -> str:
    return f"{frame.filename}:{frame.lineno} ({frame.name})"


def _noted(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The function, which notes each call."""

    @functools.wraps(function)
    def noted(*arguments: Any, **options: Any) -> Any:
        watch = _watch_of_this_context.get()
        if watch is not None:
            watch.note(name)
        return function(*arguments, **options)

    return noted


# --- Python's audit events (PEP 578) ---------------------------------------------------------------------------------


def _is_name(host: object) -> bool:
    """Whether a resolver must be asked about a host."""
    try:
        ipaddress.ip_address(os.fsdecode(host).partition("%")[0])  # type: ignore[arg-type]
    except TypeError:
        return False  # no host: the addresses of this machine
    except ValueError:
        return bool(host)
    return False


def _may_wait(path: object, flags: object) -> bool:
    """Whether opening a file waits for another process, as with a named pipe."""
    if not isinstance(path, (str, bytes)) or not isinstance(flags, int) or flags & os.O_NONBLOCK:
        return False
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or (stat.S_ISCHR(mode) and os.fsdecode(path) not in HARMLESS_DEVICES)


BLOCKING: dict[str, Callable[..., bool]] = {
    "socket.getaddrinfo": lambda host, *_: _is_name(host),
    "socket.gethostbyname": lambda host, *_: _is_name(host),
    "socket.gethostbyaddr": lambda *_: True,
    "socket.getnameinfo": lambda *_: True,
    "socket.connect": lambda connection, *_: connection.gettimeout() != 0,
    "os.system": lambda *_: True,
    "open": lambda path, _, flags: _may_wait(path, flags),
}
"""Audit events → whether the call with these arguments blocks."""


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    blocks = BLOCKING.get(event)
    if blocks is None:
        return
    watch = _watch_of_this_context.get()
    if watch is not None and blocks(*arguments):
        watch.note(event)


@functools.cache
def _install() -> None:
    """Python has no way to remove a hook."""
    sys.addaudithook(_hook)
