"""A PostgreSQL server of a test's own: a cluster in a temporary folder, reached through a socket in it, without a port."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from .system_tools import require_program

SECONDS = 60
"""How long a command of the server may take."""

UNPRIVILEGED = "nobody"
"""The account that runs the server when the tests are run by root, which PostgreSQL refuses."""


class PostgreSQL:
    """A cluster that this process has made and stops. `folder` must be short: a socket's path has 107 bytes at most."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._databases = 0
        initdb = require_program("initdb", "/usr/lib/postgresql/*/bin", "postgresql")
        self._pg_ctl = require_program("pg_ctl", "/usr/lib/postgresql/*/bin", "postgresql")
        self._run(initdb, "--no-sync", "--username=hub", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")

    @property
    def url(self) -> str:
        """For `JupyterHub.db_url`."""
        return self._url_of("postgres")

    def new_database(self) -> str:
        """Create an empty database. Returns its URL."""
        self._databases += 1
        name = f"hub{self._databases}"
        with psycopg.connect(host=str(self._folder), user="hub", dbname="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self._url_of(name)

    def _url_of(self, database: str) -> str:
        return f"postgresql+psycopg://hub@/{database}?host={self._folder}"

    def start(self) -> None:
        options = f"-k {self._folder} -c listen_addresses= -c fsync=off"
        self._run(self._pg_ctl, "start", "--wait", f"--options={options}", f"--log={self._folder / 'log'}")

    def stop(self) -> None:
        """Stop without waiting for the clients: their connections are closed."""
        self._run(self._pg_ctl, "stop", "--wait", "--mode=fast")

    def restart(self) -> None:
        self.stop()
        self.start()

    def _run(self, program: Path, *arguments: str) -> None:
        data = str(self._folder / "data")
        done = subprocess.run(
            [program, "-D", data, *arguments],
            cwd=self._folder,
            user=UNPRIVILEGED if os.getuid() == 0 else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # not a pipe: the server would inherit it and keep it open
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{program.name} {arguments[:1]}: status {done.returncode}"


@contextmanager
def postgresql() -> Iterator[PostgreSQL]:
    """A running server, which ends with the block."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # pytest's own folders can be read by their owner only
    try:
        if os.getuid() == 0:
            shutil.chown(folder, UNPRIVILEGED)
        server = PostgreSQL(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)
