"""An operator's hooks: plain functions or coroutine functions; one that raises refuses, with its name in the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User
from tornado import web

from ...errors import AccessDenied, ConfigurationError, HookError, SuiteError
from ..accounts.auth_state import kept_auth_state
from ..accounts.record import KEY, SessionRecord
from ..maybe_await import result_of
from ..options import AccessOptions


def _reconciled_before(authenticator: Any, auth_model: Mapping[str, Any], existing: Any) -> Any:
    """What the Hub calls in place of the hook: it would do so when the account is made and the groups are written."""
    return auth_model.get("auth_state")


class Hooks(AccessOptions):
    """The hooks of every authenticator."""

    _reconcile: Any = None

    async def call_hook(self, name: str, hook: Any, *args: Any) -> Any:
        """The result of an operator's hook, which may be a coroutine function.

        Raises
        ------
        HookError
            Naming the hook, for anything it raises that is not an error of ours or of tornado's.
        """
        try:
            return await result_of(hook(*args))
        except (SuiteError, web.HTTPError):
            raise
        except Exception as error:
            raise HookError(f"{name} raised {type(error).__name__}") from error

    async def run_post_auth_hook(self, handler: BaseHandler | None, auth_model: dict[str, Any]) -> dict[str, Any]:
        """Run `post_auth_hook`; one that raises or returns nothing refuses the login.

        Raises
        ------
        HookError
            When it raises something other than an error of ours or of tornado's.
        AccessDenied
            When it returns None.
        """
        if self.post_auth_hook is None:
            return auth_model
        model: dict[str, Any] | None = await self.call_hook(
            "post_auth_hook", self.post_auth_hook, self, handler, auth_model
        )
        if model is None:
            raise AccessDenied(
                "post_auth_hook",
                "post_auth_hook returned None; to let the user in it must return the auth_model",
                public_message=self.custom_403_message,
                username=auth_model["name"],
            )
        return model

    def check_hooks(self) -> None:
        """Refuse a hook that would never be called.

        Raises
        ------
        ConfigurationError
            Naming the mend.
        """
        name = f"c.{type(self).__name__}"
        if self.reconcile_auth_state_hook is not None and not self.enable_auth_state:
            raise ConfigurationError(
                f"{name}.reconcile_auth_state_hook is set, but no auth_state is kept: set {name}.enable_auth_state = "
                "True as well"
            )

    def take_over_reconciling(self) -> None:
        """Call `reconcile_auth_state_hook` from here, on every Hub, and have the Hub find that it is done.

        The Hub (6.1 and later) calls it when the account is made and its groups and roles are written. A hook that
        raises then leaves half a login behind.
        """
        if self.reconcile_auth_state_hook not in (None, _reconciled_before):
            self._reconcile, self.reconcile_auth_state_hook = self.reconcile_auth_state_hook, _reconciled_before

    async def reconcile(self, auth_model: dict[str, Any], user: User | None) -> None:
        """Let `reconcile_auth_state_hook` say what becomes of the new `auth_state` and the one kept for `user`.

        Whose account it is, is not for the hook to say: that is kept of the new one.

        Raises
        ------
        HookError
            When the hook raises, or returns something else than a dict.
        """
        if self._reconcile is None or not self.enable_auth_state:
            return
        existing = await kept_auth_state(user) if user is not None else None
        new = auth_model.get("auth_state")
        account = SessionRecord.of(new) if isinstance(new, dict) and KEY in new else None
        kept = await self.call_hook("reconcile_auth_state_hook", self._reconcile, self, auth_model, existing)
        if not isinstance(kept, dict):
            raise HookError(f"reconcile_auth_state_hook returned {type(kept).__name__}, not the auth_state to keep")
        if account is not None:
            record = SessionRecord.of(kept) if KEY in kept else account
            whose = {name: getattr(account, name) for name in ("issuer", "subject", "provider", "others")}
            replace(record, **whose).into(kept)
        auth_model["auth_state"] = kept
