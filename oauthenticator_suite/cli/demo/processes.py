"""Child processes that end together, with all of their descendants.

The Hub starts its proxy and its users' servers in separate sessions, so a signal to a process group does not reach
them. The Hub ends them when it receives SIGTERM. When it cannot (it was killed, or was still starting), this module
finds them: on Linux this process adopts the orphans of its children, so they remain its descendants.
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
"""Seconds between SIGTERM and SIGKILL. The Hub needs time to stop its users' servers."""

LINUX = sys.platform.startswith("linux")
PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None)


class Child:
    """A child process in a separate session, with its output in a log file.

    The terminal's Ctrl-C does not reach a separate session: this process decides when the child ends. On Linux the
    child also receives SIGTERM when this process is killed.
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
        """None while the process runs, then its exit status (negative: the number of the signal that ended it)."""
        return self._process.poll()

    def log_tail(self, lines: int = 40) -> str:
        """The last lines of the log."""
        with self.log.open(encoding="utf-8", errors="replace") as log:
            return "".join(deque(log, maxlen=lines))

    def end(self, grace: float = GRACE) -> None:
        """Send SIGTERM, wait at most `grace` seconds, then kill the process and its process group."""
        if self.exit_status is None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(grace)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def adopt_orphans() -> bool:
    """Make this process the parent of its children's orphans (Linux). Returns False where the system cannot do that."""
    return LINUX and bool(_libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)


def _end_with_parent() -> None:
    """Request SIGTERM for this process when its parent ends. Runs between fork and exec."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def descendants(root: int) -> set[int]:
    """The process ids of all living descendants of the process `root`."""
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
    """End the children, the last started first, and then their remaining descendants."""
    # Where orphans are not adopted, they must be found before their parents end.
    known = set() if adopting else descendants(os.getpid())
    for child in reversed(children):
        child.end(grace)
    for pid in known | descendants(os.getpid()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)


def living() -> dict[int, int]:
    """The parent's process id of each process that is not a zombie, by process id."""
    processes = Path("/proc")
    if not (processes / "self" / "stat").exists():
        return _living_by_ps()
    parents = {}
    for entry in processes.iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):  # the process has ended in the meantime
                # proc(5): pid (name) state ppid …; the name may contain ") ".
                state, parent = (entry / "stat").read_text(errors="replace").rpartition(") ")[2].split()[:2]
                if state not in "ZX":
                    parents[int(entry.name)] = int(parent)
    return parents


def _living_by_ps() -> dict[int, int]:
    """The same on systems without /proc (macOS, BSD)."""
    command = ["ps", "-A", "-o", "pid=,ppid=,stat="]
    listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603
    rows = (line.split() for line in listing.splitlines())
    return {int(row[0]): int(row[1]) for row in rows if not row[2].startswith("Z")}
