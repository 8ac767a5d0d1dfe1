"""Checks of the encryption keys of a running Hub: what its newest key, or no key, can decrypt."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from jupyterhub import orm
from jupyterhub.crypto import CryptKeeper
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import database_access
from ..findings.finding import INFO, WARNING, Check, Problem, check
from ..findings.hub_files import application_of

MAX_RECORDS = 500
"""Records that are tried: those of the users who were active last. They take some 30 ms."""


def _needing(authenticator: Any) -> tuple[int, int, int]:
    """How many records there are, how many need a key that is not the first one, and how many no key decrypts.

    Zeros when this is not a running Hub, or when it has no keys.
    """
    hub = application_of(authenticator)
    db = getattr(hub, "db", None)
    if hub is None or hub is not authenticator.parent or not isinstance(db, Session):
        return 0, 0, 0
    # the Hub's own keeper, or one as the Hub would make it
    keeper = CryptKeeper.instance() if CryptKeeper.initialized() else CryptKeeper(config=hub.config)
    if not keeper.keys:
        return 0, 0, 0
    stored = select(orm.User.encrypted_auth_state).where(orm.User.encrypted_auth_state.is_not(None))
    newest = stored.order_by(orm.User.last_activity.desc(), orm.User.id).limit(MAX_RECORDS)
    with database_access(db, "the encrypted records"):  # a failure must not leave a failed transaction to other code
        records = list(db.execute(newest).scalars())
    keys = [Fernet(urlsafe_b64encode(key)) for key in keeper.keys]
    decrypting = [next((number for number, key in enumerate(keys) if _opens(key, each)), None) for each in records]
    return len(records), sum(bool(number) for number in decrypting), decrypting.count(None)


def _opens(key: Fernet, record: bytes) -> bool:
    try:
        key.decrypt(record)
    except InvalidToken:
        return False
    return True


def _of(number: int, total: int) -> str:
    return f"{number} of {total} records" if total < MAX_RECORDS else f"{number} of the {total} newest records"


@check(
    "crypt-key-lost",
    WARNING,
    "Stored records can be decrypted with none of the keys in `JUPYTERHUB_CRYPT_KEY`: their users cannot sign in.",
    "Add the key with which they were encrypted, after the present one and a semicolon.",
    stage="advice",
)
def key_lost(authenticator: Any) -> Iterator[Problem]:
    """The owner of such an account is unknown. Only the running Hub can tell."""
    if authenticator.enable_auth_state:
        total, _, lost = _needing(authenticator)
        if lost:
            yield Problem("", f"JUPYTERHUB_CRYPT_KEY cannot decrypt {_of(lost, total)}")


@check(
    "crypt-key-rotation",
    INFO,
    "Stored records can be decrypted only with an older key in `JUPYTERHUB_CRYPT_KEY`, and not with the first one.",
    "Keep the older key until the number is 0. Each login and refresh encrypts a record with the first key.",
    stage="advice",
)
def key_rotation(authenticator: Any) -> Iterator[Problem]:
    """A key that is removed too early loses these records."""
    if authenticator.enable_auth_state:
        total, older, _ = _needing(authenticator)
        if older:
            yield Problem("", f"an older key of JUPYTERHUB_CRYPT_KEY is needed by {_of(older, total)}")


KEY_CHECKS: tuple[Check, ...] = (key_lost, key_rotation)
"""The checks of the keys, for every authenticator."""
