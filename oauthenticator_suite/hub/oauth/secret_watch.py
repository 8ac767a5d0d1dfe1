"""What the Hub says about its client secret while it runs: its end, every day; and since when it has been in use."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable
from datetime import datetime, timezone
from logging import Logger, LoggerAdapter
from typing import Any, Protocol

from sqlalchemy.orm import Session

from ...errors import ConfigurationError
from ..store.store import store_of
from .connection import ProviderConnection

ONE_DAY = 86_400.0
WARN_BEFORE = 30 * ONE_DAY
"""Seconds before its end from which the log warns of a secret that expires."""

ERROR_BEFORE = 7 * ONE_DAY
"""Seconds before its end from which that is an error."""

MAX_SECRETS = 100
"""Secrets whose first use is kept in the database."""

RENEW = "Create a new one at the provider, and set it together with client_secret_expires_at"
"""What to do about it."""


class WatchedAuthenticator(Protocol):
    """What is read of an authenticator."""

    client_id: str
    client_secret_expires_at: float
    connection: ProviderConnection
    log: Logger | LoggerAdapter[Any]


def expiry_sentence(authenticator: WatchedAuthenticator) -> str:
    """When the secret expires, as the rest of a sentence; an empty string when that is long from now, or not known."""
    left = authenticator.connection.secrets.expires_in()
    if left is None or left > WARN_BEFORE:
        return ""
    at = datetime.fromtimestamp(authenticator.client_secret_expires_at, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    if left <= 0:
        return f"expired on {at}: no user can sign in once the provider refuses it"
    days, hours = int(left // ONE_DAY), int(left // 3600)
    rest = f"{days} days" if days > 1 else f"{hours} hours" if hours > 1 else f"{int(left // 60)} minutes"
    return f"expires in {rest}, on {at}: after that, no user can sign in"


class ExpiryReminder:
    """Logs once a day that the client secret of one authenticator expires soon.

    The start-up check says it when the Hub starts.
    """

    def __init__(self, authenticator: WatchedAuthenticator, call_later: Callable[[float, Callable[[], None]], Any]):
        self._authenticator = authenticator
        self._call_later = call_later

    def start(self) -> None:
        """Begin, if the end of the secret is known."""
        if self._authenticator.client_secret_expires_at:
            self._call_later(ONE_DAY, self._remind)

    def _remind(self) -> None:
        authenticator = self._authenticator
        left = authenticator.connection.secrets.expires_in()
        sentence = expiry_sentence(authenticator)
        if sentence and left is not None:
            write = authenticator.log.error if left <= ERROR_BEFORE else authenticator.log.warning
            write("c.%s.client_secret %s. %s.", type(authenticator).__name__, sentence, RENEW)
        self.start()


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
    ExpiryReminder(authenticator, loop.call_later).start()
    authenticator.connection.certificates.watch(loop.call_later)


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
