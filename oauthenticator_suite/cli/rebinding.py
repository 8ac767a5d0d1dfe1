"""The work of ``oauthenticator-suite rebind``: reading the records of a Hub's accounts, and replacing them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cryptography.fernet import InvalidToken
from jupyterhub.app import JupyterHub
from jupyterhub.crypto import CryptKeeper
from sqlalchemy import bindparam, inspect, update
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from ..hub.accounts.ownership import NO_ISSUER
from ..hub.accounts.record import KEY, SessionRecord
from ..hub.base.crypt_key import why_no_encryption
from ..hub.database import database_failure
from ..hub.store.tables import ACCOUNTS
from .hub_database import USERS_TABLE, CannotUseDatabase, account_rows, hub_engine

_SHOWN = 10


class CannotRebind(CannotUseDatabase):
    """Nothing can be changed. The message says why, without secrets."""


@dataclass(frozen=True)
class Move:
    """What to do.

    Attributes
    ----------
    before, after:
        The recorded and the new issuer; `NO_ISSUER` for none. `before` is None when only `users` say which accounts.
    users:
        The names of the accounts; empty for all.
    subject:
        The new subject; None to keep the recorded one.
    provider:
        The provider of `MultiAuthenticator`; None to keep the recorded one.
    """

    before: str | None
    after: str
    users: frozenset[str] = frozenset()
    subject: str | None = None
    provider: str | None = None

    @property
    def names_owner(self) -> bool:
        """Whether issuer and subject of the new owner are given: then an account without an owner can be bound."""
        return self.subject is not None and self.after != NO_ISSUER

    def concerns(self, issuer: str | None) -> bool:
        """Whether this is the issuer to move from."""
        return (issuer or NO_ISSUER) == self.before

    def others(self, record: SessionRecord) -> dict[str, list[str | None]]:
        """The logins with other providers of a shared account, after the move."""
        return {
            name: [self.after if self.concerns(issuer) else issuer, subject]
            for name, (issuer, subject) in record.others.items()
        }

    def record(self, before: SessionRecord) -> SessionRecord:
        """The new record. It keeps the subject, and nothing else that the earlier provider said."""
        return SessionRecord(
            self.after,
            before.subject if self.subject is None else self.subject,
            provider=self.provider or before.provider,
            others=self.others(before),
        )


@dataclass(frozen=True)
class Change:
    """The change of one account.

    Attributes
    ----------
    summary:
        What changes, for the operator.
    encrypted:
        What is stored, as it was read; None when nothing is.
    auth_state:
        What is stored afterwards; None for nothing.
    """

    user_id: int
    name: str
    summary: str
    encrypted: bytes | None = field(repr=False)
    auth_state: dict[str, Any] | None = field(repr=False)

    def __str__(self) -> str:
        return f"{self.name}: {self.summary}"


class HubDatabase:
    """The accounts of one Hub, and the key with which their records are encrypted."""

    def __init__(self, engine: Engine, keeper: CryptKeeper) -> None:
        self._engine = engine
        self._fernet = keeper.fernet

    def plan(self, move: Move) -> list[Change]:
        """The changes for a move; nothing is written.

        Raises
        ------
        CannotRebind
            When there is no such account, or when records that may be concerned cannot be decrypted.
        """
        rows = account_rows(self._engine)
        missing = move.users - {row.name for row in rows}
        if missing:
            raise CannotRebind(f"the Hub has no account {', '.join(sorted(missing))}")
        changes, unreadable, found = [], [], Counter[str]()
        for row in rows:
            if move.users and row.name not in move.users:
                continue
            if row.encrypted_auth_state is None:
                if move.names_owner:
                    changes.append(_change(move, row, "no record", SessionRecord()))
                continue
            try:
                auth_state = json.loads(self._fernet.decrypt(row.encrypted_auth_state))
            except (InvalidToken, ValueError):
                unreadable.append(row.name)
                changes.append(_change(move, row, "cannot be decrypted", SessionRecord()))
                continue
            if not isinstance(auth_state, dict) or KEY not in auth_state:
                if move.names_owner:
                    changes.append(_change(move, row, "a record of another package", SessionRecord()))
                continue
            record = SessionRecord.of(auth_state)
            found[record.issuer or NO_ISSUER] += 1
            if move.concerns(record.issuer):
                changes.append(_change(move, row, record.issuer or "no issuer", record))
            elif any(move.concerns(issuer) for issuer, _ in record.others.values()):
                replace(record, others=move.others(record)).into(auth_state)
                summary = f"{move.before} -> {move.after}, for a provider that shares the account"
                changes.append(Change(row.id, row.name, summary, row.encrypted_auth_state, auth_state))
        if unreadable and not move.users:
            shown = ", ".join(unreadable[:_SHOWN]) + (" ..." if len(unreadable) > _SHOWN else "")
            raise CannotRebind(
                f"the records of {len(unreadable)} accounts cannot be decrypted ({shown}). Add the key with which they "
                "were encrypted to JUPYTERHUB_CRYPT_KEY, after the present one and a semicolon. If it is lost, name "
                "each of these accounts with --user"
            )
        if not changes:
            recorded = ", ".join(f"{issuer} ({count})" for issuer, count in found.most_common(_SHOWN))
            wanted = "--from-issuer is needed" if move.before is None else f"no account has the issuer {move.before!r}"
            raise CannotRebind(
                f"{wanted}. " + (f"Recorded issuers: {recorded}" if recorded else "There is no record of a login")
            )
        return changes

    def write(self, changes: Sequence[Change]) -> None:
        """Write all changes, or none.

        Raises
        ------
        CannotRebind
            When the database cannot be written, or a login has replaced a record in the meantime.
        """
        try:
            with self._engine.begin() as connection:
                for change in changes:
                    new = None
                    if change.auth_state is not None:
                        new = self._fernet.encrypt(json.dumps(change.auth_state).encode())
                    is_same = (USERS_TABLE.c.id == change.user_id) & (
                        USERS_TABLE.c.encrypted_auth_state == change.encrypted
                    )
                    done = connection.execute(update(USERS_TABLE).where(is_same).values(encrypted_auth_state=new))
                    if done.rowcount != 1:
                        raise CannotRebind(f"{change.name} has signed in in the meantime: stop the Hub, and try again")
                _forget_index(connection, [change.user_id for change in changes])
        except SQLAlchemyError as error:
            raise CannotRebind(database_failure(error, "writing").detail) from None


def _forget_index(connection: Connection, user_ids: Sequence[int]) -> None:
    """Forget by what the accounts were found: the next start of the Hub reads it again."""
    known = inspect(connection)
    if not known.has_table(ACCOUNTS.name):
        return
    columns = {column["name"] for column in known.get_columns(ACCOUNTS.name)}
    forgotten = dict.fromkeys(columns & {ACCOUNTS.c.identity.name, ACCOUNTS.c.provider_session.name})
    if forgotten:
        is_user = ACCOUNTS.c.user_id == bindparam("of_user")
        connection.execute(
            update(ACCOUNTS).where(is_user).values(**forgotten), [{"of_user": number} for number in user_ids]
        )


def _change(move: Move, row: Any, was: str, before: SessionRecord) -> Change:
    by_name = "the next user who signs in under this name gets the account"
    if move.after == NO_ISSUER:
        return Change(row.id, row.name, f"{was} -> no record; {by_name}", row.encrypted_auth_state, None)
    record, auth_state = move.record(before), dict[str, Any]()
    record.into(auth_state)
    owner = by_name if record.subject is None else f"subject {record.subject!r}"
    summary = f"{was} -> {move.after}; {owner}; stored tokens are removed"
    return Change(row.id, row.name, summary, row.encrypted_auth_state, auth_state)


@contextmanager
def open_hub_database(config: Path, url: str | None) -> Iterator[HubDatabase]:
    """The database that the configuration file names, or that of `url`.

    Raises
    ------
    CannotUseDatabase
        When the file, the database or the key does not exist.
    """
    app, options = JupyterHub(), {}
    if url is None:
        if not config.is_file():
            raise CannotRebind(
                f"there is no {config}: name the Hub's configuration with --config, or its database with --db"
            )
        try:
            app.load_config_file(str(config))
        except Exception as error:  # noqa: BLE001 - the file is the operator's program
            raise CannotRebind(f"{config} cannot be read: {type(error).__name__}") from None
        url, options = app.db_url, dict(app.db_kwargs)
    problem = why_no_encryption(app.config)
    if problem is not None:
        raise CannotRebind(f"this command {problem[0]}: set JUPYTERHUB_CRYPT_KEY to the key of the Hub")
    with hub_engine(url, **options) as engine:
        yield HubDatabase(engine, CryptKeeper(config=app.config))
