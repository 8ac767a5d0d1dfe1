"""What every authenticator of the suite does with somebody who has signed in: the one decision, names, hooks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

from jupyterhub.auth import Authenticator
from jupyterhub.handlers import BaseHandler

from ...errors import AccessDenied, AccountConflict, ConfigurationError, ProviderUnreachable
from ...policy.access import AccessPolicy, Decision, Rule
from ...policy.identity import Identity
from ...policy.predicates import Judge
from ...policy.username import why_not
from ..accounts.auth_state import kept_auth_state
from ..accounts.record import SessionRecord
from ..maybe_await import result_of
from .crypt_key import check_crypt_key
from .deprecated_names import OldNames
from .hooks import Hooks
from .managed_roles import ManagedRoles
from .plug_in import PlugIn

AuthModel = dict[str, Any]
"""JupyterHub's authentication model: name, admin, auth_state, groups … and, here, `identity`."""

_NEWER_OPTIONS = {"auth_refresh_strict": "6.1", "refresh_pre_stop": "5.4"}
"""Options of JupyterHub's that its older versions ignore, and the version that brought them."""

_denials: ContextVar[list[str] | None] = ContextVar("denials", default=None)
"""User and rule of this login's denial; None while nobody signs in.

A list, since the Hub asks `check_allowed` in a task with its own context.
"""


def make_ready_for_no(handler: BaseHandler | None) -> None:
    """Give the handler what JupyterHub 6.1 reads of it when `refresh_user` says False, and page handlers lack."""
    if handler is not None and not hasattr(handler, "_token_authenticated"):
        handler._token_authenticated = False


