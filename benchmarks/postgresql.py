"""A PostgreSQL server behind a network that takes time, in one process.

    python postgresql.py DELAY_MS

The server has a cluster of its own in a temporary folder, without fsync. A proxy passes on each message of a client
after DELAY_MS milliseconds, so that each statement takes that much longer, as with a server on another machine. The
worker's `ready` has the `url` for ``JupyterHub.db_url``, with ``{database}`` for the name of a database, and creates
the databases ``hub0`` … ``hub99``.
"""

from __future__ import annotations

import asyncio
import glob
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from worker import report

UNPRIVILEGED = "nobody"
"""The account that runs the server when the benchmark is run by root, which PostgreSQL refuses."""

DATABASES = 100


def program(name: str) -> str:
    """The path of a program of PostgreSQL. Debian does not put it on the path."""
    found = shutil.which(name) or next(iter(sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))), None)
    if found is None:
        sys.exit(f"{name} is not installed: install the package postgresql")
    return found


class Server:
    """A cluster in `folder`, reached through a socket in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._run("initdb", "--no-sync", "--username=hub", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
        options = f"-k {folder} -c listen_addresses= -c fsync=off"
        self._run("pg_ctl", "start", "--wait", f"--options={options}", f"--log={folder / 'log'}")
        sql = "".join(f"CREATE DATABASE hub{number} TEMPLATE template0;\n" for number in range(DATABASES))
        command = [program("psql"), "-h", str(folder), "-U", "hub", "-q", "postgres"]
        subprocess.run(command, input=sql.encode(), check=True, stdout=subprocess.DEVNULL)

    @property
    def socket(self) -> str:
        return str(self._folder / ".s.PGSQL.5432")

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "--wait", "--mode=immediate")

    def _run(self, name: str, *arguments: str) -> None:
        subprocess.run(
            [program(name), "-D", str(self._folder / "data"), *arguments],
            cwd=self._folder,
            user=UNPRIVILEGED if os.getuid() == 0 else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # not a pipe: the server would inherit it and keep it open
            check=True,
        )


class Delay:
    """Passes on what clients send after `seconds`, and what the server answers at once."""

    def __init__(self, socket: str, seconds: float) -> None:
        self._socket = socket
        self._seconds = seconds

    async def listen(self) -> int:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def _connected(self, near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        far_in, far_out = await asyncio.open_unix_connection(self._socket)
        await asyncio.gather(self._carry(near_in, far_out, self._seconds), self._carry(far_in, near_out, 0))

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, seconds: float) -> None:
        try:
            while data := await source.read(65536):
                if seconds:
                    await asyncio.sleep(seconds)
                sink.write(data)
        except ConnectionError:
            pass
        sink.close()


async def main(delay_ms: float) -> None:
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path has 107 bytes at most
    try:
        if os.getuid() == 0:
            shutil.chown(folder, UNPRIVILEGED)
        server = Server(folder)
        try:
            port = await Delay(server.socket, delay_ms / 1000).listen()
            url = f"postgresql+psycopg://hub@127.0.0.1:{port}/{{database}}?sslmode=disable&gssencmode=disable"
            await report({"url": url}, dict)
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
