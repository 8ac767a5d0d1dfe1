"""When a session has reached its limit: its maximum age, the time without a request, or an operator's wish.

The limits are checked at a refresh, before any provider is asked, and also without `enable_auth_state`. A session that
has reached one ends as "sign in again" says in `endings`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User

from ..database import one_transaction
from ..store.accounts import AccountRecord
from ..store.settings import EVERYONE_MUST_SIGN_IN_SINCE
from ..store.store import store_of
from .credentials import credential_of
from .outcome import Outcome, Reason

IDLE_RESOLUTION = 0.05
"""Part of `session_idle_timeout` within which a further request of a browser is not recorded again."""


class LimitsSessions(Protocol):
    """The part of an authenticator that the limits use. The options' help is in `hub.options`."""

    auth_refresh_age: int
    session_max_age: float
    session_idle_timeout: float


class SessionLimits:
    """The limits of the sessions of one authenticator. `clock` returns seconds since the epoch."""

    def __init__(self, authenticator: LimitsSessions, clock: Callable[[], float]) -> None:
        self._authenticator = authenticator
        self._clock = clock

    def outcome(self, user: User) -> Outcome | None:
        """The outcome for a user whose sessions have reached a limit; None for all others."""
        record = store_of(user.db).accounts.of(user.orm_user)
        reason = Reason.ASKED if was_asked(user) else self._reason(record)
        return None if reason is None else Outcome(False, reason=reason)

    def note_request(self, user: User, handler: BaseHandler | None) -> bool:
        """Record a request of the user's browser, where idle sessions end.

        Returns
        -------
        bool
            False for a request of a program: JupyterHub must then refresh the user again at the next request. It would
            otherwise not ask for `auth_refresh_age` seconds, and requests of the browser would go unnoticed.
        """
        timeout = self._authenticator.session_idle_timeout
        if not timeout:
            return True
        if not credential_of(handler, user).is_of_browser:
            return False
        accounts, now = store_of(user.db).accounts, self._clock()
        before = accounts.of(user.orm_user).last_request_at
        if before is None or not 0 <= now - before < timeout * IDLE_RESOLUTION:
            with one_transaction(user.db, "the time of a user's last request"):
                accounts.note_request(user.orm_user, now)
        return True

    def _reason(self, record: AccountRecord) -> Reason | None:
        """The limit that the sessions of an account have reached. Without a recorded time they count as too old."""
        max_age, timeout = self._authenticator.session_max_age, self._authenticator.session_idle_timeout
        now = self._clock()
        if max_age and (record.signed_in_at is None or now - record.signed_in_at >= max_age):
            return Reason.MAX_AGE
        # the last request is known to within a refresh
        tolerance = self._authenticator.auth_refresh_age + timeout * IDLE_RESOLUTION
        seen = record.last_request_at
        if timeout and (seen is None or now - seen >= timeout + tolerance):
            return Reason.IDLE
        return None


def was_asked(user: User) -> bool:
    """Whether an operator has asked all users to sign in again since the user's last sign-in."""
    store = store_of(user.db)
    since = store.settings.get(EVERYONE_MUST_SIGN_IN_SINCE)
    if since is None:
        return False
    signed_in_at = store.accounts.of(user.orm_user).signed_in_at
    return signed_in_at is None or signed_in_at < since
