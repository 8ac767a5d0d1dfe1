"""Reading and writing a user's `auth_state`, without a thread where it is small.

JupyterHub's own methods answer None both when nothing is stored and when the stored bytes cannot be decrypted. Here the
second is an error: unreadable is not absent.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from cryptography.fernet import Fernet, InvalidToken
from jupyterhub import orm
from jupyterhub.crypto import CryptKeeper, EncryptionUnavailable, decrypt, encrypt
from jupyterhub.user import User
from sqlalchemy import bindparam, inspect, update
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from ...errors import DatabaseFailed, UnreadableRecord
from ..database import database_access

MAX_INLINE = 64 * 1024
"""Bytes up to which decrypting takes less time (half a millisecond) than handing it to a thread."""


@dataclass(frozen=True, slots=True)
class _Unsaved:
    """An `auth_state` that the database has not taken: `encrypted`, to be written in place of `replaces`."""

    replaces: object
    encrypted: bytes


_USERS: Any = orm.User.__table__
_STORE = update(_USERS).where(_USERS.c.id == bindparam("of_user")).values(encrypted_auth_state=bindparam("new"))

_NOT_READ = object()
"""In place of the bytes to replace, when the database could not even be read."""

_unsaved: WeakKeyDictionary[orm.User, _Unsaved] = WeakKeyDictionary()


def encrypted_auth_state(user: User | orm.User) -> bytes | None:
    """The encrypted `auth_state`: the stored one, or a newer one that could not be stored yet; None when there is none.

    A refresh token that the provider has replaced is worthless. So new tokens that the database did not take count
    until a login or a logout stores something else.
    """
    row = _row(user)
    stored: bytes | None = row.encrypted_auth_state
    unsaved = _unsaved.get(row)
    if unsaved is None:
        return stored
    if unsaved.replaces is _NOT_READ:
        _unsaved[row] = _Unsaved(stored, unsaved.encrypted)
    elif unsaved.replaces != stored:
        del _unsaved[row]
        return stored
    return unsaved.encrypted


class _Decrypted:
    """What a login has decrypted, by the encrypted bytes; None when the login is over."""

    content: dict[bytes, bytes] | None = None


_decrypted: ContextVar[_Decrypted] = ContextVar("what this login has decrypted", default=_Decrypted())  # noqa: B039


@contextmanager
def decrypting_once() -> Iterator[None]:
    """Within the block, equal encrypted data are decrypted once: a login checks the account's owner twice.

    Nothing can be out of date, since equal bytes have equal content. All is forgotten at the end of the block, also by
    tasks that were started in it.
    """
    decrypted = _Decrypted()
    decrypted.content = {}
    before = _decrypted.set(decrypted)
    try:
        yield
    finally:
        decrypted.content = None
        _decrypted.reset(before)


async def kept_auth_state(user: User | orm.User) -> dict[str, Any] | None:
    """The user's `auth_state`; None when there is none. Data of ordinary size are decrypted without a thread.

    JupyterHub decrypts in a few threads. With thousands of requests at a time all of them would wait for these threads,
    and hold what they have in memory.

    With several keys, data of an older key are encrypted again with the first one, as JupyterHub does.

    Raises
    ------
    UnreadableRecord
        When the stored data cannot be decrypted.
    """
    encrypted, keeper = encrypted_auth_state(user), CryptKeeper.instance()
    if encrypted is None:
        return None
    try:
        if len(encrypted) <= MAX_INLINE and keeper.keys:
            kept = json.loads(_content_of(encrypted, keeper))
        else:
            kept = await decrypt(encrypted)
    except (InvalidToken, ValueError, EncryptionUnavailable) as error:
        raise UnreadableRecord(user.name, type(error).__name__) from None
    if not isinstance(kept, dict):
        return {}  # another package may have stored other JSON: it has no record of a login
    if len(keeper.keys) > 1 and not _is_of_first_key(keeper, encrypted):
        await _rotate(user, encrypted, kept)
    return kept


def _content_of(encrypted: bytes, keeper: CryptKeeper) -> bytes:
    """The decrypted data, which an earlier call within `decrypting_once` may have decrypted already."""
    known = _decrypted.get().content
    content: bytes | None = None if known is None else known.get(encrypted)
    if content is None:
        content = keeper.fernet.decrypt(encrypted)
        if known is not None:
            known[encrypted] = content
    return content


def write_auth_state(user: User | orm.User, encrypted: bytes | None) -> None:
    """Write an encrypted `auth_state` in the caller's `one_transaction`, or delete it.

    This is one statement. SQLAlchemy's unit of work would take as much time as everything else that a login writes.

    Raises
    ------
    sqlalchemy.orm.exc.StaleDataError
        When the account is no longer in the database.
    """
    row = _row(user)
    if encrypted == row.encrypted_auth_state:
        return
    session: Any = inspect(row).session  # none after the account was deleted
    if session is None or session.execute(_STORE, {"of_user": row.id, "new": encrypted}).rowcount == 0:
        raise StaleDataError(f"the account {row.name!r} is no longer in the database")
    set_committed_value(row, "encrypted_auth_state", encrypted)  # a rollback reads it again


async def save_auth_state(user: User, auth_state: dict[str, Any]) -> None:
    """Store `auth_state` at once. If the database does not take it, it counts in memory until it can be stored.

    Raises
    ------
    DatabaseFailed
        When it could not be stored.
    """
    _save(user, await encrypt(auth_state))


def replace_auth_state(user: User, before: bytes | None, auth_state: Mapping[str, Any]) -> None:
    """Store `auth_state` without waiting, if nothing else has replaced the encrypted data `before` in the meantime.

    Raises
    ------
    DatabaseFailed
        When it could not be stored. As in `save_auth_state`, it then counts in memory.
    """
    keeper = CryptKeeper.instance()
    keeper.check_available()
    encrypted = keeper.fernet.encrypt(json.dumps(auth_state).encode())
    try:
        with database_access(user.db, "the auth_state of a user"):
            is_current = bool(inspect(user.orm_user).persistent) and encrypted_auth_state(user) == before
    except DatabaseFailed:
        _unsaved[user.orm_user] = _Unsaved(before, encrypted)
        raise
    if is_current:
        _save(user, encrypted)


def _save(user: User, encrypted: bytes) -> None:
    earlier = _unsaved.get(user.orm_user)
    replaces = earlier.replaces if earlier is not None else _NOT_READ
    try:
        with database_access(user.db, "the auth_state of a user"):
            replaces = user.orm_user.encrypted_auth_state
            user.encrypted_auth_state = encrypted
            user.db.commit()
    except DatabaseFailed:
        _unsaved[user.orm_user] = _Unsaved(replaces, encrypted)
        raise
    forget_unsaved(user)


def store_unsaved(user: User) -> None:
    """Try to store an `auth_state` that the database did not take before.

    Raises
    ------
    DatabaseFailed
        When the database does not take it this time either.
    """
    if user.orm_user not in _unsaved:
        return
    encrypted = encrypted_auth_state(user)
    if user.orm_user in _unsaved:  # nothing newer has been stored
        with database_access(user.db, "the auth_state of a user, which could not be stored before"):
            user.encrypted_auth_state = encrypted
            user.db.commit()
        forget_unsaved(user)


def forget_unsaved(user: User) -> None:
    """Forget what could not be stored, after something newer was stored."""
    _unsaved.pop(user.orm_user, None)


def _row(user: User | orm.User) -> orm.User:
    row: orm.User = getattr(user, "orm_user", user)
    return row


def _is_of_first_key(keeper: CryptKeeper, encrypted: bytes) -> bool:
    first = Fernet(urlsafe_b64encode(keeper.keys[0]))
    try:
        first.decrypt(encrypted)
    except InvalidToken:
        return False
    return True


async def _rotate(user: User | orm.User, encrypted: bytes, auth_state: dict[str, Any]) -> None:
    """Encrypt stored data again with the first key, unless they have been replaced. The read does not fail with it."""
    again = await encrypt(auth_state)
    row = _row(user)
    with suppress(DatabaseFailed), database_access(inspect(row).session, "the auth_state of a user"):
        if row.encrypted_auth_state == encrypted:
            row.encrypted_auth_state = again
            inspect(row).session.commit()
