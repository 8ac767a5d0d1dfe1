"""The number of denied users, for metrics and pages."""

from __future__ import annotations

from logging import Logger, LoggerAdapter
from typing import Any

from ...errors import DatabaseFailed
from ..database import database_access
from ..store.store import store_of


def count_denied(app: Any, log: Logger | LoggerAdapter[Any]) -> int | None:
    """How many users are denied now; None when the database cannot be read, or the start-up has not ended.

    Parameters
    ----------
    app:
        The running `JupyterHub` application; None before the start-up has ended.
    """
    if app is None:
        return None
    try:
        with database_access(app.db, "the number of denied users"):
            return store_of(app.db).accounts.count_denied()
    except DatabaseFailed as error:
        log.warning("Denied users cannot be counted: %s", error.detail)
        return None
