"""The refresh of a user who signed in with a form: the access decision, taken again with what is known now."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any, Protocol
from weakref import WeakSet

from jupyterhub.user import User

from ...errors import AccessDenied, DatabaseFailed, InvalidGrant, SuiteError, UnreadableRecord
from ...hub.accounts.account_sync import ManagesAccounts, write
from ...hub.accounts.auth_state import kept_auth_state
from ...hub.accounts.record import KEY, keep_record
from ...hub.base.access import decision_about
from ...hub.base.admission import admission
from ...hub.base.authenticator import AuthModel
from ...hub.base.hooks import call_hook
from ...hub.base.ports import DecidesAgain
from ...hub.base.stored_groups import bound_groups
from ...hub.database import database_access
from ...hub.resilience.outage_clock import OutageClock
from ...hub.sessions.observed import extra_of_refresh, log_denial
from ...hub.sessions.outcome import Outcome, Reason
from ...policy.identity import Identity
from ...protocol.text import printable

_reported_unreadable: WeakSet[RefreshedForm] = WeakSet()
"""Authenticators whose log says already that records cannot be decrypted."""


class RefreshedForm(DecidesAgain, ManagesAccounts, Protocol):
    """The part of `FormAuthenticator` that a refresh uses."""

    refresh_outage_grace: float

    @property
    def outages(self) -> OutageClock:
        """Since when the Hub's own data about each user are unknown."""

    def stored_identity(self, username: str, auth_state: Mapping[str, Any]) -> Identity:
        """The identity of the last login."""

    def vouches_for(self, auth_state: Mapping[str, Any]) -> bool:
        """Whether `auth_state` was stored by this login."""

    async def reread_user(self, user: User, auth_state: dict[str, Any]) -> AuthModel | None:
        """The model as it is now; None to leave the user unchanged."""


async def refresh(authenticator: RefreshedForm, user: User) -> Outcome:
    """Find out whether a user without a block may stay signed in, and write the changes. It never raises."""
    return await _guarded(authenticator, user, _refreshed(authenticator, user))


async def outcome_of_answer(authenticator: RefreshedForm, user: User, answer: Any) -> Outcome:
    """The outcome for a user, after `refresh_user` of an operator's class has answered. Nothing is written."""
    return await _guarded(authenticator, user, _kept_by(authenticator, user, answer))


async def _guarded(authenticator: RefreshedForm, user: User, work: Awaitable[bool]) -> Outcome:
    """The outcome by `work`, which says whether the user stays."""
    name = user.name
    try:
        with database_access(user.db, f"the refresh of {name!r}"):
            stays = await work
    except AccessDenied as denied:
        return log_denial(authenticator, name, denied)
    except (DatabaseFailed, UnreadableRecord) as error:  # unknown, which is neither a yes nor a no
        if isinstance(error, DatabaseFailed) or authenticator not in _reported_unreadable:
            extra = extra_of_refresh(authenticator, name, Outcome(True, final=False))
            authenticator.log.warning("%s stays for now: %s", printable(name), printable(error.detail), extra=extra)
        if isinstance(error, UnreadableRecord):
            _reported_unreadable.add(authenticator)
        return _without_own_data(authenticator, name)
    except SuiteError as error:
        text, extra = "The session of %s ends: %s: %s", extra_of_refresh(authenticator, name, Outcome(False))
        authenticator.log.warning(text, printable(name), type(error).__name__, printable(error.detail), extra=extra)
    except Exception:
        authenticator.log.exception("Refreshing %s failed", printable(name))
    else:
        authenticator.outages.answered(name)
        return Outcome(stays)
    return Outcome(False)


def _without_own_data(authenticator: RefreshedForm, name: str) -> Outcome:
    """The Hub's own data about a user are unknown: the user stays for the grace period."""
    grace = authenticator.refresh_outage_grace
    seconds = authenticator.outages.failed(name, grace, own=True)
    if seconds < grace:
        return Outcome(True, final=False)
    outcome = Outcome(False, final=False, reason=Reason.OUTAGE)
    authenticator.log.warning(
        "%s must sign in again: the Hub's own data are unknown for %d s", printable(name), seconds,
        extra=extra_of_refresh(authenticator, name, outcome),
    )  # fmt: skip
    return outcome


async def _refreshed(authenticator: RefreshedForm, user: User) -> bool:
    encrypted = user.encrypted_auth_state
    answer = await _decide(authenticator, user)
    if isinstance(answer, dict) and user.encrypted_auth_state == encrypted:  # no login has replaced the data since
        if authenticator.manage_groups:
            answer.setdefault("groups", None)  # they stay as they are
        await write(authenticator, user, answer)
    return bool(answer) or isinstance(answer, dict)


async def _kept_by(authenticator: RefreshedForm, user: User, answer: Any) -> bool:
    if answer:
        auth_state = (await kept_auth_state(user) or {}) if authenticator.enable_auth_state else {}
        await _refuse_barred(authenticator, user, auth_state, answer if isinstance(answer, Mapping) else {})
    return bool(answer)


async def _decide(authenticator: RefreshedForm, user: User) -> bool | AuthModel:
    try:
        auth_state = (await kept_auth_state(user) or {}) if authenticator.enable_auth_state else {}
    except UnreadableRecord:
        await _reread(authenticator, user, {})  # refuses a user who no longer exists
        raise
    if KEY in auth_state and not authenticator.vouches_for(auth_state):
        raise InvalidGrant("another_provider", "the stored login is of another provider than the configured one")
    hook = authenticator.refresh_user_hook
    if hook is not None:
        answer = await call_hook("refresh_user_hook", hook, authenticator, user, auth_state or None)
        if answer:
            await _refuse_barred(authenticator, user, auth_state, answer if isinstance(answer, dict) else {})
        if isinstance(answer, dict):
            if answer.get("auth_state"):
                keep_record(answer["auth_state"], auth_state)
            return await _completed(authenticator, user, answer)
        if answer is not None:
            return bool(answer)
    model, identity = await _reread(authenticator, user, auth_state)
    if model is None:
        return True
    await authenticator.readmit(user.name, model, identity)
    return await _completed(authenticator, user, model)


async def _refuse_barred(
    authenticator: RefreshedForm, user: User, auth_state: dict[str, Any], answer: Mapping[str, Any]
) -> None:
    """Refuse a user that a hook or an override keeps if a block or a restriction excludes the user."""
    known, identity = await _reread(authenticator, user, auth_state)
    if known is None:
        return
    facts = await authenticator.facts_about(user.name)
    decision = decision_about(authenticator, user.name, {**known, **answer}, identity, facts)
    if decision.barred:
        raise AccessDenied(decision.rule)


async def _reread(
    authenticator: RefreshedForm, user: User, auth_state: dict[str, Any]
) -> tuple[AuthModel | None, Identity | None]:
    """The result of `reread_user`, and the identity: the one that it has noted, or the stored one."""
    stored = authenticator.stored_identity(user.name, auth_state)
    with admission(signing_in=False, identity=stored) as current:
        return await authenticator.reread_user(user, auth_state), current.identity


async def _completed(authenticator: RefreshedForm, user: User, model: AuthModel) -> AuthModel:
    if model.get("auth_state"):
        await authenticator.reconcile(model, user)
    bound_groups(authenticator, model)
    authenticator.managed_roles.complete(model, was_admin=user.admin, user=user)
    return model
