"""`PAMAuthenticator`: users sign in with their accounts on the Hub's machine."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from functools import cached_property, partial
from types import ModuleType
from typing import Any, NamedTuple

from jupyterhub.auth import LocalAuthenticator
from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User

from ...errors import (
    AccessDenied,
    AccountConflict,
    AccountUnusable,
    ConfigurationError,
    LoginFailed,
    ProviderBusy,
    ProviderTimeout,
    ProviderUnreachable,
)
from ...hub.base.authenticator import AuthModel
from ...hub.resilience.blocking_calls import BlockingCalls
from ...hub.resilience.outage_clock import OutageClock
from ...hub.unix import accounts as unix_accounts
from ...hub.unix.account_creation import NEW_ACCOUNT_NAME, account_exists, create_account
from ...hub.unix.accounts import UnixAccount
from ...hub.unix.lookups import Lookups, Unanswered, UnixLookups
from ...hub.unix.startup_checks import UNIX_CHECKS
from ...policy.access import Rule
from ...policy.identity import Identity
from ...policy.roles import highest_level
from ..forms.authenticator import FormAuthenticator
from .maintainer_role import ADMIN, MAINTAINER, USER, define_maintainer_role
from .options import UNIX_GROUP, PAMOptions
from .startup_checks import PAM_CHECKS

UNIX_USER = "unix_user"
"""The key of `auth_state` that holds the user's Unix account."""


class _UnixUser(NamedTuple):
    """An account, the groups that options name and it is a member of, and its groups for the Hub."""

    account: UnixAccount
    member_of: frozenset[str]
    hub_groups: list[str]


