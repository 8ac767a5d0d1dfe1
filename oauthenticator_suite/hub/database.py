"""The Hub's database session. JupyterHub has one for all requests, so a failure must be rolled back where it happens.

After a failed flush or a lost connection the session refuses every statement until it is rolled back. Each place that
reads or writes the database runs inside `database_access`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    PendingRollbackError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ..errors import DatabaseFailed

_TEMPORARY = (OperationalError, InterfaceError, InternalError, PendingRollbackError, PoolTimeout)
"""Errors of the connection or of a lock: the same statement may succeed a moment later."""

_MAX_SHOWN = 300

_HAS_FLUSHED = "oauthenticator_suite: has flushed"
"""The entry of the session's ``info`` that says whether something was flushed and not yet committed."""

_AFTER_COMMIT = "oauthenticator_suite: after the commit"
"""The entry of the session's ``info`` with the functions to call."""


@contextmanager
def database_access(db: Any, purpose: str) -> Iterator[None]:
    """Roll the session back when the block fails, so that the failure stays where it happened.

    The block may wait. When it raises an exception that has nothing to do with the database, changes that are not
    committed are rolled back as well: an object in memory never stays half changed.

    Parameters
    ----------
    db:
        The Hub's session (`sqlalchemy.orm.Session`).
    purpose:
        What is read or written, for the log: ``the account of 'alice'``. It must not contain secrets.

    Raises
    ------
    DatabaseFailed
        For every `sqlalchemy.exc.SQLAlchemyError`.
    """
    if _HAS_FLUSHED not in db.info:
        _watch_flushes(db)
    if not db.is_active:  # other code has left a failed transaction behind
        roll_back(db)
    try:
        yield
    except SQLAlchemyError as error:
        roll_back(db)
        raise database_failure(error, purpose) from error
    except BaseException:
        roll_back_changes(db)
        raise


@contextmanager
def one_transaction(db: Any, purpose: str) -> Iterator[None]:
    """`database_access` for a block that writes: everything is committed once, at its end, or nothing is.

    JupyterHub's own methods commit after each step, so that an error would leave an account with half of its rights.
    Within the block these steps only flush. The block must not wait, because other requests use the same session.
    """
    outermost = _AFTER_COMMIT not in db.info
    calls: list[Callable[[], None]] = db.info.setdefault(_AFTER_COMMIT, [])
    try:
        with database_access(db, purpose):
            commit = db.commit
            db.commit = db.flush
            try:
                yield
            except BaseException:
                roll_back(db)
                raise
            finally:
                db.commit = commit
            try:
                commit()
            except BaseException:  # also of a listener: the session does not note statements that it did not flush
                roll_back(db)
                raise
    except BaseException:
        calls.clear()
        raise
    finally:
        if outermost:
            del db.info[_AFTER_COMMIT]
    if outermost:
        for call in calls:
            call()


def after_commit(db: Any, call: Callable[[], None]) -> None:
    """Call a function when the `one_transaction` around has been committed, and never if it is rolled back.

    Outside of `one_transaction` it is called at once.
    """
    calls: list[Callable[[], None]] | None = db.info.get(_AFTER_COMMIT)
    if calls is None:
        call()
    else:
        calls.append(call)


def roll_back_changes(db: Any) -> None:
    """Roll the session back if it has changes that are not committed, flushed or not. Else nothing is read again."""
    if db.dirty or db.new or db.deleted or db.info.get(_HAS_FLUSHED):
        roll_back(db)


def _watch_flushes(db: Any) -> None:
    """Have the session note its flushes. Each query may cause one, after which no object is dirty."""

    def note(has_flushed: bool) -> Callable[..., None]:
        return lambda session, *_: session.info.update({_HAS_FLUSHED: has_flushed})

    db.info[_HAS_FLUSHED] = False
    event.listen(db, "after_flush", note(True))
    for end in ("after_commit", "after_rollback"):
        event.listen(db, end, note(False))


def roll_back(db: Any) -> None:
    """Roll the session back. Does not raise when the connection is lost."""
    try:
        db.rollback()
    except SQLAlchemyError:
        db.invalidate()


def database_failure(error: SQLAlchemyError, purpose: str) -> DatabaseFailed:
    """The typed error for an exception of SQLAlchemy.

    The detail has the driver's first line. It never has the statement, whose parameters may be secrets.
    """
    told = type(error).__name__
    if isinstance(error, DBAPIError):
        lines = str(error.orig).strip().splitlines()
        told = f"{type(error.orig).__name__}: {lines[0][:_MAX_SHOWN] if lines else 'no message'}"
    hint = ""
    if isinstance(error, IntegrityError):
        hint = (
            ". If two names differ only in case or accents (groups Staff and staff): the database's collation treats "
            "them as equal; choose a case-sensitive collation, or let the provider send one spelling"
        )
    return DatabaseFailed(
        f"the Hub's database failed ({purpose}): {told}{hint}", status=503 if isinstance(error, _TEMPORARY) else 500
    )
