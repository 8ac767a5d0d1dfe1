"""`refresh_user_hook`: the operator's function decides about a signed-in user, or leaves it to the refresh."""

from __future__ import annotations

from jupyterhub.user import User

from ...errors import InvalidToken
from ..accounts.account_sync import write
from ..accounts.record import SessionRecord, keep_record
from ..base.hooks import call_hook
from ..sessions.outcome import Outcome, Reason
from .decision import RefreshDecision, Stored
from .ports import RefreshedAuthenticator


async def ask_hook(
    authenticator: RefreshedAuthenticator, decision: RefreshDecision, user: User, stored: Stored, *, was_kept: bool
) -> Outcome | None:
    """The outcome by `refresh_user_hook`, which is set; None when the hook leaves it to us.

    A model that the hook returns is written.

    Parameters
    ----------
    was_kept:
        Whether an earlier answer of a slow hook has kept the user, and no request has got it yet.
    """
    auth_state = stored.sign_in.auth_state or {}
    if was_kept:
        return decision.on_hook(user, stored, stored.sign_in.auth_model)
    hook = authenticator.refresh_user_hook
    with authenticator.connection.bound_to_key_of(stored.sign_in):  # the hook may use the stored tokens
        answer = await call_hook("refresh_user_hook", hook, authenticator, user, auth_state)
    if not answer:
        return None if answer is None else await decision.on_ended(user, stored, Reason.OTHER)
    model = {**answer} if isinstance(answer, dict) else {}
    outcome = decision.on_hook(user, stored, {**stored.sign_in.auth_model, **model})
    if not outcome.stays or not model:
        return outcome
    if "auth_state" in model:
        model["auth_state"] = dict(model["auth_state"] or {})
        keep_record(model["auth_state"], auth_state)
        before, now = (SessionRecord.of(each).subject for each in (auth_state, model["auth_state"]))
        if before is not None and now is not None and now != before:
            raise InvalidToken("sub", "refresh_user_hook returned the data of another subject than the login's")
        await authenticator.reconcile(model, user)
    if authenticator.manage_groups:
        model.setdefault("groups", None)  # they stay as they are
        if model["groups"] is not None:
            model["groups"] = authenticator.hub_groups(model["groups"])
    if model.get("groups") is not None or model.get("roles"):
        authenticator.managed_roles.complete(model, was_admin=user.admin)
    await write(authenticator, user, model)
    return outcome
