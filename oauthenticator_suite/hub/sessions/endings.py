"""What each outcome of a refresh does to a user's credentials on the Hub: one method for each outcome.

| outcome | Hub cookie and session tokens | other tokens | token of a running server | rights |
|---|---|---|---|---|
| valid | continue | continue | continues | follow the provider |
| unknown | continue, for the grace period | continue | continues | unchanged |
| sign in again | end in every browser | continue (403 with `auth_refresh_strict`) | continues (403) | unchanged |
| denied | end in every browser | 403 | continues for reports of activity | removed |

JupyterHub knows two answers of `refresh_user`. True lets the request pass, and
counts as a refresh of the *user*, also for a request with a token. False ends a request with a cookie at the sign-in
page. For any other request it means 403 before JupyterHub 6.1 and with `auth_refresh_strict`, and nothing otherwise.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from logging import Logger, LoggerAdapter
from typing import Any, Protocol

from jupyterhub import orm
from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User
from jupyterhub.utils import new_token
from sqlalchemy.orm import Session

from ...errors import DatabaseFailed
from ..accounts.account_sync import is_persistent, write_rights
from ..accounts.session_cookie import forget_session, noted_session
from ..database import after_commit, one_transaction
from ..observe.facts import Ended, SessionsEnded
from ..observe.observers import StatesFacts
from ..store.accounts import AccountRecord
from ..store.hashing import hash_of
from ..store.store import Store, store_of
from .credentials import Credential, credential_of, delete_other_tokens, delete_session_tokens
from .denial_alarm import DenialAlarm
from .observed import LogsRefreshes
from .outcome import Outcome, Reason

_ENDED: dict[Reason, Ended] = {reason: reason.value for reason in Reason}


class CompletesRoles(Protocol):
    """The part of `hub.base.managed_roles.ManagedRoles` that a denial uses."""

    def complete(self, auth_model: dict[str, Any], *, was_admin: bool) -> None:
        """Complete ``roles`` in the model."""


class EndsSessions(StatesFacts, Protocol):
    """The part of an authenticator that the end of a session uses. The options' help is in `hub.options`."""

    enable_auth_state: bool
    manage_groups: bool
    manage_roles: bool
    revoke_tokens_on_denial: bool
    stop_servers_on_denial: bool
    log: Logger | LoggerAdapter[Any]

    @property
    def managed_roles(self) -> CompletesRoles:
        """The roles that follow groups."""


