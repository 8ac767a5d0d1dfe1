"""`SuiteAuthenticator`: what every authenticator of the suite does once the user is known.

That is: the access decision, the operator's hooks, groups and roles, account ownership, and start-up checks.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any

from jupyterhub.auth import Authenticator
from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User

from ...policy.access import AccessPolicy, Decision, Rule
from ...policy.group_names import all_folded
from ...policy.identity import Identity
from ...policy.username import why_not
from ..accounts.ownership import refuse_anothers
from ..accounts.record import SessionRecord
from ..findings.at_start import check_loaded_config
from ..findings.finding import Check, Finding, find, report
from ..findings.one_line import stops_in_one_line
from ..maybe_await import result_of
from ..observe.observers import Observers
from ..observe.state import ProviderState
from ..options import SessionOptions
from ..sessions.denied_users import count_denied
from ..sessions.endings import Endings
from ..sessions.limits import SessionLimits
from ..sessions.outcome import Outcome
from ..status.scope import define_scope
from .access import admit, decision_with_facts, refuse_barred
from .admission import Admission, admission, current_admission
from .configured import configured
from .deprecated_names import DeprecatedNames, observe_aliases
from .hooks import ReconcileHook
from .login import run_post_auth_hook, sign_in
from .managed_roles import ManagedRoles
from .option_rules import OptionRules
from .plug_in import has_own_options, provider_of
from .startup import run_checks, start
from .startup_checks import BASE_CHECKS

AuthModel = dict[str, Any]
"""JupyterHub's authentication model: ``name``, ``admin``, ``auth_state``, ``groups``, ``roles``, ``user_info``."""


