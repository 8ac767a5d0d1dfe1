"""What every authenticator of the suite does with somebody who has signed in: the one decision, names, hooks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from jupyterhub.handlers import BaseHandler
from jupyterhub.utils import maybe_future
from tornado import web

from ..errors import AccessDenied, AccountConflict, ConfigurationError, HookError, SuiteError
from ..policy.access import AccessPolicy, Decision, Rule
from ..policy.identity import Identity
from ..policy.username import why_not
from .old_names import OldNames
from .options import AccessOptions
from .session_record import SessionRecord

AuthModel = dict[str, Any]
"""JupyterHub's authentication model: name, admin, auth_state, groups … and, here, `identity`."""

_denials: ContextVar[list[str] | None] = ContextVar("denials", default=None)
"""User and rule of this login's denial: a list, since the Hub asks `check_allowed` in a task with its own context."""


class SuiteAuthenticator(OldNames, AccessOptions):
    """The base of all authenticators here.

    The Hub asks in this order: `authenticate`, `normalize_username`, `validate_username`, `check_blocked_users`,
    `check_allowed` (not with `allow_all`), `is_admin`, `post_auth_hook`. The answers all come from one
    `oauthenticator_suite.policy.access.AccessPolicy`, and `get_authenticated_user` judges restrictions and blocks once
    more at the end, so that no override and no allow mode gets around them.
    """

    def policy(self) -> AccessPolicy:
        """The rules that the options amount to at this moment."""
        blocked = set(self.blocked_users) | {self.normalize_username(name) for name in self.blocked_users}
        return AccessPolicy(
            required=tuple(self.required_rules()),
            blocked=(Rule("blocked_users", lambda who: who.username in blocked),),
            admin=(
                Rule("admin_users", lambda who: who.username in self.admin_users),
                Rule("admin_groups", lambda who: not self.admin_groups.isdisjoint(who.groups)),
            ),
            allowed=tuple(self.allow_rules()),
            authoritative_admin=bool(self.admin_groups),
        )

    def required_rules(self) -> list[Rule]:
        """Restrictions: each must hold, whatever else says yes. A provider adds its own to this list."""
        return []

    def allow_rules(self) -> list[Rule]:
        """The ways in: one that holds is enough. A provider adds its own to this list."""
        return [
            Rule("allow_all", lambda who: bool(self.allow_all)),
            Rule("allowed_users", lambda who: who.username in self.allowed_users),
            Rule("allowed_groups", lambda who: not self.allowed_groups.isdisjoint(who.groups)),
        ]

    def decide(self, username: str, auth_model: Mapping[str, Any] | None) -> Decision:
        """The decision on a user of this Hub name and with this authentication model."""
        return self.policy().decide(self.identity_of(username, auth_model or {}))

    def identity_of(self, username: str, auth_model: Mapping[str, Any]) -> Identity:
        """Who the model speaks of, under the name `username` and with the groups the model has by now."""
        known = auth_model.get("identity")
        groups = frozenset(auth_model.get("groups") or ()) if self.manage_groups else frozenset()
        if not isinstance(known, Identity):
            return Identity(username=username, groups=groups)
        return Identity(
            username=username,
            login=known.login,
            issuer=known.issuer,
            subject=known.subject,
            groups=groups,
            scopes=known.scopes,
            claims=known.claims,
        )

    # --- the Hub's questions -----------------------------------------------------------------------------------------

    async def get_authenticated_user(self, handler: BaseHandler | None, data: Any) -> AuthModel:
        """Sign somebody in: the Hub's outer call, not to be overridden.

        Returns
        -------
        dict
            The authentication model of somebody who may come in.

        Raises
        ------
        SuiteError
            For everybody else. `AccessDenied` names the rule.
        """
        denials: list[str] = []
        _denials.set(denials)
        model: AuthModel | None = await super().get_authenticated_user(handler, data)
        if model is None:
            rule = denials[1] if denials else "authenticate, validate_username or check_allowed"
            raise AccessDenied(rule, public_message=self.custom_403_message, username=denials[0] if denials else None)
        self._refuse_barred(model["name"], self.decide(model["name"], model))
        await self._refuse_anothers_account(handler, model)
        return model

    async def check_blocked_users(self, username: str, auth_model: AuthModel | None = None) -> bool:
        """True when neither a block nor a restriction keeps the user out.

        Raises
        ------
        AccessDenied
            Naming the rule, when one does. The Hub asks this under every allow mode, `allow_all` included.
        """
        self._refuse_barred(username, self.decide(username, auth_model))
        return True

    async def check_allowed(self, username: str, auth_model: AuthModel | None = None) -> bool:
        """Whether the policy lets the user in. An override may let in more, but nobody past a block or restriction."""
        decision = self.decide(username, auth_model)
        denials = _denials.get()
        if denials is not None and not decision.allowed:
            denials[:] = username, decision.rule
        return decision.allowed

    def is_admin(self, handler: BaseHandler | None, auth_model: AuthModel) -> bool | None:
        """True, False, or None where the configuration does not speak on it and the Hub is to change nothing."""
        return self.decide(auth_model["name"], auth_model).admin

    def validate_username(self, username: str) -> bool:
        """Whether `username` may be an account's name: by the Hub's rules, ours, and `username_pattern` as a whole."""
        if not super().validate_username(username) or why_not(username) is not None:
            return False
        return not self.username_pattern or re.fullmatch(self.username_pattern, username) is not None

    async def run_post_auth_hook(self, handler: BaseHandler | None, auth_model: AuthModel) -> AuthModel:
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
        model: AuthModel | None = await self.call_hook("post_auth_hook", self.post_auth_hook, self, handler, auth_model)
        if model is None:
            raise AccessDenied(
                "post_auth_hook",
                "post_auth_hook returned None; to let the user in it must return the auth_model",
                public_message=self.custom_403_message,
                username=auth_model["name"],
            )
        return model

    async def call_hook(self, name: str, hook: Any, *args: Any) -> Any:
        """The result of an operator's hook, which may be a coroutine function.

        Raises
        ------
        HookError
            Naming the hook, for anything it raises that is not an error of ours or of tornado's.
        """
        try:
            return await maybe_future(hook(*args))
        except (SuiteError, web.HTTPError):
            raise
        except Exception as error:
            raise HookError(f"{name} raised {type(error).__name__}") from error

    async def readmit(self, username: str, auth_model: AuthModel) -> None:
        """Take the decision again on somebody who is signed in already, with every override that has a say in it.

        Raises
        ------
        AccessDenied
            When they may not stay, naming the rule.
        """
        if not await maybe_future(self.check_blocked_users(username, auth_model)):
            raise AccessDenied("check_blocked_users")
        if not self.allow_all and not await maybe_future(self.check_allowed(username, auth_model)):
            raise AccessDenied(self.decide(username, auth_model).rule)
        self._refuse_barred(username, self.decide(username, auth_model))

    # --- start-up ----------------------------------------------------------------------------------------------------

    def check_configuration(self) -> None:
        """Refuse to start with options that contradict each other.

        Raises
        ------
        ConfigurationError
            Naming the option and the mend.
        """
        name = type(self).__name__
        for option in ("allowed_groups", "admin_groups"):
            if getattr(self, option) and not self.manage_groups:
                raise ConfigurationError(
                    f"{name}.{option} is set, but no groups are known: set c.{name}.manage_groups = True as well"
                )

    def get_handlers(self, app: Any) -> list[Any]:
        """Check the options, which JupyterHub has set by now, before anything is served."""
        self.check_configuration()
        handlers: list[Any] = super().get_handlers(app)
        return handlers

    async def _refuse_anothers_account(self, handler: BaseHandler | None, model: AuthModel) -> None:
        """An account is (issuer, subject), not a name: the stored subject decides, where `auth_state` is kept.

        Raises
        ------
        AccountConflict
            When the account of this name was another subject's at its last login.
        """
        who = model.get("identity")
        if handler is None or not self.enable_auth_state or not isinstance(who, Identity) or who.subject is None:
            return
        user = handler.find_user(model["name"])
        auth_state = await user.get_auth_state() if user is not None else None
        if not auth_state:
            return
        owner = self.owner_of(auth_state)
        same_issuer = None in (owner.issuer, who.issuer) or owner.issuer == who.issuer
        if owner.subject is None or (owner.subject == who.subject and same_issuer):
            return
        if self.rebind_accounts_by_name:
            self.log.warning("The account %r is now another subject's: rebind_accounts_by_name is set", model["name"])
            return
        raise AccountConflict(
            f"the account {model['name']!r} belongs to another {'subject' if same_issuer else 'issuer and subject'}. "
            "If it is the same person, or the account is to be given away: delete it on the admin page, or set "
            f"c.{type(self).__name__}.rebind_accounts_by_name = True for the time of a move between providers"
        )

    def owner_of(self, auth_state: Mapping[str, Any]) -> SessionRecord:
        """Whose account it is that `auth_state` was kept for."""
        return SessionRecord.of(auth_state)

    def _refuse_barred(self, username: str, decision: Decision) -> None:
        if decision.barred:
            raise AccessDenied(decision.rule, public_message=self.custom_403_message, username=username)
