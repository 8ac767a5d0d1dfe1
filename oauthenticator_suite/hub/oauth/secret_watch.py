"""What the Hub does about its client credentials while it runs.

It says each day what expires soon, and finds out since when the client secret has been in use.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from logging import Logger, LoggerAdapter
from typing import Any, Protocol

from sqlalchemy.orm import Session

from ...errors import ConfigurationError
from ..store.store import store_of
from .client_certificates import RENEW_CERTIFICATE
from .client_secrets import RENEW_SECRET
from .connection import ProviderConnection
from .expiry import CallLater, ExpiryReminder

MAX_SECRETS = 100
"""Secrets whose first use is kept in the database."""


class WatchedAuthenticator(Protocol):
    """What is read of an authenticator."""

    client_id: str
    client_secret_expires_at: float
    connection: ProviderConnection
    log: Logger | LoggerAdapter[Any]


def reminders(authenticator: WatchedAuthenticator, call_later: CallLater) -> list[ExpiryReminder]:
    """What logs once a day that the client secret, or a certificate of the client, expires soon."""
    name, log, connection = type(authenticator).__name__, authenticator.log, authenticator.connection
    found = []
    if authenticator.client_secret_expires_at:
        found.append(ExpiryReminder(name, connection.secrets.endings, RENEW_SECRET, log, call_later))
    if connection.certificates.are_configured:
        found.append(ExpiryReminder(name, connection.certificates.endings, RENEW_CERTIFICATE, log, call_later))
    return found


def start_watching(authenticator: WatchedAuthenticator, db: Session) -> None:
    """Begin the reminders, and find out since when the client secret has been in use."""
    secrets = authenticator.connection.secrets
    try:
        secret = secrets.current()
    except ConfigurationError:
        secret = ""  # the start-up check has reported it
    if secret:
        secrets.seen(secret, _first_seen(db, authenticator.client_id, secret))
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return  # no event loop yet: the start-up check alone warns
    for reminder in reminders(authenticator, loop.call_later):
        reminder.start()


def _first_seen(db: Session, client_id: str, secret: str) -> float:
    """When a Hub with this database has first started with this secret, in seconds since the epoch.

    The database holds a slow hash of the secret: one that an operator has chosen may be short.
    """
    digest = hashlib.scrypt(secret.encode(), salt=f"client_secret\0{client_id}".encode(), n=2**14, r=8, p=1, dklen=20)
    settings = store_of(db).settings
    known = settings.get(f"client_secret:{digest.hex()}")
    if known is None:
        known = time.time()
        settings.set(f"client_secret:{digest.hex()}", known)
        settings.keep_newest("client_secret:", MAX_SECRETS)
        db.commit()
    return known
