"""The users of this system, with the passwords they have on it."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from functools import cached_property, partial
from types import ModuleType
from typing import Any

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
from ...hub.unix import accounts as unix_accounts
from ...hub.unix.accounts import UnixAccount
from ...hub.unix.local_users import NEW_NAME, MakesAccounts
from ...policy.access import Rule
from ...policy.identity import Identity
from ...policy.roles import highest_level
from ..forms.authenticator import FormAuthenticator
from ..forms.thread_queue import Threads
from .maintainer_role import ADMIN, MAINTAINER, USER, define_maintainer_role
from .options import UNIX_GROUP, PAMOptions
from .startup_checks import check_system

UNIX_USER = "unix_user"
"""The key of `auth_state` under which the user's Unix account is kept."""

PATIENCE = 5.0
"""Seconds that a page waits until account and groups are read again; then the user stays as they are, for a while."""


class PAMAuthenticator(PAMOptions, FormAuthenticator, MakesAccounts):
    """People sign in with the name and password that they have on this system.

    PAM is asked in threads. What it says of a login is refused or accepted here; who may come in, and as what, is
    decided as for every authenticator, with the user's Unix groups.
    """

    default_provider = "pam"
    takes_otp = True

    def __init__(self, **kwargs: Any) -> None:
        """As of the Hub."""
        super().__init__(**kwargs)
        self._logins = Threads(self.executor_threads, "pam-login")
        self._lookups = Threads(self.executor_threads, "pam-lookup")
        self._unix_names: dict[str, str] = {}
        self._unknown_groups: set[str] = set()
        self._undecided_since: dict[str, float] = {}

    # --- logging in --------------------------------------------------------------------------------------------------

    async def authenticate(self, handler: BaseHandler | None, data: dict[str, str]) -> Any:
        """Ask PAM for the password and the account.

        Raises
        ------
        LoginFailed
            When PAM says no to the password, whatever the reason: that is for the log.
        AccountUnusable
            When the password is right, and the account may not be used.
        ProviderUnreachable
            When PAM could not tell whether it may be, or the system who it is.
        """
        name, password = data.get("username"), data.get("password")
        if not name or not password:
            return None
        code = data.get("otp", "") if self.request_otp else None
        address = handler.request.remote_ip if handler is not None else ""
        try:
            account, member, groups = await self._logins.run(
                partial(self._log_in, name, password, code, address), self.place
            )
        except OSError as error:
            raise ProviderUnreachable(f"this system cannot look for {name!r}: {error.strerror}") from None
        self._unix_names[self.normalize_username(account.name)] = account.name
        return self._answer(account, member, groups)

    def _log_in(
        self, name: str, password: str, code: str | None, address: str
    ) -> tuple[UnixAccount, frozenset[str], list[str]]:
        """In a thread: the account of somebody who has given the right password, and their groups."""
        try:
            said, of_account = self.pam.log_in(
                self._service, name, password, code=code, address=address, account=self.check_account
            )
        except ValueError as error:
            raise LoginFailed(f"nothing that PAM could be asked: {type(error).__name__}") from None
        if not said.accepted:
            raise LoginFailed(f"PAM: {said.reason}")
        if of_account is not None and not of_account.accepted:
            if not of_account.decided:
                raise ProviderUnreachable(f"PAM cannot tell whether {name!r} may sign in: {of_account.reason}")
            raise AccountUnusable(f"{name!r}: PAM: {of_account.reason}")
        account = unix_accounts.find_account(name)
        if account is not None and self.pam_normalize_username:
            account = unix_accounts.find_account(unix_accounts.name_of_number(account.uid) or "")
        if account is None:
            raise AccountUnusable(f"PAM accepts {name!r}, and there is no such Unix user")
        self._refuse_twin(account)
        return account, *self._groups(account)

    @property
    def named_groups(self) -> set[str]:
        """The Unix groups that some option names."""
        return {*self.admin_groups, *self.maintainer_groups, *self.user_groups, *self.allowed_groups}

    def _groups(self, account: UnixAccount) -> tuple[frozenset[str], list[str]]:
        member, unknown = unix_accounts.groups_among(account, self.named_groups)
        self.report_missing_groups(unknown)
        return member, unix_accounts.all_groups(account) if self.manage_groups and self.all_unix_groups else []

    def report_missing_groups(self, names: Collection[str]) -> None:
        """Say of each group that the system does not have, once, that nobody is in it."""
        for name in sorted(set(names) - self._unknown_groups):
            self.log.warning("There is no Unix group %r: nobody is in it. (Said once.)", name)
        self._unknown_groups |= set(names)

    def _refuse_twin(self, account: UnixAccount) -> None:
        """Two Unix users whose names differ by capitals alone would be one on the Hub."""
        hub_name = self.normalize_username(account.name)
        if hub_name == account.name or account.name in self.username_map:
            return
        twin = unix_accounts.find_account(hub_name)
        if twin is not None and twin.uid != account.uid:
            raise AccountConflict(
                f"the Unix users {account.name!r} and {twin.name!r} would both be {hub_name!r} on the Hub: set "
                f"c.{type(self).__name__}.pam_normalize_username = True, or name one of them in username_map"
            )

    def normalize_username(self, username: str) -> str:
        """The Hub's name of a Unix user: in small letters unless `pam_normalize_username`; then `username_map`."""
        if self.pam_normalize_username:
            return str(self.username_map.get(username, username))
        return str(super().normalize_username(username))

    # --- what is made of it ------------------------------------------------------------------------------------------

    def _answer(self, account: UnixAccount, member: frozenset[str], groups: list[str]) -> dict[str, Any]:
        level = highest_level(self._levels, member)
        return {
            "username": account.name,
            "subject": str(account.uid),
            "profile": {"name": account.full_name, "shell": account.shell},
            "auth_state": {UNIX_USER: account.as_dict()},
            "memberships": {UNIX_GROUP: member},
            "groups": [*([level] if level else []), *(name for name in groups if name not in self._levels)],
            "roles": [MAINTAINER] if self.manage_roles and level == MAINTAINER else [],
        }

    @property
    def _levels(self) -> dict[str, set[str]]:
        return {ADMIN: self.admin_groups, MAINTAINER: self.maintainer_groups, USER: self.user_groups}

    async def groups_of(self, answer: Mapping[str, Any], auth_state: Mapping[str, Any] | None) -> list[str]:
        """The name of the user's role; with `all_unix_groups` their Unix groups as well."""
        return list(answer["groups"])

    def required_rules(self) -> list[Rule]:
        """Those of every authenticator, and a shell with which one can log in."""
        return [*super().required_rules(), Rule("allow_nologin_shells", self._has_shell)]

    def _has_shell(self, who: Identity) -> bool:
        return bool(self.allow_nologin_shells) or not unix_accounts.is_no_login_shell(who.claims.get("shell", ""))

    def options_that_need_groups(self) -> tuple[str, ...]:
        """None: groups are the system's here, and known without `manage_groups`."""
        return ()

    # --- while somebody is signed in ---------------------------------------------------------------------------------

    async def reread_user(self, user: User, auth_state: dict[str, Any]) -> AuthModel | None:
        """The model, with account and groups as the system has them now.

        Raises
        ------
        AccessDenied
            When there is no such Unix user any more, or PAM says that the account may not be used.
        """
        kept = auth_state.get(UNIX_USER)
        name, uid = (kept.get("name"), kept.get("uid")) if isinstance(kept, Mapping) else (None, None)
        work = partial(self._look_up, name or self.unix_name(user.name), uid)
        try:
            found = await self._lookups.run(work, patience=PATIENCE)
        except (ProviderBusy, ProviderTimeout) as error:
            found = error.detail
        except OSError as error:
            found = f"this system cannot look for the account: {error.strerror}"
        if isinstance(found, str):
            self._without_verdict(user, found)
            return None
        self._undecided_since.pop(user.name, None)
        model = await self.build_model(self._answer(*found))
        if model.get("auth_state") is not None:
            model["auth_state"] = {**auth_state, **model["auth_state"]}
        return model

    def _look_up(self, name: str, uid: int | None) -> tuple[UnixAccount, frozenset[str], list[str]] | str:
        """In a thread: account and groups; or the reason why PAM could not tell."""
        account = unix_accounts.find_account(name)
        if account is None:
            raise AccessDenied("Unix user", f"there is no Unix user {name!r} any more")
        if uid is not None and account.uid != uid:
            raise AccessDenied("Unix user", f"{name!r} is another Unix user than at the login")
        if self.check_account:
            said = self.pam.check_account(self._service, name)
            if not said.accepted and not said.decided:
                return str(said.reason)
            if not said.accepted:
                raise AccessDenied("check_account", f"PAM: {said.reason}")
        return account, *self._groups(account)

    def _without_verdict(self, user: User, reason: str) -> None:
        """PAM has a problem: the user stays as they are, for `refresh_outage_grace`."""
        now = time.monotonic()
        since = self._undecided_since.setdefault(user.name, now)
        if now - since >= self.refresh_outage_grace:
            raise AccessDenied("refresh_outage_grace", f"PAM has not told for {now - since:.0f} s: {reason}")
        self.log.warning("Whether %s may stay is not known: PAM: %s", user.name, reason)

    def unix_name(self, username: str) -> str:
        """The Unix user behind a user of the Hub."""
        if username in self._unix_names:
            return self._unix_names[username]
        return next((name for name, mapped in self.username_map.items() if mapped == username), username)

    # --- the Hub's users and the system's ----------------------------------------------------------------------------

    async def add_user(self, user: User) -> None:
        """As of the Hub: a user must be one of the system, or is made one with `create_system_users`."""
        await MakesAccounts.add_user(self, user)

    async def add_system_user(self, user: User) -> None:
        """Make a Unix user by `add_user_cmd`, unless its name could be taken for something else by a command."""
        if not NEW_NAME.fullmatch(user.name):
            raise ValueError("the name may not be a Unix user's")
        await super().add_system_user(user)

    async def pre_spawn_start(self, user: User, spawner: Any) -> None:
        """Open a session, with `open_sessions`."""
        await self._session("open_session", user)

    async def post_spawn_stop(self, user: User, spawner: Any) -> None:
        """Close it."""
        await self._session("close_session", user)

    async def _session(self, function: str, user: User) -> None:
        if not self.open_sessions:
            return
        work = partial(getattr(self.pam, function), self._service, self.unix_name(user.name))
        try:
            said = await self._lookups.run(work)
        except (ProviderBusy, ProviderTimeout) as error:
            self.log.warning("PAM: %s of %s has failed: %s", function, user.name, error.detail)
            return
        if not said.accepted:
            self.log.warning("PAM: %s of %s has failed: %s", function, user.name, said.reason)

    # --- PAM ---------------------------------------------------------------------------------------------------------

    @cached_property
    def pam(self) -> ModuleType:
        """`oauthenticator_suite.local.pam.conversation`, which cannot be imported without python-pam."""
        try:
            from . import conversation as pam_conversation
        except ImportError as error:
            raise ConfigurationError(
                f"{type(self).__name__} needs the package python-pam: pip install 'oauthenticator_suite[pam]' ({error})"
            ) from error
        return pam_conversation

    @property
    def _service(self) -> Any:
        return self.pam.Service(self.service, self.service_folder, self.encoding)

    # --- start-up ----------------------------------------------------------------------------------------------------

    def check_configuration(self) -> None:
        """Refuse to start with options that contradict each other."""
        super().check_configuration()
        name = f"c.{type(self).__name__}"
        try:
            "".encode(self.encoding)
        except LookupError:
            raise ConfigurationError(f"{name}.encoding: there is no encoding {self.encoding!r}") from None
        if self.maintainer_groups and not self.manage_groups and not self.manage_roles:
            raise ConfigurationError(
                f"{name}.maintainer_groups is set, but nobody could be given the role: set {name}.manage_roles = True "
                f"(the role itself), or {name}.manage_groups = True (by a Hub group of its name)"
            )
        if self.all_unix_groups and not self.manage_groups:
            raise ConfigurationError(f"{name}.all_unix_groups has no effect: set {name}.manage_groups = True")

    def load_role_definitions(self, app: Any) -> None:
        """Read the definitions of the Hub's roles, after adding the maintainer role to them."""
        if self.maintainer_groups:
            define_maintainer_role(self, app)
        super().load_role_definitions(app)

    def get_handlers(self, app: Any) -> list[Any]:
        """The Hub's routes; also where the start-up checks run."""
        handlers = super().get_handlers(app)
        check_system(self)
        return handlers
