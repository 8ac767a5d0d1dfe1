"""What a Hub measures while it serves logins: its SQL statements and commits, and the lag of its event loop."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from worker import Figures

HEARTBEAT = 0.005
"""Seconds between two heartbeats of the event loop."""


class SQLCounter:
    """Counts the statements that SQLAlchemy hands to the driver, and the commits.

    JupyterHub's check of a connection (``SELECT 1``) counts as a statement, because it is a round trip too. Its
    transaction has nothing to commit and is not counted.
    """

    def __init__(self) -> None:
        self.statements = self.commits = 0
        self._is_ping = False
        event.listen(Engine, "before_cursor_execute", self._execute)
        event.listen(Engine, "commit", self._commit)

    def _execute(self, connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        self.statements += 1
        self._is_ping = statement.split() == ["SELECT", "1"]

    def _commit(self, connection: Any) -> None:
        self.commits += not self._is_ping


class LoopLag:
    """How late the event loop calls a timer: as long as other callbacks keep it from doing so."""

    def __init__(self) -> None:
        self._late: list[float] = []
        self._beat(asyncio.get_running_loop().time())

    def _beat(self, due: float) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._late.append(now - due)
        loop.call_at(now + HEARTBEAT, self._beat, now + HEARTBEAT)

    def take(self) -> Figures:
        """The 99th percentile and the maximum in seconds, since the last call of this method."""
        late, self._late = sorted(self._late), []
        return {"lag_p99": late[int(len(late) * 0.99)] if late else 0.0, "lag_max": late[-1] if late else 0.0}