class SuiteAuthenticator(SessionOptions, Authenticator):
    """The base of all authenticators of the suite, and of those that other packages derive from it.

    A subclass defines `authenticate`. Everything that follows is written here once, in this order:
    `normalize_username`, `validate_username`, `check_blocked_users`, `check_allowed` (not with `allow_all`),
    `is_admin`, `post_auth_hook`. All answers come from one decision of
    `oauthenticator_suite.policy.access.AccessPolicy`. Restrictions and blocks count whatever an override or a hook
    returns.
    """

    default_provider = ""
    """The name of this sign-in among several; empty: derived from the class."""

    signs_in_by_form = False
    """Whether users sign in with a name and a password on a page of the Hub."""

    startup_checks: tuple[Check, ...] = BASE_CHECKS
    """The checks of the configuration that this class adds to those of its base classes: see `hub.findings`."""

    is_enabled: bool = True
    """Whether a discovered plug-in is active. An authenticator that the configuration names is always active."""

    @stops_in_one_line
    def __init__(self, **kwargs: Any) -> None:
        """Take the same arguments as JupyterHub's `Authenticator`.

        Raises
        ------
        ConfigurationError
            When the configuration has errors that show before the Hub starts.
        """
        check_loaded_config(type(self), kwargs)
        self.deprecated_names = DeprecatedNames(self)
        observe_aliases(self)
        super().__init__(**kwargs)
        self.deprecated_names.apply(kwargs)
        self.option_rules = OptionRules(self)
        self.managed_roles = ManagedRoles(self)
        self.reconcile = ReconcileHook(self)
        self.session_limits = SessionLimits(self, time.time)
        define_scope(self.parent)
        report(find(self, "options"), self.log)

    # --- a sign-in ---------------------------------------------------------------------------------------------------

    async def get_authenticated_user(self, handler: BaseHandler | None, data: Any) -> AuthModel:
        """Sign a user in: see `login.walk_of_login`. JupyterHub calls this; it is not to be overridden."""
        return await sign_in(self, handler, data)

    async def authentication_model(self, handler: BaseHandler | None, data: Any) -> AuthModel | None:
        """The result of `authenticate` as a model; None when it refuses the user."""
        answer = await result_of(self.authenticate(handler, data))
        if answer is None:
            return None
        model: AuthModel = answer if isinstance(answer, dict) else {"name": answer}
        for name in ("auth_state", "user_info", "admin"):
            model.setdefault(name, None)
        return model

    def own_name(self, username: str) -> str:
        """The Hub username as this authenticator alone writes it: for one of several, without its prefix."""
        return username

    async def readmit(
        self,
        username: str,
        auth_model: AuthModel,
        identity: Identity | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> Decision:
        """Decide again about a signed-in user, with every override that takes part in the decision.

        The model is completed in place: by ``name``, and by ``admin`` when that is missing or None.

        Parameters
        ----------
        identity:
            The user at the provider; None when only the name is known.
        facts:
            The result of `facts_about`, if the caller has it already.

        Returns
        -------
        What the rules say; a rule that cannot tell is in `Decision.unknown`.

        Raises
        ------
        AccessDenied
            When the user may not stay. It names the rule; `barred` tells whether it is a block or a restriction.
        """
        with admission(signing_in=False, identity=identity) as current:
            current.note_facts(username, await self.facts_about(username) if facts is None else facts)
            auth_model["name"] = username
            return await admit(self, None, auth_model)

    # --- observation -------------------------------------------------------------------------------------------------

    @cached_property
    def observers(self) -> Observers:
        """Who is told what happens: see `hub.observe`. A child of `MultiAuthenticator` has those of its parent."""
        of_parent: Observers | None = getattr(self.parent, "observers", None)
        return Observers(self.log) if of_parent is None else of_parent

    @cached_property
    def observed_name(self) -> str:
        """The name of this way to sign in, in facts."""
        return provider_of(type(self))

    @property
    def observed_ways(self) -> Mapping[str, Authenticator]:
        """The ways to sign in on this Hub, by their names in facts: this one alone."""
        return {self.observed_name: self}

    def observed_states(self) -> list[ProviderState]:
        """The present state of each way to sign in."""
        return [self.observed_state()]

    def observed_state(self) -> ProviderState:
        """The present state of this way to sign in, for metrics and pages."""
        return ProviderState(provider=self.observed_name)

    def count_denied_users(self) -> int | None:
        """How many users are denied now, for metrics and pages; None when the database cannot be read."""
        return count_denied(self.endings.app, self.log)

    # --- the decision ------------------------------------------------------------------------------------------------

    def policy(self) -> AccessPolicy:
        """The access rules that the options define at this moment."""
        by_option = [*self.option_rules.of("admin")]
        return AccessPolicy(
            required=(*self.required_rules(), *self.extra_required_rules()),
            blocked=tuple(self.blocked_rules()),
            admin=(Rule("admin_users", lambda identity: identity.username in self.admin_users), *by_option),
            allowed=tuple(self.allow_rules()),
            # With group options they are the whole truth. With names alone, an administrator may have named others.
            authoritative_admin=bool(by_option),
        )

    def required_rules(self) -> list[Rule]:
        """Restrictions: all must hold, whatever else allows the user. For the classes of this package.

        A subclass of another package that overrides this method stops the start-up: see `extra_required_rules`.
        """
        return [*self.option_rules.of("required")]

    def extra_required_rules(self) -> list[Rule]:
        """More restrictions, in addition to those of the options and of the provider. For subclasses."""
        return []

    def blocked_rules(self) -> list[Rule]:
        """Rules that refuse a user whatever else allows them. For the classes of this package."""
        blocked = self.option_rules.blocked_names()
        return [Rule("blocked_users", lambda identity: identity.username in blocked)]

    def allow_rules(self) -> list[Rule]:
        """Rules that let a user in: one that holds is enough. A provider may add to this list."""
        return [
            Rule("allow_all", lambda identity: bool(self.allow_all)),
            Rule("allowed_users", lambda identity: identity.username in self.allowed_users),
            *self.option_rules.of("allowed"),
        ]

    def decide(self, username: str, auth_model: Mapping[str, Any] | None) -> Decision:
        """The decision about the user of the current sign-in or refresh, with this name and the model's groups."""
        current = current_admission() or Admission(signing_in=False)
        return current.decision(self, username, auth_model)

    def groups_in(self, auth_model: Mapping[str, Any] | None) -> frozenset[str]:
        """The Hub groups in a model, which count only with `manage_groups`."""
        return frozenset(self.hub_groups((auth_model or {}).get("groups") or ())) if self.manage_groups else frozenset()

    def hub_groups(self, names: Collection[str]) -> list[str]:
        """The names as the Hub's groups have them: in lower case unless `groups_case_sensitive`."""
        return list(names) if self.groups_case_sensitive else all_folded(names)

    def groups_named(self, names: Collection[str]) -> frozenset[str]:
        """The Hub groups that names in options mean."""
        return frozenset(self.hub_groups(names))

    async def facts_about(self, username: str) -> Mapping[str, Any]:
        """Look up data for access rules that the provider does not have, such as an account of the operating system.

        This method is called once per sign-in or refresh, before the rules, which find the result in `Identity.facts`.
        It must not raise when a source does not answer. The rule that needs the missing data raises
        `oauthenticator_suite.policy.access.Unknown` instead. Then no user can sign in, and the other rules decide about
        signed-in users.
        """
        return {}

    def hint_for(self, claims: Collection[str]) -> str:
        """How to get claims that a restriction needs and that are missing, for the log; empty if it is not known."""
        return ""

    # --- JupyterHub's questions --------------------------------------------------------------------------------------

    async def check_blocked_users(self, username: str, auth_model: AuthModel | None = None) -> bool:
        """True when neither a block nor a restriction excludes the user.

        Raises
        ------
        AccessDenied
            Naming the rule, when one does. JupyterHub asks this in every allow mode, also with `allow_all`.
        ProviderUnreachable
            At a sign-in, when a rule cannot tell.
        """
        await refuse_barred(self, {**(auth_model or {}), "name": username})
        return True

    async def check_allowed(self, username: str, auth_model: AuthModel | None = None) -> bool:
        """Whether the rules allow the user, or `update_auth_model` has made the user an administrator.

        An override may allow more users, but none past a block or restriction.
        """
        decision = await decision_with_facts(self, username, auth_model)
        return decision.allowed or (not decision.barred and (auth_model or {}).get("admin") is True)

    def is_admin(self, handler: BaseHandler | None, auth_model: AuthModel) -> bool | None:
        """True or False as the rules say; None when they do not say, so that the Hub changes nothing."""
        return self.decide(auth_model["name"], auth_model).admin

    def validate_username(self, username: str) -> bool:
        """Whether `username` can be the name of an account: by JupyterHub's rules, ours, and `username_pattern`."""
        if not super().validate_username(username) or why_not(username) is not None:
            return False
        return not self.username_pattern or re.fullmatch(self.username_pattern, username) is not None

    async def run_post_auth_hook(self, handler: BaseHandler | None, auth_model: AuthModel) -> AuthModel:
        """Run `post_auth_hook`. A hook that raises or returns None refuses the login (`HookError`, `AccessDenied`)."""
        if self.post_auth_hook is None:
            return auth_model
        return await run_post_auth_hook(self, handler, auth_model)

    async def load_managed_roles(self) -> list[dict[str, Any]]:
        """Definitions of roles that this authenticator adds at start-up: none, because `group_roles` only assigns.

        With `reset_managed_roles_on_startup` JupyterHub removes what earlier logins assigned (the next login or refresh
        of each user assigns it again), and deletes roles that another authenticator had defined. An override may return
        definitions in the form of ``JupyterHub.load_roles``; `group_roles` may then use their names. It needs
        `reset_managed_roles_on_startup`; otherwise JupyterHub fails at its next start.
        """
        if not self.manage_roles:
            await super().load_managed_roles()  # raises with JupyterHub's message
        return []

    # --- whose account -----------------------------------------------------------------------------------------------

    async def refuse_anothers_account(self, user: User | None, model: AuthModel, identity: Identity | None) -> bool:
        """Refuse the sign-in when the Hub account of this name belongs to another account at the provider.

        Not to be overridden in a configuration. Parameters, result and errors: see `accounts.ownership`.
        """
        return user is not None and await refuse_anothers(self, user, model["name"], identity)

    @property
    def keeps_renamed_users(self) -> bool:
        """Whether accounts are found by their owners (`follow_renames`), and not by name alone."""
        return False

    def vouches_for(self, auth_state: Mapping[str, Any]) -> bool:
        """Whether an `auth_state` that names no provider was stored by a login of this authenticator."""
        return False

    def owner_of(self, auth_state: Mapping[str, Any]) -> SessionRecord:
        """The record of the login that stored `auth_state`: whose account it is."""
        return SessionRecord.of(auth_state)

    # --- the end of a session ----------------------------------------------------------------------------------------

    @cached_property
    def endings(self) -> Endings:
        """What each outcome of a refresh, and each logout, does to a user's credentials on the Hub."""
        return Endings(self)

    async def outcome_of_answer(self, user: User, answer: Any) -> Outcome:
        """The outcome for a user, after an override of `refresh_user` has answered True, a model, or nothing.

        A subclass that knows more than the name decides with it: the override keeps no user past a restriction.
        """
        return Outcome(bool(answer))

    async def check_spawn(self, user: User) -> None:
        """Refuse to start a server for a user who may sign in. It runs before `pre_spawn_start`.

        Raises
        ------
        web.HTTPError
            When the server must not start.
        """

    # --- plug-ins ----------------------------------------------------------------------------------------------------

    def configure(self) -> None:
        """Set `is_enabled`: whether a plug-in that was only discovered is active.

        By default it is when the operator has set an option in the class's own section (``c.MyAuthenticator.…``). An
        override may read options, files or the environment, but must not use the network: the Hub is starting.
        """
        self.is_enabled = has_own_options(self)

    async def validate_token(self, token: str) -> bool | None:
        """Whether the issuer of an access token says that it is valid: True, False, or None when unknown.

        None here. Classes that sign in at an OAuth provider ask it at a refresh.
        """
        return None

    # --- start-up ----------------------------------------------------------------------------------------------------

    def check_configuration(self) -> None:
        """Run `startup_checks`: log warnings, and refuse to start with a configuration that has errors.

        Raises
        ------
        ConfigurationError
            Naming each option and its fix.
        """
        run_checks(self, "start")

    def check_system(self) -> None:
        """The same for the checks about the system that the Hub runs on."""
        run_checks(self, "system")

    found_at_start: tuple[Finding, ...] = ()
    """The findings of the checks that have run since the Hub began to start."""

    def load_role_definitions(self, app: Any) -> None:
        """Read the definitions of the Hub's roles; ``app`` is the running `JupyterHub` application."""
        self.managed_roles.load_definitions(app)

    def options_without_meaning(self) -> dict[str, str]:
        """Options that stop the start-up when they are set, because they would have no effect; and the reason."""
        return {}

    def options_that_need_groups(self) -> tuple[str, ...]:
        """The options about the Hub's groups, which are known only with `manage_groups`."""
        return "allowed_groups", "admin_groups"

    @stops_in_one_line
    def get_handlers(self, app: Any) -> list[Any]:
        """Check the options, which are final by now, and the suite's tables, before any request is served."""
        start(self, app)
        handlers: list[Any] = super().get_handlers(app)
        self.observers.note(configured(self))
        return handlers