class Endings:
    """The ends of sessions with one authenticator. `clock` returns seconds since the epoch."""

    def __init__(self, authenticator: EndsSessions, clock: Callable[[], float] = time.time) -> None:
        self._authenticator = authenticator
        self._clock = clock
        self._alarm = DenialAlarm(authenticator.log, f"c.{type(authenticator).__name__}", clock)
        self._stopping: set[asyncio.Task[None]] = set()
        self.app: Any = None
        """The running `JupyterHub` application, which stops servers; None before the start-up has ended."""

    @property
    def observed(self) -> LogsRefreshes:
        """Who is told what happens, the name of this way to sign in, and its log."""
        return self._authenticator

    # --- an outcome --------------------------------------------------------------------------------------------------

    def answer(self, user: User, handler: BaseHandler | None, outcome: Outcome) -> bool:
        """Apply an outcome to the user's credentials, and return the answer for JupyterHub. It never raises.

        Parameters
        ----------
        handler:
            The handler of the request that waits for the answer; None when there is none.
        """
        prepare_for_refusal(handler)
        if not is_persistent(user):
            return False
        if outcome.rule:
            return self.denied(user, handler, outcome.rule, revocable=outcome.revocable)
        if not outcome.stays:
            return self.sign_in_again(user, handler, outcome.reason)
        return self.valid() if outcome.final else self.unknown()

    def valid(self) -> bool:
        """Everything continues."""
        return True

    def unknown(self) -> bool:
        """Everything continues. The refresh itself ends the grace period, with another outcome."""
        return True

    def sign_in_again(self, user: User, handler: BaseHandler | None, reason: Reason) -> bool:
        """End the sessions in all browsers. Other tokens continue, unless `auth_refresh_strict` is set."""
        credential = credential_of(handler, user)
        self._in_transaction(user, lambda store: self._end_sessions_once(store, user, credential, reason))
        if credential.is_of_browser:
            return _refuse(handler, credential)
        if _is_strict(handler):
            return False
        forget_refresh(user)
        return True

    def denied(self, user: User, handler: BaseHandler | None, rule: str, *, revocable: bool = False) -> bool:
        """End the sessions in all browsers, remove rights, and refuse all tokens until a permitted login.

        A running server may report activity. A request of a service or of another user is refused too, where JupyterHub
        refuses it for False; `refuses_spawn` refuses the start of a server in every case.
        """
        self._in_transaction(user, lambda store: self._deny_once(store, user, rule, revocable))
        credential = credential_of(handler, user)
        if credential is Credential.SERVER_TOKEN:
            forget_refresh(user)
            return True
        return _refuse(handler, credential)

    def unreadable(self, user: User, handler: BaseHandler | None, *, blocked: bool) -> bool:
        """The answer when the Hub's database fails: unknown, but a blocked user is refused."""
        prepare_for_refusal(handler)
        return _refuse(handler, credential_of(handler, user)) if blocked else self.unknown()

    def without_login(self, user: User, handler: BaseHandler | None, *, blocked: bool) -> bool:
        """The answer for an account of which no login is recorded, such as that of a health check.

        A service or another user may start its server, even when it is in `blocked_users`. Its own tokens are valid
        unless it is blocked. A cookie is not: it would be of a login. Nothing is recorded, because such an account may
        never sign in.
        """
        prepare_for_refusal(handler)
        credential = credential_of(handler, user)
        if credential.is_of_browser:
            return self.sign_in_again(user, handler, Reason.NO_LOGIN)
        if blocked and credential is not Credential.OTHER:
            return _refuse(handler, credential)
        forget_refresh(user)
        return True

    # --- what is recorded --------------------------------------------------------------------------------------------

    def note_login(self, user: User, *, granted_admin: bool, **found: str | None) -> None:
        """Record a permitted login, whose handler does not do so itself. `found` is that of `index_keys`."""
        now = self._clock()
        given: dict[str, Any] = {"granted_admin": granted_admin, **found}
        self._in_transaction(user, lambda store: store.accounts.note_login(user.orm_user, now, **given))

    def has_signed_in(self, user: User) -> bool:
        """Whether a login of the account is recorded anywhere; a denial counts as one as well."""
        record = self._record(user)
        return user.encrypted_auth_state is not None or record.signed_in_at is not None or record.is_denied

    def is_of_browser(self, handler: BaseHandler | None, user: User) -> bool:
        """Whether the request has a credential of the user's browser."""
        credential: Credential = credential_of(handler, user)
        return credential.is_of_browser

    def recorded_denial(self, user: User) -> Outcome | None:
        """The outcome for an account whose denial is recorded, whatever the rules say now; else None."""
        record = self._record(user)
        return Outcome.denied(record.denied_rule or "denied") if record.is_denied else None

    def must_sign_in(self, user: User) -> bool:
        """Whether the user's sessions have ended, and the user has not signed in since."""
        return self._record(user).must_sign_in_since is not None

    def refuses_spawn(self, user: User) -> bool:
        """Whether a request to start a server of the user is refused, also one of an administrator."""
        return self._record(user).is_denied

    def note_ended_grant(self, user: User, auth_state: Mapping[str, Any]) -> None:
        """Record that the provider has refused the stored grant for good."""
        self._in_transaction(user, lambda store: store.accounts.end_grant(user.orm_user, _grant_in(auth_state)))

    def has_ended(self, user: User, auth_state: Mapping[str, Any]) -> bool:
        """Whether the provider has refused the stored grant: it must not be asked with it again."""
        ended = self._record(user).ended_grant
        return ended is not None and ended == _grant_in(auth_state)

    # --- logout, and every other end of sessions ---------------------------------------------------------------------

    def end_sessions(self, user: User, reason: Reason, *, by: str = "") -> None:
        """End the user's sessions in all browsers, in one transaction.

        Hub cookies, tokens that browsers hold for servers and services, and codes for such tokens become worthless.
        Tokens that the user created for programs stay valid, and servers keep running.

        Parameters
        ----------
        by:
            The administrator or service that asks for it.

        Raises
        ------
        DatabaseFailed
            When the database cannot be written. No session has ended then.
        """
        with one_transaction(user.db, "the end of a user's sessions"):
            self._end_sessions(store_of(user.db), user, reason, by=by)

    def end_all_sessions(self, db: Session, reason: Reason) -> None:
        """End the sessions of all users, as `end_sessions` does. `db` is the Hub's database session.

        Raises
        ------
        DatabaseFailed
            When the database cannot be written. No session has ended then.
        """
        now = self._clock()
        with one_transaction(db, "the end of all sessions"):
            for account in db.query(orm.User):
                store_of(db).ended_sessions.add(account.cookie_id, reason.value, now)
                account.cookie_id = new_token()
            delete_session_tokens(db)

    def reason_for(self, handler: BaseHandler) -> Reason | None:
        """Why the last session of the browser has ended; None if it continues, or if there was none."""
        session = noted_session(handler)
        reason = store_of(handler.db).ended_sessions.reason_of(session, self._clock()) if session else None
        return None if reason is None else Reason(reason)

    def take_reason_for(self, handler: BaseHandler) -> Reason | None:
        """As `reason_for`, and the browser forgets it: the reason is shown once."""
        reason = self.reason_for(handler)
        if reason is not None:
            forget_session(handler)
        return reason

    def end_sessions_before_login(self, user: User) -> None:
        """As `end_sessions`, for a login that replaces the sessions in other browsers."""
        self.end_sessions(user, Reason.OTHER_BROWSER)

    def _end_sessions_once(self, store: Store, user: User, credential: Credential, reason: Reason) -> None:
        if credential.is_of_browser or store.accounts.of(user.orm_user).must_sign_in_since is None:
            self._end_sessions(store, user, reason)

    def _end_sessions(self, store: Store, user: User, reason: Reason, *, by: str = "") -> None:
        now = self._clock()
        is_first = store.accounts.of(user.orm_user).must_sign_in_since is None
        store.ended_sessions.add(user.orm_user.cookie_id, reason.value, now)
        store.accounts.require_sign_in(user.orm_user, now)
        user.orm_user.cookie_id = new_token()
        delete_session_tokens(user.db, user.id)
        if is_first or by:
            authenticator, ended = self._authenticator, _ENDED[reason]
            name = authenticator.observed_name
            fact = SessionsEnded(provider=name, username=user.name, reason=ended, by=by)
            after_commit(user.db, lambda: authenticator.observers.note(fact))

    # --- a denial ----------------------------------------------------------------------------------------------------

    def _deny_once(self, store: Store, user: User, rule: str, revocable: bool) -> None:
        authenticator, record = self._authenticator, store.accounts.of(user.orm_user)
        if record.is_denied and record.denied_rule == rule:
            return
        self._end_sessions(store, user, Reason.DENIED)
        store.accounts.deny(user.orm_user, rule, self._clock())
        user._auth_refreshed = None  # tokens are refused from now on, and not only when the next refresh is due
        if revocable and authenticator.revoke_tokens_on_denial:
            deleted = delete_other_tokens(user)
            authenticator.log.warning(
                "%d tokens of %s were deleted: revoke_tokens_on_denial is set", deleted, user.name
            )
        self._remove_rights(user, was_granted_admin=record.granted_admin)
        if not record.is_denied:
            self._alarm.note(rule)
        if authenticator.stop_servers_on_denial:
            task = asyncio.ensure_future(self._stop_servers(user))
            self._stopping.add(task)
            task.add_done_callback(self._stopping.discard)

    def _remove_rights(self, user: User, *, was_granted_admin: bool) -> None:
        """Remove the admin right, groups and roles that this authenticator has granted."""
        model: dict[str, Any] = {"admin": False if was_granted_admin else None, "groups": []}
        if self._authenticator.manage_roles:
            self._authenticator.managed_roles.complete(model, was_admin=bool(user.admin))
        write_rights(self._authenticator, user, model)

    async def _stop_servers(self, user: User) -> None:
        """Stop the user's running servers."""
        for name, spawner in list(user.spawners.items()):
            if not spawner.active or spawner.pending:
                continue
            try:
                await self.app.proxy.delete_user(user, name)
                await user.stop(name)
            except Exception:
                self._authenticator.log.exception("The server %r of %s could not be stopped", name, user.name)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _record(self, user: User) -> AccountRecord:
        return store_of(user.db).accounts.of(user.orm_user)

    def _in_transaction(self, user: User, write: Callable[[Store], None]) -> None:
        """Write, and commit. If the database fails, the answer is the same, and the next request tries again."""
        try:
            with one_transaction(user.db, "the end of a session"):
                write(store_of(user.db))
        except DatabaseFailed as error:
            self._authenticator.log.error("%s", error.detail)  # noqa: TRY400 - the traceback says nothing more
        except Exception:
            self._authenticator.log.exception("The end of a session could not be stored")