class SuiteAuthenticator(PlugIn, OldNames, Hooks, ManagedRoles):
    """The base of all authenticators here, and of those that other packages bring (see `PlugIn`).

    The Hub asks in this order: `authenticate`, `normalize_username`, `validate_username`, `check_blocked_users`,
    `check_allowed` (not with `allow_all`), `is_admin`, `post_auth_hook`. The answers all come from one
    `oauthenticator_suite.policy.access.AccessPolicy`, and `get_authenticated_user` judges restrictions and blocks once
    more at the end, so that no override and no allow mode gets around them.
    """

    def __init__(self, **kwargs: Any) -> None:
        """As of the Hub.

        Raises
        ------
        ConfigurationError
            When an option is set under two names, or `auth_state` is to be kept without a key to encrypt it with.
        """
        super().__init__(**kwargs)
        if self.enable_auth_state and self.parent is not None:
            # now, before the Hub itself looks: its own sentence lacks the mend
            check_crypt_key(f"c.{type(self).__name__}.enable_auth_state", self.config)

    def policy(self) -> AccessPolicy:
        """The rules that the options amount to at this moment."""
        blocked = self._blocked_names()
        by_option = [*self._rules_in_options("admin")]
        return AccessPolicy(
            required=tuple(self.required_rules()),
            blocked=(Rule("blocked_users", lambda who: who.username in blocked),),
            admin=(Rule("admin_users", lambda who: who.username in self.admin_users), *by_option),
            allowed=tuple(self.allow_rules()),
            # who is in none of the places that make an administrator is none; with names alone, the Hub may know more
            authoritative_admin=bool(by_option),
        )

    def _rules_in_options(self, part: str) -> Iterator[Rule]:
        """The options that are set and whose tags (`hub.options.trait_types.rule`) make them access rules."""
        for name, judge in self._judges[part]:
            value = getattr(self, name)
            if value:
                yield Rule(name, partial(judge, value))

    @cached_property
    def _judges(self) -> dict[str, list[tuple[str, Judge]]]:
        """The options that may be rules, by the part of the policy they are for: name and judge."""
        found: dict[str, list[tuple[str, Judge]]] = {"required": [], "allowed": [], "admin": []}
        for name, trait in sorted(self.traits(rule=lambda part: part is not None).items()):
            found[trait.metadata["rule"]].append((name, trait.metadata["judge"]))
        return found

    def _blocked_names(self) -> frozenset[str]:
        """`blocked_users`, also as the Hub writes their names: perhaps thousands, and asked for at every login."""
        options = (frozenset(self.blocked_users), dict(self.username_map))
        may_change = type(self).normalize_username is not Authenticator.normalize_username  # by what, only it knows
        if self._blocked is None or self._blocked[0] != options or may_change:
            self._blocked = (options, options[0] | {self.normalize_username(name) for name in options[0]})
        return self._blocked[1]

    _blocked: tuple[tuple[frozenset[str], dict[str, str]], frozenset[str]] | None = None

    def required_rules(self) -> list[Rule]:
        """Restrictions: each must hold, whatever else says yes. A provider may add to this list."""
        return [*self._rules_in_options("required")]

    def allow_rules(self) -> list[Rule]:
        """The ways in: one that holds is enough. A provider may add to this list."""
        return [
            Rule("allow_all", lambda who: bool(self.allow_all)),
            Rule("allowed_users", lambda who: who.username in self.allowed_users),
            *self._rules_in_options("allowed"),
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
        return replace(known, username=username, groups=groups)

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
        signing_in = _denials.set(denials)
        try:
            model = await self.ask_in_order(handler, data)
            if model is None:
                rule = denials[1] if denials else "authenticate, validate_username or check_allowed"
                name = denials[0] if denials else None
                raise AccessDenied(rule, public_message=self.custom_403_message, username=name)
            await self._judge(model["name"], model)
        finally:
            _denials.reset(signing_in)
        await self.refuse_anothers_account(handler, model)
        if self.manage_roles or self.reconcile_auth_state_hook is not None:
            user = handler.find_user(model["name"]) if handler is not None else None
            await self.reconcile(model, user)
            self.settle_roles(model, was_admin=user is not None and user.admin)
        return model

    async def ask_in_order(self, handler: BaseHandler | None, data: Any) -> AuthModel | None:
        """`authenticate` and the Hub's other questions, in the Hub's order; None when an answer is no."""
        model: AuthModel | None = await super().get_authenticated_user(handler, data)
        return model

    async def check_blocked_users(self, username: str, auth_model: AuthModel | None = None) -> bool:
        """True when neither a block nor a restriction keeps the user out.

        Raises
        ------
        AccessDenied
            Naming the rule, when one does. The Hub asks this under every allow mode, `allow_all` included.
        ProviderUnreachable
            At a login, when some rule cannot tell.
        """
        await self._judge(username, auth_model)
        return True

    async def check_allowed(self, username: str, auth_model: AuthModel | None = None) -> bool:
        """Whether the policy lets the user in. An override may let in more, but nobody past a block or restriction."""
        await self.find_out(username, auth_model)
        decision = self.decide(username, auth_model)
        self._refuse_unknown(decision)
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

    async def readmit(self, username: str, auth_model: AuthModel) -> None:
        """Take the decision again on somebody who is signed in already, with every override that has a say in it.

        The model is completed by the name, and by whether they are an administrator if it does not say.

        Raises
        ------
        AccessDenied
            When they may not stay, naming the rule.
        """
        auth_model["name"] = username
        await self.find_out(username, auth_model)
        if not await result_of(self.check_blocked_users(username, auth_model)):
            raise AccessDenied("check_blocked_users")
        if not self.allow_all and not await result_of(self.check_allowed(username, auth_model)):
            raise AccessDenied(self.decide(username, auth_model).rule)
        await self._judge(username, auth_model)
        if auth_model.get("admin") is None:
            auth_model["admin"] = await result_of(self.is_admin(None, auth_model))

    # --- start-up ----------------------------------------------------------------------------------------------------

    def check_configuration(self) -> None:
        """Refuse to start with options that contradict each other.

        Raises
        ------
        ConfigurationError
            Naming the option and the mend.
        """
        self.check_contract()
        name = type(self).__name__
        for option, version in _NEWER_OPTIONS.items():
            if option in self._find_my_config(self.config) and not self.has_trait(option):
                raise ConfigurationError(f"c.{name}.{option} needs JupyterHub {version} or newer: update, or remove it")
        for option in self.options_that_need_groups():
            if getattr(self, option) and not self.manage_groups:
                raise ConfigurationError(
                    f"{name}.{option} is set, but no groups are known: set c.{name}.manage_groups = True as well"
                )
        self.check_roles()
        self.check_hooks()

    def options_that_need_groups(self) -> tuple[str, ...]:
        """The options that speak of the Hub's groups, which are known only with `manage_groups`."""
        return "allowed_groups", "admin_groups"

    def get_handlers(self, app: Any) -> list[Any]:
        """Check the options, which JupyterHub has set by now, before anything is served."""
        self.check_configuration()
        self.learn_roles(app)
        self.take_over_reconciling()
        handlers: list[Any] = super().get_handlers(app)
        return handlers

    async def refuse_anothers_account(self, handler: BaseHandler | None, model: AuthModel) -> None:
        """An account is (issuer, subject), not a name: the stored subject decides, where `auth_state` is kept.

        Not to be overridden in a configuration.

        Raises
        ------
        AccountConflict
            When the account of this name was another subject's at its last login.
        """
        who = model.get("identity")
        if handler is None or not self.enable_auth_state or not isinstance(who, Identity):
            return
        user = handler.find_user(model["name"])
        auth_state = await kept_auth_state(user) if user is not None else None
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

    default_provider = ""
    """What this way of signing in is called where there are several; empty: by its class."""

    signs_in_by_form = False
    """Whether people sign in by name and password on a page of the Hub's."""

    def vouches_for(self, auth_state: Mapping[str, Any]) -> bool:
        """Whether `auth_state`, in which no provider is named, was kept of a login here."""
        return False

    def owner_of(self, auth_state: Mapping[str, Any]) -> SessionRecord:
        """Whose account it is that `auth_state` was kept for."""
        return SessionRecord.of(auth_state)

    # --- what takes waiting ------------------------------------------------------------------------------------------

    async def find_out(self, username: str, auth_model: AuthModel | None) -> None:
        """Learn what rules ask of somebody and one has to wait for, and note it in the model. Here, nothing.

        It is called before rules are judged, often more than once for one model. When somebody who knows does not
        answer, it is for the rules to say so, by `oauthenticator_suite.policy.access.Unknown`: nobody can sign in then,
        and who is signed in is judged by all other rules.
        """

    @property
    def is_signing_in(self) -> bool:
        """Whether this code runs for a login, rather than for somebody who is signed in."""
        return _denials.get() is not None

    async def _judge(self, username: str, auth_model: AuthModel | None) -> None:
        """Refuse whom a block or a restriction keeps out; and at a login, whom some rule cannot tell of."""
        await self.find_out(username, auth_model)
        decision = self.decide(username, auth_model)
        self._refuse_unknown(decision)
        self._refuse_barred(username, decision)

    def _refuse_unknown(self, decision: Decision) -> None:
        if decision.unknown and self.is_signing_in:
            raise ProviderUnreachable(decision.unknown)

    def _refuse_barred(self, username: str, decision: Decision) -> None:
        if decision.barred:
            raise AccessDenied(decision.rule, public_message=self.custom_403_message, username=username)
