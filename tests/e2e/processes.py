"""Real processes for the end-to-end tests: started, waited for, watched, and ended with all their children."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import requests

from oauthenticator_suite.cli.demo.processes import descendants

POLL_SECONDS = 0.1
LOG_TAIL_LINES = 40


class ProcessFailed(AssertionError):
    """A process died or did not become ready; the message holds the end of its log."""


def start_time(pid: int) -> str | None:
    """When a process has started, in the kernel's ticks (proc(5), field 22 of ``stat``). None when it has ended, or without /proc."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(") ")[2].split()[19]
    except OSError:
        return None


class ServerProcess:
    """A server in a separate process and process group.

    `ready_url` is polled by `start()`: any answer below 400 means that the server is up. `authority` is the PEM file of
    the authority that has signed its certificate, if that is not one of the system's.
    The log (standard output and error) is one file that is appended to over restarts.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        ready_url: str,
        log_file: Path,
        environment: Mapping[str, str],
        directory: Path | None = None,
        authority: Path | None = None,
    ) -> None:
        self.name = name
        self.command = list(command)
        self.ready_url = ready_url
        self.log_file = log_file
        self.environment = dict(environment)
        self.directory = directory
        self.authority = authority
        self._process: subprocess.Popen[bytes] | None = None
        self._children: dict[int, str | None] = {}

    @property
    def pid(self) -> int:
        """The process; it must run."""
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, timeout: float = 40.0) -> None:
        """Start the process and return when `ready_url` answers; `ProcessFailed` when it dies first or is too slow."""
        assert not self.running, f"{self.name} runs already"
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                cwd=self.directory,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait_until_ready(self._process, timeout)
        except BaseException:
            self.end()
            raise

    def _wait_until_ready(self, process: subprocess.Popen[bytes], timeout: float) -> None:
        deadline = time.monotonic() + timeout
        answer = "no connection"
        verify = str(self.authority) if self.authority else True
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise ProcessFailed(f"{self.name} died with status {process.returncode}\n{self.log_tail()}")
            try:
                status = requests.get(self.ready_url, timeout=5, allow_redirects=False, verify=verify).status_code
            except requests.RequestException as error:
                answer = type(error).__name__
            else:
                if status < 400:
                    return
                answer = f"status {status}"
            time.sleep(POLL_SECONDS)
        raise ProcessFailed(f"{self.name} was not ready in {timeout:g} s ({answer})\n{self.log_tail()}")

    def stop(self, timeout: float = 15.0) -> None:
        """Ask the process to end and wait; whatever is left of it or of its children after that is killed."""
        self._end_alone(signal.SIGTERM, timeout)
        self._end_children()

    def crash(self) -> None:
        """End the process at once and unasked. Servers that it has started live on, as after a crash."""
        self._end_alone(signal.SIGKILL, 5.0)

    def end(self) -> None:
        """End the process and everything that it has ever started, at once."""
        self.crash()
        self._end_children()

    def _end_alone(self, first_signal: signal.Signals, timeout: float) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        # Single-user servers and the proxy get sessions of their own: a process group would not reach them.
        self._children |= {pid: start_time(pid) for pid in descendants(process.pid)}
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(first_signal)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)

    def _end_children(self) -> None:
        for child, started in self._children.items():
            if start_time(child) == started:  # else it has ended, and its number is another process's
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
        self._children.clear()

    @property
    def log_text(self) -> str:
        return self.log_file.read_text(encoding="utf-8", errors="replace") if self.log_file.exists() else ""

    def log_tail(self) -> str:
        """The end of the log, for failure messages."""
        lines = self.log_text.splitlines()[-LOG_TAIL_LINES:]
        return "\n".join([f"--- the end of {self.log_file} ---", *lines])

    def log_mark(self) -> int:
        """Where the log ends now: `log_since(mark)` gives what came later."""
        return len(self.log_text)

    def log_since(self, mark: int) -> str:
        return self.log_text[mark:]


def wait_for(what: str, condition: Callable[[], bool], timeout: float = 15.0) -> None:
    """Poll until `condition()` holds; fail with `what` in the message when it does not in time."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"not in {timeout:g} s: {what}"
        time.sleep(POLL_SECONDS)
