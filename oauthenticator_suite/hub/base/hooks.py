"""The operator's hooks: plain functions or coroutine functions. A hook that raises refuses the login."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from jupyterhub.user import User
from tornado import web

from ...errors import HookError, SuiteError, UnreadableRecord
from ..accounts.auth_state import kept_auth_state
from ..accounts.record import KEY, SessionRecord
from ..maybe_await import result_of


class HasReconcileHook(Protocol):
    """The part of an authenticator that `ReconcileHook` uses."""

    enable_auth_state: bool
    reconcile_auth_state_hook: Any


async def call_hook(name: str, hook: Any, *args: Any) -> Any:
    """Call an operator's hook, which may be a coroutine function, and return its result.

    Raises
    ------
    HookError
        Naming the hook, for any exception other than ours and tornado's.
    """
    try:
        return await result_of(hook(*args))
    except (SuiteError, web.HTTPError):
        raise
    except Exception as error:
        raise HookError(f"{name} raised {type(error).__name__}") from error


class ReconcileHook:
    """`reconcile_auth_state_hook` of one authenticator, called by the suite on every JupyterHub release.

    JupyterHub calls it from version 6.1 on, after the account was created and its groups and roles were written: a hook
    that raises would leave half a login behind. So the suite calls the operator's hook before that, and the option
    holds a function that returns the state unchanged.
    """

    def __init__(self, authenticator: HasReconcileHook) -> None:
        self._authenticator = authenticator
        self._hook: Any = None

    @property
    def is_set(self) -> bool:
        """Whether the operator has set the hook."""
        return self._hook is not None

    def take_over(self) -> None:
        """Take the operator's function out of the option. Called once, when the options are final."""
        if self._authenticator.reconcile_auth_state_hook not in (None, _unchanged):
            self._hook = self._authenticator.reconcile_auth_state_hook
            self._authenticator.reconcile_auth_state_hook = _unchanged

    async def __call__(self, auth_model: dict[str, Any], user: User | None) -> None:
        """Replace `auth_state` in the model by the hook's result.

        `user` is the account as it was before, None for a first login. The hook cannot change which provider account
        the Hub account belongs to.

        Raises
        ------
        HookError
            When the hook raises, or does not return a dict.
        """
        if self._hook is None or not self._authenticator.enable_auth_state:
            return
        try:
            existing = await kept_auth_state(user) if user is not None else None
        except UnreadableRecord:  # the account is given away, or the login would have been refused
            existing = None
        new = auth_model.get("auth_state")
        account = SessionRecord.of(new) if isinstance(new, dict) and KEY in new else None
        kept = await call_hook("reconcile_auth_state_hook", self._hook, self._authenticator, auth_model, existing)
        if not isinstance(kept, dict):
            raise HookError(f"reconcile_auth_state_hook returned {type(kept).__name__}, not the auth_state as a dict")
        if account is not None:
            record = SessionRecord.of(kept) if KEY in kept else account
            owner = {name: getattr(account, name) for name in ("issuer", "subject", "provider", "others")}
            replace(record, **owner).into(kept)
        auth_model["auth_state"] = kept


def _unchanged(authenticator: Any, auth_model: Mapping[str, Any], existing: Any) -> Any:
    """What JupyterHub calls instead of the operator's hook."""
    return auth_model.get("auth_state")
