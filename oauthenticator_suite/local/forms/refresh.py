"""The refresh of a user who signed in with a form: the access decision, taken again with what is known now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User

from ...errors import AccessDenied, SuiteError
from ...hub.accounts.auth_state import kept_auth_state
from ...hub.accounts.record import keep_record
from ...hub.base.authenticator import AuthModel, SuiteAuthenticator, prepare_for_refusal
from ...hub.base.hooks import call_hook
from ...policy.identity import Identity

Reread = Callable[[User, dict[str, Any]], Awaitable[tuple[AuthModel | None, Identity | None]]]
"""The result of `FormAuthenticator.reread_user`, with the identity that it describes."""


async def refresh(
    authenticator: SuiteAuthenticator, user: User, handler: BaseHandler | None, reread: Reread
) -> bool | AuthModel:
    """Decide whether `user` may stay signed in. Arguments and result are those of `FormAuthenticator.refresh_user`."""
    prepare_for_refusal(handler)
    try:
        return await _decide(authenticator, user, reread)
    except AccessDenied as denied:
        authenticator.log.warning("The session of %s ends: rule=%s: %s", user.name, denied.rule, denied.detail)
    except SuiteError as error:
        authenticator.log.warning("The session of %s ends: %s: %s", user.name, type(error).__name__, error.detail)
    except Exception:
        authenticator.log.exception("Refreshing %s failed", user.name)
    return False


async def _decide(authenticator: SuiteAuthenticator, user: User, reread: Reread) -> bool | AuthModel:
    if user.name in authenticator.blocked_names():
        raise AccessDenied("blocked_users")
    auth_state = (await kept_auth_state(user) or {}) if authenticator.enable_auth_state else {}
    if authenticator.refresh_user_hook is not None:
        hook = authenticator.refresh_user_hook
        answer = await call_hook("refresh_user_hook", hook, authenticator, user, auth_state or None)
        known, identity = await reread(user, auth_state) if answer else (None, None)
        if known is not None:
            # the hook may keep a user that no rule allows, but not past a restriction or a block
            decided = {**known, **answer} if isinstance(answer, dict) else known
            facts = await authenticator.facts_about(user.name)
            decision = authenticator.decision_about(user.name, decided, identity, facts)
            if decision.barred:
                raise AccessDenied(decision.rule)
        if isinstance(answer, dict):
            if answer.get("auth_state"):
                keep_record(answer["auth_state"], auth_state)
            return await _completed(authenticator, user, answer)
        if answer is not None:
            return bool(answer)
    model, identity = await reread(user, auth_state)
    if model is None:
        return True
    await authenticator.readmit(user.name, model, identity)
    return await _completed(authenticator, user, model)


async def _completed(authenticator: SuiteAuthenticator, user: User, model: AuthModel) -> AuthModel:
    if model.get("auth_state"):
        await authenticator.reconcile(model, user)
    authenticator.managed_roles.complete(model, was_admin=user.admin)
    return model