class PAMAuthenticator(PAMOptions, FormAuthenticator, LocalAuthenticator):
    """Users sign in with their name and password on the Hub's machine, which PAM checks.

    The access decision is that of every authenticator. Its rules see the user's Unix groups.
    """

    default_provider = "pam"
    takes_otp = True
    startup_checks = (*PAM_CHECKS, *UNIX_CHECKS)

    unix_group_options = ("admin_groups", "maintainer_groups", "user_groups", "allowed_groups")
    """The options that name Unix groups."""

    def __init__(self, **kwargs: Any) -> None:
        """Take the same arguments as JupyterHub's `Authenticator`."""
        super().__init__(**kwargs)
        # separate threads, so that no login waits for the refreshes of other users
        self._login_calls = BlockingCalls(self.executor_threads, "pam-login")
        self._refresh_calls = BlockingCalls(self.executor_threads, "pam-refresh")
        self.outage_clock = OutageClock(time.monotonic)
        self._refreshes = Lookups(self._refresh_calls, self.outage_clock)
        self._account_lookups = UnixLookups(self._refresh_calls, self.outage_clock)
        self._unix_names: dict[str, str] = {}
        self._reported_groups: set[str] = set()

    # --- a login -----------------------------------------------------------------------------------------------------

    async def authenticate(self, handler: BaseHandler | None, data: dict[str, str]) -> Any:
        """Check the password and the account with PAM.

        Raises
        ------
        LoginFailed
            When PAM refuses the password. Only the log has the reason.
        AccountUnusable
            When the password is right, and the account may not be used.
        ProviderUnreachable
            When PAM cannot tell whether the account may be used, or the system cannot look it up.
        """
        name, password = data.get("username"), data.get("password")
        if not name or not password:
            return None
        code = data.get("otp", "") if self.request_otp else None
        address = self.client_address(handler)
        log_in = partial(self._log_in, name, password, code, address)
        try:
            user = await self._login_calls.run(log_in, priority=self.priority)
        except OSError as error:
            raise ProviderUnreachable(f"the account {name!r} cannot be looked up: {error.strerror}") from None
        hub_name = self.normalize_username(user.account.name)
        self._unix_names[hub_name] = user.account.name
        self.outage_clock.answered(hub_name)
        return self._answer(user)

    def _log_in(self, name: str, password: str, code: str | None, address: str) -> _UnixUser:
        """In a thread: check the password and the account, and look up the groups."""
        try:
            of_password, of_account = self.pam.log_in(
                self._service, name, password, code=code, address=address, account=self.check_account
            )
        except ValueError as error:
            raise LoginFailed(f"PAM cannot be asked this: {type(error).__name__}") from None
        if not of_password.accepted:
            raise LoginFailed(f"PAM: {of_password.reason}")
        if of_account is not None and not of_account.accepted:
            if not of_account.decided:
                raise ProviderUnreachable(f"PAM cannot tell whether {name!r} may sign in: {of_account.reason}")
            raise AccountUnusable(f"{name!r}: PAM: {of_account.reason}")
        account = unix_accounts.find_account(name)
        if account is not None and self.pam_normalize_username:
            account = unix_accounts.find_account(unix_accounts.name_of_number(account.uid) or "")
        if account is None:
            raise AccountUnusable(f"PAM accepts {name!r}, but there is no such Unix user")
        self._refuse_name_clash(account)
        return self._with_groups(account)

    @property
    def named_groups(self) -> set[str]:
        """The Unix groups that options name."""
        return {group for option in self.unix_group_options for group in getattr(self, option)}

    def _with_groups(self, account: UnixAccount) -> _UnixUser:
        member_of, missing = unix_accounts.groups_among(account, self.named_groups)
        self._report_missing_groups(missing)
        hub_groups = unix_accounts.all_groups(account) if self.manage_groups and self.all_unix_groups else []
        return _UnixUser(account, member_of, hub_groups)

    def _report_missing_groups(self, names: Collection[str]) -> None:
        """Log a warning for each group that does not exist, once."""
        for name in sorted(set(names) - self._reported_groups):
            self.log.warning("There is no Unix group %r, so it has no members. This is logged once.", name)
        self._reported_groups |= set(names)

    def throttle_key(self, name: str) -> str:
        r"""The key of a typed name without a domain: directories accept ``ada``, ``ada@domain`` and ``DOMAIN\ada``."""
        return super().throttle_key(name).rpartition("\\")[2].partition("@")[0]

    def _refuse_name_clash(self, account: UnixAccount) -> None:
        """Refuse a login if another Unix user, whose name differs in case only, has the same name on the Hub."""
        hub_name = self.normalize_username(account.name)
        if hub_name == account.name or account.name in self.username_map:
            return
        other = unix_accounts.find_account(hub_name) or unix_accounts.find_namesake(account)
        if other is not None and other.uid != account.uid:
            raise AccountConflict(
                f"the Unix users {account.name!r} and {other.name!r} would both be {hub_name!r} on the Hub: set "
                f"c.{type(self).__name__}.pam_normalize_username = True, or give one of them another name with "
                "username_map"
            )

    def normalize_username(self, username: str) -> str:
        """The Hub username of a Unix user: in lower case, unless `pam_normalize_username` is set, and mapped."""
        if self.pam_normalize_username:
            return str(self.username_map.get(username, username))
        return str(super().normalize_username(username))

    def _answer(self, user: _UnixUser) -> dict[str, Any]:
        """The result of `authenticate` for a user."""
        account = user.account
        level = highest_level(self._levels, user.member_of)
        return {
            "username": account.name,
            "subject": str(account.uid),
            "profile": {"name": account.full_name, "shell": account.shell},
            "auth_state": {UNIX_USER: account.as_dict()},
            "memberships": {UNIX_GROUP: user.member_of},
            "groups": [*([level] if level else []), *(name for name in user.hub_groups if name not in self._levels)],
            "roles": [MAINTAINER] if self.manage_roles and level == MAINTAINER else [],
        }

    @property
    def _levels(self) -> dict[str, set[str]]:
        return {ADMIN: self.admin_groups, MAINTAINER: self.maintainer_groups, USER: self.user_groups}

    async def groups_of(self, answer: Mapping[str, Any], auth_state: Mapping[str, Any] | None) -> list[str]:
        """The name of the user's level; with `all_unix_groups` also the user's Unix groups."""
        return list(answer["groups"])

    def required_rules(self) -> list[Rule]:
        """The restrictions of every authenticator, and a login shell."""
        return [*super().required_rules(), Rule("allow_nologin_shells", self._has_login_shell)]

    def _has_login_shell(self, identity: Identity) -> bool:
        shell = identity.claims.get("shell", "")
        return bool(self.allow_nologin_shells) or not unix_accounts.is_no_login_shell(shell)

    def options_that_need_groups(self) -> tuple[str, ...]:
        """None: group options are about Unix groups here, which are known without `manage_groups`."""
        return ()

    # --- a refresh ---------------------------------------------------------------------------------------------------

    async def reread_user(self, user: User, auth_state: dict[str, Any]) -> AuthModel | None:
        """The model with the account and groups as they are now; None when the system cannot tell.

        Raises
        ------
        AccessDenied
            When the Unix user no longer exists, when PAM refuses the account, and when the system has not been able to
            tell for `refresh_outage_grace` seconds.
        """
        stored = auth_state.get(UNIX_USER)
        name, uid = (stored.get("name"), stored.get("uid")) if isinstance(stored, Mapping) else (None, None)
        check = partial(self._check_account, name or self.unix_name(user.name), uid)
        try:
            found = await self._refreshes.ask(user.name, check, key=uid, grace=self.refresh_outage_grace)
        except Unanswered as unanswered:
            self._stay_for_grace_period(user, unanswered)
            return None
        model = await self.build_model(self._answer(found))
        if model.get("auth_state") is not None:
            model["auth_state"] = {**auth_state, **model["auth_state"]}
        return model

    def _check_account(self, name: str, uid: int | None) -> _UnixUser:
        """In a thread: check an account without its password. `uid` is its number at the login, if known."""
        account = unix_accounts.find_account(name)
        if account is None:
            raise AccessDenied("Unix user", f"there is no Unix user {name!r}", gone=True)
        if uid is not None and account.uid != uid:
            raise AccessDenied("Unix user", f"the Unix user {name!r} has another number than at the login")
        if self.check_account:
            verdict = self.pam.check_account(self._service, name)
            if not verdict.accepted and not verdict.decided:
                raise ProviderUnreachable(f"PAM: {verdict.reason}")
            if not verdict.accepted:
                raise AccessDenied("check_account", f"PAM: {verdict.reason}")
        return self._with_groups(account)

    def _stay_for_grace_period(self, user: User, unanswered: Unanswered) -> None:
        """Keep the session of a user whose account cannot be checked, for `refresh_outage_grace` seconds."""
        if unanswered.seconds is not None and unanswered.seconds >= self.refresh_outage_grace:
            raise AccessDenied(
                "refresh_outage_grace",
                f"the account could not be checked for {unanswered.seconds:.0f} s: {unanswered.reason}",
            )
        self.log.warning("%s stays signed in, but the account cannot be checked: %s", user.name, unanswered.reason)

    def unix_name(self, username: str) -> str:
        """The name of the Unix user behind a Hub username."""
        if username in self._unix_names:
            return self._unix_names[username]
        return next((name for name, mapped in self.username_map.items() if mapped == username), username)

    # --- accounts and sessions of the system -------------------------------------------------------------------------

    async def system_user_exists(self, user: Any) -> bool:
        """Whether the system has an account for `user`. JupyterHub asks before it adds a user.

        Raises
        ------
        ProviderUnreachable
            When the look-up failed.
        """
        return await account_exists(self._account_lookups, self, user, self.unix_name(user.name))

    async def add_system_user(self, user: User) -> None:
        """Create a Unix user with `add_user_cmd`.

        Raises
        ------
        ValueError
            When the name is not safe as an argument of a command.
        HookError
            When the command fails, or has no effect.
        """
        if not NEW_ACCOUNT_NAME.fullmatch(user.name):
            raise ValueError("not a valid name for a new Unix user")
        await create_account(self, self._account_lookups, user.name)

    async def pre_spawn_start(self, user: User, spawner: Any) -> None:
        """Open a PAM session, if `open_sessions` is set."""
        await self._call_session("open_session", user)

    async def post_spawn_stop(self, user: User, spawner: Any) -> None:
        """Close the PAM session, if `open_sessions` is set."""
        await self._call_session("close_session", user)

    async def _call_session(self, function: str, user: User) -> None:
        if not self.open_sessions:
            return
        call = partial(getattr(self.pam, function), self._service, self.unix_name(user.name))
        try:
            verdict = await self._refresh_calls.run(call)
        except (ProviderBusy, ProviderTimeout) as error:
            self.log.warning("PAM: %s of %s failed: %s", function, user.name, error.detail)
            return
        if not verdict.accepted:
            self.log.warning("PAM: %s of %s failed: %s", function, user.name, verdict.reason)

    @cached_property
    def pam(self) -> ModuleType:
        """The module `oauthenticator_suite.local.pam.conversation`, which can only be imported with python-pam.

        Raises
        ------
        ConfigurationError
            When python-pam is not installed, or another package has the module `pam`.
        """
        try:
            from . import conversation
        except (ImportError, AttributeError) as error:
            raise ConfigurationError(
                f"{type(self).__name__} needs the package python-pam: pip install python-pam ({error})"
            ) from error
        return conversation

    @property
    def _service(self) -> Any:
        return self.pam.Service(self.service, self.service_folder, self.encoding)

    # --- start-up ----------------------------------------------------------------------------------------------------

    def check_system(self) -> None:
        """Refuse to start where no user could sign in with this system's PAM, or any user without a password."""
        super().check_system()
        self._reported_groups |= unix_accounts.missing_groups(self.named_groups)

    def load_role_definitions(self, app: Any) -> None:
        """Define the role ``maintainer``, and read the definitions of the Hub's roles."""
        if self.maintainer_groups:
            define_maintainer_role(self, app)
        super().load_role_definitions(app)
