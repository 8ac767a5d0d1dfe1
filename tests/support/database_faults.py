"""A database that fails for a while: another process's lock on the Hub's SQLite file, or a restarted server."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from .hub import HubState

READS_AND_WRITES, WRITES = "EXCLUSIVE", "IMMEDIATE"
"""What another process's transaction on a SQLite file keeps the Hub from."""

IMPATIENT: dict[str, Any] = {"connect_args": {"timeout": 0, "check_same_thread": False}}
"""For `JupyterHub.db_kwargs`: a locked file is an error at once; by default SQLite waits for five seconds."""


@contextmanager
def locked(state: HubState, what: str = READS_AND_WRITES) -> Iterator[None]:
    """Hold a lock on the Hub's SQLite file, as a backup or another process does."""
    assert state.directory is not None, "the database must be a file"
    with closing(sqlite3.connect(state.directory / "hub.sqlite", isolation_level=None)) as other:
        other.execute(f"BEGIN {what}")
        yield
        other.execute("ROLLBACK")
