"""Child processes that end together, with everything they have started themselves.

The Hub starts its proxy and its users' servers in sessions of their own, so a signal to a process group does not reach
them. Asked to end, the Hub ends them; where it cannot (it was killed, or was still starting), they are found here:
on Linux this process adopts the orphans of its children, and so they remain its descendants.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from pathlib import Path

GRACE = 20.0
"""Seconds that a child gets to end by itself: the Hub waits for its users' servers."""

LINUX = sys.platform.startswith("linux")
PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None)


class Child:
    """A child process in a session of its own, which writes to a log file.

    In its own session the Ctrl-C of the terminal does not reach it: who started it decides when and how it ends. On
    Linux it is also asked to end when who started it is killed.
    """

    def __init__(self, name: str, command: Sequence[str], *, env: Mapping[str, str], folder: Path) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603  the command is ours
                list(command),
                env=dict(env),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent if LINUX else None,
            )

    @property
    def exit_status(self) -> int | None:
        """None while it runs, then its exit status (negative: the signal that ended it)."""
        return self._process.poll()

    def log_tail(self, lines: int = 40) -> str:
        """The end of what it has written."""
        with self.log.open(encoding="utf-8", errors="replace") as log:
            return "".join(deque(log, maxlen=lines))

    def end(self, grace: float = GRACE) -> None:
        """Ask it to end, wait at most `grace` seconds, then kill it and its process group."""
        if self.exit_status is None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(grace)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def adopt_orphans() -> bool:
    """Have the orphans of our children become our children (Linux). False where the system cannot."""
    return LINUX and bool(_libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)


def _end_with_parent() -> None:
    """Have this process asked to end when its parent is gone, however that went. It runs between fork and exec."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def descendants(root: int) -> set[int]:
    """The process ids of all living children of `root`, of their children, and so on."""
    children: defaultdict[int, set[int]] = defaultdict(set)
    for pid, parent in living().items():
        children[parent].add(pid)
    found: set[int] = set()
    waiting = [root]
    while waiting:
        new = children[waiting.pop()] - found
        found |= new
        waiting.extend(new)
    return found


def end_all(children: Sequence[Child], *, adopting: bool, grace: float = GRACE) -> None:
    """End the children, the last started first, and then what they have left behind."""
    # Where orphans are not adopted, they can only be known from before their parents end.
    known = set() if adopting else descendants(os.getpid())
    for child in reversed(children):
        child.end(grace)
    for pid in known | descendants(os.getpid()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)


def living() -> dict[int, int]:
    """Process id → id of the parent, of all processes that are not zombies."""
    processes = Path("/proc")
    if not (processes / "self" / "stat").exists():
        return _living_by_ps()
    parents = {}
    for entry in processes.iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):  # it has ended meanwhile
                # proc(5): pid (name) state ppid …; the name may hold anything, also ") ".
                state, parent = (entry / "stat").read_text(errors="replace").rpartition(") ")[2].split()[:2]
                if state not in "ZX":
                    parents[int(entry.name)] = int(parent)
    return parents


def _living_by_ps() -> dict[int, int]:
    """The same where there is no /proc (macOS, BSD)."""
    command = ["ps", "-A", "-o", "pid=,ppid=,stat="]
    listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603
    rows = (line.split() for line in listing.splitlines())
    return {int(row[0]): int(row[1]) for row in rows if not row[2].startswith("Z")}
