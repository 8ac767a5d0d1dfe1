"""A process of a benchmark: it reports figures on request, and ends when its standard input is closed.

It prints one line of JSON when it is ready, and one for each line that it reads. When the benchmark ends, for whatever
reason, its workers read the end of their input and end too, so there is nothing to clean up.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent

Figures = dict[str, Any]


def environment() -> dict[str, str]:
    """The environment of a worker. The package in this checkout takes precedence over an installed one.

    Modules are compiled once and written, whatever the environment says: imports are measured.
    """
    path = os.pathsep.join(filter(None, (str(HERE.parent), os.environ.get("PYTHONPATH"))))
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**inherited, "PYTHONPATH": path, "PYTHONHASHSEED": "0"}


async def report(ready: Figures, figures: Callable[[], Figures]) -> None:
    """The worker's side: print `ready`, then print `figures()` for each line of the input, until the input ends."""
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    print(json.dumps(ready), flush=True)
    while await lines.readline():
        print(json.dumps(figures()), flush=True)


class Worker:
    """The benchmark's side: a running worker. `ready` is what it printed when it was ready."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log
        self.ready: Figures = {}

    @classmethod
    async def start(
        cls,
        script: str,
        *arguments: str,
        folder: Path,
        env: dict[str, str] | None = None,
        under: Sequence[str] = (),
    ) -> Worker:
        """Run `script` of this folder in the directory `folder`, and wait until it is ready.

        `under` is a command that runs the process, such as a tool that measures it, and slows it down.
        """
        log = folder / f"{script}.{len(list(folder.glob(script + '.*')))}.log"
        with log.open("wb") as stderr:
            process = await asyncio.create_subprocess_exec(
                *under,
                sys.executable,
                str(HERE / script),
                *arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=stderr,
                cwd=folder,
                env=environment() | (env or {}),
            )
        worker = cls(process, log)
        worker.ready = await worker._read(1200 if under else 300)
        return worker

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    async def figures(self) -> Figures:
        """The worker's figures at this moment."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        return await self._read(300)

    async def stop(self) -> None:
        """End the worker. It is killed if it has not ended after 10 seconds."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 10)
        except asyncio.TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def _read(self, seconds: float) -> Figures:
        assert self._process.stdout is not None
        try:
            line = await asyncio.wait_for(self._process.stdout.readline(), seconds)
            answer: Figures = json.loads(line)
        except (asyncio.TimeoutError, ValueError):
            if self._process.returncode is None:
                self._process.kill()
            tail = self._log.read_text(errors="replace")[-3000:]
            raise RuntimeError(f"{self._log.name.partition('.log')[0]} does not answer:\n{tail}") from None
        return answer


def free_port() -> int:
    """A port of this machine that no process uses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


async def start_hub(
    side: str, provider: Worker, port: int, options: Figures, *, folder: Path, under: Sequence[str] = ()
) -> Worker:
    """A Hub with one side's authenticator, at the provider, whose certificate it trusts. For `options` see `hub.py`."""
    trusted = dict.fromkeys(("SSL_CERT_FILE", "CURL_CA_BUNDLE"), str(provider.ready["authority"]))
    arguments = (side, provider.ready["issuer"], str(port), json.dumps(options))
    return await Worker.start("hub.py", *arguments, folder=folder, env=trusted, under=under)


def resident() -> int:
    """Bytes of memory of this process; 0 where the system does not report it."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0


def cpu_wait() -> float:
    """Seconds for which this process has waited for a processor; 0 where the system does not report it."""
    try:
        return int(Path("/proc/self/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0
