"""Creation and upgrade of the suite's tables. JupyterHub's own migrations do not know these tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Column, inspect, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from ...errors import ConfigurationError
from .tables import ACCOUNTS, METADATA, REFUSALS_TABLE, SETTINGS

VERSION = 4
"""The version of the tables that this release reads and writes."""


def _add_column(connection: Connection, column: Column[Any]) -> None:
    """Add a column of ``suite_accounts``, and its index.

    It may run again after a failure: MySQL does not take back changes of tables with the transaction.
    """
    if column.name not in {known["name"] for known in inspect(connection).get_columns(ACCOUNTS.name)}:
        kind = column.type.compile(connection.dialect)
        connection.execute(text(f"ALTER TABLE {ACCOUNTS.name} ADD COLUMN {column.name} {kind}"))
    for index in ACCOUNTS.indexes:
        if column in index.columns.values():
            index.create(connection, checkfirst=True)


def _add_identity(connection: Connection) -> None:
    """Version 2: the column ``identity`` of ``suite_accounts``. Logins and `follow_renames` fill it."""
    _add_column(connection, ACCOUNTS.c.identity)


def _add_refusals(connection: Connection) -> None:
    """Version 3: the table ``suite_refusals``. It may run again after a failure."""
    REFUSALS_TABLE.create(connection, checkfirst=True)


def _add_provider_session(connection: Connection) -> None:
    """Version 4: the column ``provider_session`` of ``suite_accounts``. Logins and `backchannel_logout` fill it."""
    _add_column(connection, ACCOUNTS.c.provider_session)
    # `backchannel_logout` reads the accounts without an identity: those of earlier logins have a session to add.
    connection.execute(ACCOUNTS.update().values(identity=None))


UPGRADES: Mapping[int, Callable[[Connection], None]] = {
    1: _add_identity,
    2: _add_refusals,
    3: _add_provider_session,
}
"""The steps to newer versions: the function under ``n`` changes tables of version ``n`` to version ``n + 1``."""

_VERSION_NAME = "schema_version"


def prepare(
    db: Session, *, version: int = VERSION, upgrades: Mapping[int, Callable[[Connection], None]] = UPGRADES
) -> None:
    """Create the tables, or upgrade those of an older release, in one transaction.

    Parameters
    ----------
    version:
        The version to create or to upgrade to.
    upgrades:
        The steps, as in `UPGRADES`.

    Raises
    ------
    ConfigurationError
        When the tables are of a newer release than this one.
    """
    try:
        _prepare(db.connection(), version, upgrades)
        db.commit()
    except BaseException:
        db.rollback()
        raise


def _prepare(connection: Connection, version: int, upgrades: Mapping[int, Callable[[Connection], None]]) -> None:
    is_version = SETTINGS.c.name == _VERSION_NAME
    found = None
    if inspect(connection).has_table(SETTINGS.name):
        found = connection.execute(select(SETTINGS.c.value).where(is_version)).scalar()
    if found is None:
        METADATA.create_all(connection)
        connection.execute(SETTINGS.insert().values(name=_VERSION_NAME, value=version))
        return
    if found > version:
        raise ConfigurationError(
            f"the suite_* tables in the Hub's database have version {found:g}, and this release of "
            f"oauthenticator_suite knows versions up to {version}: install the release that wrote them or a newer one, "
            "or restore the backup of the database from before the update"
        )
    if found < version:
        for step in range(int(found), version):
            upgrades[step](connection)
        connection.execute(SETTINGS.update().where(is_version).values(value=version))
