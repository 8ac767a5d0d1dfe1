"""The walk of a sign-in: from `authenticate` to the authentication model of a user who may sign in.

It is the same for every kind of sign-in. What `authenticate` does at a provider is in `hub.oauth.pipeline`; how the
account is written afterwards, in `hub.accounts.account_login`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User

from ...policy.identity import Identity
from ...policy.username import why_not
from ..accounts.account_login import SignedInHandler
from ..accounts.identity_keys import index_keys
from ..accounts.record import KEY, SessionRecord
from ..observe.facts import AccountBound
from ..observe.observers import StatesFacts
from ..resilience.login_pacing import pacing_of
from ..sessions.endings import Endings
from .access import AdmittingAuthenticator, admit, denied_by, refuse_barred
from .admission import Admission, admission
from .hooks import ReconcileHook, call_hook
from .managed_roles import ManagedRoles
from .refusal_record import LoginProgress, recorded_refusals
from .stored_groups import HasGroupRules, bound_groups


class LoginStages(AdmittingAuthenticator, HasGroupRules, StatesFacts, Protocol):
    """The part of `SuiteAuthenticator` that a sign-in calls."""

    enable_auth_state: bool
    manage_groups: bool
    manage_roles: bool
    post_auth_hook: Any
    managed_roles: ManagedRoles
    reconcile: ReconcileHook
    endings: Endings
    log: Any

    async def authentication_model(self, handler: BaseHandler | None, data: Any) -> dict[str, Any] | None:
        """The result of `authenticate`."""

    def normalize_username(self, username: str) -> str:
        """The username on the Hub."""

    def validate_username(self, username: str) -> bool:
        """Whether this can be the name of an account."""

    async def run_post_auth_hook(self, handler: BaseHandler | None, auth_model: dict[str, Any]) -> dict[str, Any]:
        """Run `post_auth_hook`."""

    async def refuse_anothers_account(
        self, user: User | None, model: dict[str, Any], identity: Identity | None
    ) -> bool:
        """Refuse the account of another user."""


async def sign_in(authenticator: LoginStages, handler: BaseHandler | None, data: Any) -> dict[str, Any]:
    """Sign a user in, and record a refusal."""
    with recorded_refusals(authenticator, handler) as progress:
        return await walk_of_login(authenticator, handler, data, progress)


async def walk_of_login(
    authenticator: LoginStages, handler: BaseHandler | None, data: Any, progress: LoginProgress
) -> dict[str, Any]:
    """The authentication model of a user who may sign in. `progress` is updated on the way.

    Raises
    ------
    SuiteError
        For any other user. `AccessDenied` names the rule.
    """
    with admission(signing_in=True) as current:
        progress.admission = current
        if handler is not None:
            await pacing_of(handler.db).turn()
        model = await authenticator.authentication_model(handler, data)
        if model is None:
            raise denied_by(authenticator, "authenticate", None, "authenticate returned None")
        progress.is_authenticated = True
        _name(authenticator, current, model)
        await admit(authenticator, handler, model)
        model = await authenticator.run_post_auth_hook(handler, model)
        if current.followed is not None:
            model["name"] = current.followed
        await refuse_barred(authenticator, model)  # the hook may have changed name and groups
        bound_groups(authenticator, model)
        _keep_record(current, model)
        if handler is not None:
            handler.identity = current.identity
            handler.is_renamed = current.is_renamed
    user = None
    if handler is not None and (authenticator.enable_auth_state or authenticator.manage_roles):
        await pacing_of(handler.db).turn()
        user = handler.find_user(model["name"])
    is_rebound = await authenticator.refuse_anothers_account(user, model, current.identity)
    await authenticator.reconcile(model, user)
    authenticator.managed_roles.complete(model, was_admin=user is not None and user.admin, user=user)
    if handler is not None and not isinstance(handler, SignedInHandler):  # JupyterHub's own, which knows no store
        known = user or handler.find_user(model["name"])
        if known is not None:
            _note_login(authenticator, known, model, current.identity, is_rebound=is_rebound)
    return model


def _name(authenticator: LoginStages, current: Admission, model: dict[str, Any]) -> None:
    """Normalise the model's name, unless a stage did so already, and check it.

    An account that was found by its owner keeps its name, whatever an override or a hook has set.
    """
    if current.followed is not None:
        model["name"] = current.followed
    elif model["name"] != current.username:
        model["name"] = authenticator.normalize_username(model["name"])
    if not authenticator.validate_username(model["name"]):
        reason = why_not(model["name"])
        raise denied_by(
            authenticator,
            "username_pattern",
            model["name"],
            f"the username {reason}"
            if reason
            else "not a valid username: see username_pattern, and the rules of JupyterHub",
        )


def _keep_record(current: Admission, model: dict[str, Any]) -> None:
    """Keep the login record in `auth_state`, with the final groups, whatever an override or a hook returned."""
    auth_state = model.get("auth_state")
    if current.record is None or not isinstance(auth_state, dict):
        return
    record = SessionRecord.of(auth_state) if KEY in auth_state else current.record
    if record.groups is not None and model.get("groups") is not None:
        record = replace(record, groups=list(model["groups"]))
    record.into(auth_state)


def _note_login(
    authenticator: LoginStages, user: User, model: Mapping[str, Any], identity: Identity | None, *, is_rebound: bool
) -> None:
    """Note the login of an account that has existed. `SignedInHandler` does so itself, after the login is stored."""
    if is_rebound:
        authenticator.observers.note(
            AccountBound(provider=authenticator.observed_name, username=user.name, how="by_name")
        )
    found = index_keys(identity, model) if authenticator.enable_auth_state else {}
    authenticator.endings.note_login(user, granted_admin=bool(model["admin"]), **found)


async def run_post_auth_hook(
    authenticator: LoginStages, handler: BaseHandler | None, auth_model: dict[str, Any]
) -> dict[str, Any]:
    """Run the operator's `post_auth_hook`, which is set.

    Raises
    ------
    HookError
        When it raises an exception other than ours and tornado's.
    AccessDenied
        When it returns None.
    """
    model: dict[str, Any] | None = await call_hook(
        "post_auth_hook", authenticator.post_auth_hook, authenticator, handler, auth_model
    )
    if model is None:
        raise denied_by(
            authenticator,
            "post_auth_hook",
            auth_model["name"],
            "post_auth_hook returned None; to let the user in it must return the auth_model",
        )
    return model