def prepare_for_refusal(handler: BaseHandler | None) -> None:
    """Give the handler the attribute that JupyterHub 6.1 reads when `refresh_user` returns False."""
    if handler is not None and not hasattr(handler, "_token_authenticated"):
        handler._token_authenticated = False


def _refuse(handler: BaseHandler | None, credential: Credential) -> bool:
    """Return False, and make it count: JupyterHub 6.1 lets a token's request pass in spite of it."""
    if handler is not None and credential is not Credential.OTHER and _is_strict(handler) is not None:
        handler._token_authenticated = False
    return False


def _is_strict(handler: BaseHandler | None) -> bool | None:
    """The value of `auth_refresh_strict`; None before JupyterHub 6.1, or without a request."""
    strict: bool | None = getattr(getattr(handler, "authenticator", None), "auth_refresh_strict", None)
    return strict


def _grant_in(auth_state: Mapping[str, Any]) -> str:
    """The hash of the token that stands for the stored grant: the refresh token, else the access token."""
    return hash_of("grant", str(auth_state.get("refresh_token") or auth_state.get("access_token") or ""))


def forget_refresh(user: User) -> None:
    """Have JupyterHub refresh the user again at the next request: the answer to this one does not hold for the next."""

    def forget() -> None:
        user._auth_refreshed = None

    # JupyterHub notes the time of the refresh when the answer reaches it, in this iteration of the event loop.
    asyncio.get_running_loop().call_soon(forget)
