"""The refresh of a user who signed in with a form: the access decision, taken again with what is known now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User

from ...errors import AccessDenied, SuiteError
from ...hub.accounts.auth_state import kept_auth_state
from ...hub.accounts.record import keep_record
from ...hub.base.admission import admission
from ...hub.base.authenticator import AuthModel, prepare_for_refusal
from ...hub.base.hooks import call_hook
from ...hub.base.ports import DecidesAgain
from ...policy.identity import Identity


class RefreshedForm(DecidesAgain, Protocol):
    """The part of `FormAuthenticator` that a refresh uses."""

    def blocked_names(self) -> frozenset[str]:
        """The names of blocked users."""

    def stored_identity(self, username: str, auth_state: Mapping[str, Any]) -> Identity:
        """The identity of the last login."""

    async def reread_user(self, user: User, auth_state: dict[str, Any]) -> AuthModel | None:
        """The model as it is now; None to leave the user unchanged."""


async def refresh(authenticator: RefreshedForm, user: User, handler: BaseHandler | None) -> bool | AuthModel:
    """Decide whether `user` may stay signed in. The result is that of `FormAuthenticator.refresh_user`."""
    prepare_for_refusal(handler)
    try:
        return await _decide(authenticator, user)
    except AccessDenied as denied:
        authenticator.log.warning("The session of %s ends: rule=%s: %s", user.name, denied.rule, denied.detail)
    except SuiteError as error:
        authenticator.log.warning("The session of %s ends: %s: %s", user.name, type(error).__name__, error.detail)
    except Exception:
        authenticator.log.exception("Refreshing %s failed", user.name)
    return False


async def _decide(authenticator: RefreshedForm, user: User) -> bool | AuthModel:
    if user.name in authenticator.blocked_names():
        raise AccessDenied("blocked_users")
    auth_state = (await kept_auth_state(user) or {}) if authenticator.enable_auth_state else {}
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
    """Refuse a user that `refresh_user_hook` keeps if a block or a restriction excludes the user."""
    known, identity = await _reread(authenticator, user, auth_state)
    if known is None:
        return
    facts = await authenticator.facts_about(user.name)
    decision = authenticator.decision_about(user.name, {**known, **answer}, identity, facts)
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
    authenticator.managed_roles.complete(model, was_admin=user.admin)
    return model
