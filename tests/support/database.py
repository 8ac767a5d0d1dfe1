"""Counts the SQL statements and the transactions of a running Hub.

::

    with counting(hub) as database:
        await browser.get("/hub/home")
    database.check(database.cost, Cost(5, 2))
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import jupyterhub
import pytest
from sqlalchemy import event

import oauthenticator_suite

PING = "ping_connection"
"""The function of JupyterHub that checks a connection with ``SELECT 1``, in a separate transaction."""

_PACKAGES = tuple(str(Path(package.__file__).parent.parent) + "/" for package in (jupyterhub, oauthenticator_suite))
_SHOWN_FRAMES = 6


class Cost(NamedTuple):
    """Statements and transactions."""

    statements: int
    transactions: int

    def within(self, limit: Cost) -> bool:
        """Whether neither number is above the limit's."""
        return self.statements <= limit.statements and self.transactions <= limit.transactions

    def __str__(self) -> str:
        return f"{self.statements} statements in {self.transactions} transactions"


@dataclass(frozen=True)
class Statement:
    """One statement, or the end of a transaction, with the lines of code that issued it (the innermost first)."""

    sql: str
    transaction: int
    ping: bool
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.transaction}  {self.sql}\n      {' < '.join(self.lines[:_SHOWN_FRAMES])}"


@dataclass
class DatabaseLog:
    """What a Hub has sent to its database.

    `statements` are those that SQLAlchemy hands to the driver for execution. The PRAGMA that JupyterHub sends through
    the driver itself, when it opens a connection to SQLite, does not count. Transactions are numbered; one without
    statements does not count. A savepoint does not count as a transaction.
    """

    statements: list[Statement] = field(default_factory=list)
    ends: list[Statement] = field(default_factory=list)
    begun: int = 0

    @property
    def cost(self) -> Cost:
        """All statements and transactions, JupyterHub's checks of the connection (pings) included."""
        return _cost_of(self.statements)

    @property
    def cost_without_pings(self) -> Cost:
        """The same without JupyterHub's checks of the connection."""
        return _cost_of([one for one in self.statements if not one.ping])

    @property
    def commits(self) -> int:
        """How often something was committed."""
        return sum(not one.ping for one in self.ends)

    def check(self, cost: Cost, limit: Cost) -> None:
        """Fail when `cost` is above `limit`, with a list of all statements and the code that sent them."""
        if not cost.within(limit):
            listed = "\n".join(map(str, self.statements))
            pytest.fail(f"{cost}, allowed are {limit}. All that was sent:\n{listed}", pytrace=False)


@contextmanager
def counting(hub: Any) -> Iterator[DatabaseLog]:
    """Logs what the Hub sends to its database. A transaction that is open at the beginning is committed first.

    To find a user in the test itself, use the account's id: ``hub.app.users["alice"]`` is a statement.
    """
    hub.app.db.commit()
    log = DatabaseLog()

    def begin(connection: Any) -> None:
        log.begun += 1

    def execute(connection: Any, cursor: Any, sql: str, *rest: Any) -> None:
        log.statements.append(_statement(sql, log.begun))

    def commit(connection: Any) -> None:
        log.ends.append(_statement("COMMIT", log.begun))

    engine = hub.app.db.get_bind()
    listeners = [("begin", begin), ("before_cursor_execute", execute), ("commit", commit)]
    for name, listener in listeners:
        event.listen(engine, name, listener)
    try:
        yield log
    finally:
        for name, listener in listeners:
            event.remove(engine, name, listener)


def _cost_of(statements: list[Statement]) -> Cost:
    return Cost(len(statements), len({one.transaction for one in statements}))


def _statement(sql: str, transaction: int) -> Statement:
    ping = False
    lines = []
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        code = frame.f_code
        ping = ping or code.co_name == PING
        for root in _PACKAGES:
            if code.co_filename.startswith((root + "jupyterhub/", root + "oauthenticator_suite/")):
                lines.append(f"{code.co_filename.removeprefix(root)}:{frame.f_lineno} {code.co_name}")
                break
        frame = frame.f_back
    return Statement(_shortened(sql), transaction, ping, tuple(lines))


def _shortened(sql: str) -> str:
    """The statement on one line. Of the columns of a long SELECT, only their number."""
    line = " ".join(sql.split())
    columns, found, rest = line.partition(" FROM ")
    if found and line.startswith("SELECT ") and columns.count(",") > 1:
        return f"SELECT ({columns.count(',') + 1} columns) FROM {rest}"
    return line
