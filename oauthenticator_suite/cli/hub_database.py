"""A Hub's database, for commands that read its accounts without a Hub."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyterhub import orm
from sqlalchemy import create_engine, inspect, select
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from ..hub.database import database_failure

USERS_TABLE = orm.User.__table__


class CannotUseDatabase(Exception):
    """The database cannot be opened or read. The message says why, without secrets."""


@contextmanager
def hub_engine(url: str, **options: Any) -> Iterator[Engine]:
    """The database at `url`; a path is one of SQLite.

    Raises
    ------
    CannotUseDatabase
        When the URL cannot be used, or names a file that does not exist.
    """
    try:
        parsed = make_url(url if "://" in url else f"sqlite:///{url}")
        file = parsed.database if parsed.drivername.startswith("sqlite") else None
        if file and not Path(file).is_file():
            hint = "" if Path(file).is_absolute() else f" in {Path.cwd()}: run the command in the Hub's folder"
            raise CannotUseDatabase(f"there is no database {file}{hint}")
        engine = create_engine(parsed, **options)
    except (ArgumentError, ImportError) as error:
        raise CannotUseDatabase(f"the database's URL cannot be used: {type(error).__name__}") from None
    try:
        yield engine
    finally:
        engine.dispose()


def account_rows(engine: Engine) -> Sequence[Any]:
    """The rows ``id``, ``name`` and ``encrypted_auth_state`` of all accounts, by name.

    Raises
    ------
    CannotUseDatabase
        When the database cannot be read, or is not that of a Hub.
    """
    columns = USERS_TABLE.c.id, USERS_TABLE.c.name, USERS_TABLE.c.encrypted_auth_state
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table(USERS_TABLE.name):
                raise CannotUseDatabase("the database has no table of users: it is not the database of a Hub")
            return connection.execute(select(*columns).order_by(USERS_TABLE.c.name)).all()
    except SQLAlchemyError as error:
        raise CannotUseDatabase(database_failure(error, "reading the accounts").detail) from None
