"""Bounds for a call that would wait or read forever if what it guards against came back: it fails, and the run goes on."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from resource import RLIMIT_AS, getpagesize, getrlimit, setrlimit
from typing import Any

import pytest

SECONDS = 20
BYTES = 2**29


@contextmanager
def bounded(seconds: int = SECONDS, size: int = BYTES) -> Iterator[None]:
    """Fail the test when it has not left the block after `seconds`, or has taken `size` more bytes of memory.

    A call that waits in the operating system is interrupted by a signal; so this must be used in the main thread. The
    memory is bounded on Linux only, where its present size can be read.
    """

    def gives_up(*_: Any) -> None:
        pytest.fail(f"still running after {seconds} s")  # no `Exception`, which the code under test might handle

    before, (soft, hard) = signal.signal(signal.SIGALRM, gives_up), getrlimit(RLIMIT_AS)
    statm = Path("/proc/self/statm")
    if statm.exists():
        setrlimit(RLIMIT_AS, (int(statm.read_text().split()[0]) * getpagesize() + size, hard))
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        setrlimit(RLIMIT_AS, (soft, hard))
