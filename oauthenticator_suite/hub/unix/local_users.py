"""`LocalUsers`: the options and checks that the ``Local…`` class of every provider adds."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from jupyterhub.auth import LocalAuthenticator
from jupyterhub.user import User
from traitlets import Integer

from ...policy.access import Rule
from ...policy.identity import Identity
from ..base.admission import is_signing_in
from ..base.authenticator import AuthModel, SuiteAuthenticator
from ..options.names import Names
from ..options.trait_types import Renamed, rule
from ..resilience.blocking_calls import BlockingCalls
from ..resilience.outage_clock import OutageClock
from . import same_account
from .account_creation import NEW_ACCOUNT_NAME, account_exists, create_account
from .identity import SYSTEM_ACCOUNT, LookupResult, in_unix_groups, lookup_of
from .lookups import THREADS, UnixLookups
from .startup_checks import UNIX_CHECKS


class LocalUsers(SuiteAuthenticator, LocalAuthenticator):
    """Requires an account of the operating system for every user who signs in at a provider.

    With `create_system_users`, a missing account is created. `allowed_groups` are **Unix** groups here.
    """

    startup_checks: Any = UNIX_CHECKS  # Any: the other base class of a Local… class may have checks too

    unix_group_options: tuple[str, ...] = ("allowed_groups",)
    """The options that name Unix groups."""

    allowed_groups = Names(
        "group",
        config=True,
        help="""
        Allow the members of these Unix groups.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("allowed", in_unix_groups))

    minimum_uid = Integer(
        1000,
        min=0,
        config=True,
        help="""
        Refuse accounts with a smaller user number. These are accounts of the system itself, such as ``root``.

        Without this limit, a user with the name ``root`` at the provider would be root on the Hub's machine.

        .. versionadded:: 0.1
        """,
    )

    group_whitelist = Renamed("allowed_groups", since="JupyterHub 1.2")

    def required_rules(self) -> list[Rule]:
        """The provider's restrictions, and those on the system account."""
        return [
            *super().required_rules(),
            Rule("create_system_users", self._has_or_can_get_account),
            Rule("minimum_uid", self._is_no_system_account),
            Rule("refresh_outage_grace", self._is_within_grace_period),
        ]

    def _has_or_can_get_account(self, identity: Identity) -> bool:
        if lookup_of(identity).account is not None:
            return True
        return bool(self.create_system_users) and NEW_ACCOUNT_NAME.fullmatch(identity.username) is not None

    def _is_no_system_account(self, identity: Identity) -> bool:
        account = lookup_of(identity).account
        return account is None or account.uid >= self.minimum_uid

    def _is_within_grace_period(self, identity: Identity) -> bool:
        lookup: LookupResult | None = identity.facts.get(SYSTEM_ACCOUNT)
        return lookup is None or lookup.unknown_for is None or lookup.unknown_for < self.refresh_outage_grace

    def options_that_need_groups(self) -> tuple[str, ...]:
        """The options about Hub groups. `allowed_groups` is about Unix groups here, and needs no `manage_groups`."""
        return tuple(option for option in super().options_that_need_groups() if option != "allowed_groups")

    # --- look-ups ----------------------------------------------------------------------------------------------------

    def needs_unix_groups(self) -> bool:
        """Whether to look up Unix groups. A subclass whose rules use `in_unix_groups` returns True."""
        return bool(self.allowed_groups)

    async def facts_about(self, username: str) -> Mapping[str, Any]:
        """Look up the account of `username`, and its groups if rules need them, in a thread."""
        lookups = self._login_lookups if is_signing_in() else self._refresh_lookups
        grace = self.refresh_outage_grace
        lookup = await lookups.ask(username, groups=self.needs_unix_groups(), grace=grace)
        return {**await super().facts_about(username), SYSTEM_ACCOUNT: lookup}

    @cached_property
    def outage_clock(self) -> OutageClock:
        """How long the system has failed to answer about each user."""
        return OutageClock(time.monotonic)

    @cached_property
    def _login_lookups(self) -> UnixLookups:
        return UnixLookups(BlockingCalls(THREADS, "unix-login"), self.outage_clock)

    @cached_property
    def _refresh_lookups(self) -> UnixLookups:
        """Look-ups with separate threads: a login must not wait behind thousands of refreshes."""
        return UnixLookups(BlockingCalls(THREADS, "unix-refresh"), self.outage_clock)

    async def refuse_anothers_account(self, user: User | None, model: AuthModel, identity: Identity | None) -> bool:
        """With `follow_renames`, also refuse an account whose Unix account is another one than before."""
        is_rebound = await super().refuse_anothers_account(user, model, identity)
        if self.keeps_renamed_users:
            await same_account.check_login(self, self._look_up, user, model, identity)
        return is_rebound

    async def check_spawn(self, user: User) -> None:
        """With `follow_renames`, start no server as another Unix user than before."""
        await super().check_spawn(user)
        if self.keeps_renamed_users:
            await same_account.check_spawn(self, self._look_up, user)

    async def _look_up(self, name: str) -> LookupResult:
        return await self._login_lookups.ask(name, groups=False, grace=self.refresh_outage_grace)

    # --- accounts ----------------------------------------------------------------------------------------------------

    async def system_user_exists(self, user: Any) -> bool:
        """Whether the system has an account for `user`. JupyterHub asks before it adds a user.

        Raises
        ------
        ProviderUnreachable
            When the look-up failed.
        """
        return await account_exists(self._login_lookups, self, user, user.name)

    async def add_system_user(self, user: Any) -> None:
        """Create the system account with `add_user_cmd`.

        Raises
        ------
        HookError
            When that fails, or has no effect.
        """
        await create_account(self, self._login_lookups, user.name, minimum_uid=self.minimum_uid)
