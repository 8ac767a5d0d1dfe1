"""Users who are also users of the system that the Hub runs on: the ``Local…`` variant of every provider."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any

from jupyterhub import orm
from jupyterhub.auth import LocalAuthenticator
from traitlets import Integer, Set, Unicode

from ...errors import HookError, ProviderUnreachable
from ...policy.access import Rule
from ...policy.identity import Identity
from ...protocol.text import for_log
from ..base.authenticator import SuiteAuthenticator
from ..options import SessionOptions, config_help
from ..options.trait_types import Renamed, rule
from .accounts import find_account
from .identity import SYSTEM_ACCOUNT, found_of, in_unix_groups
from .lookups import UnixLookups

NEW_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}")
"""What an account may be called that is made for somebody: nothing that a command could take for an option."""

LONGEST = 120.0
"""Seconds after which the command that makes an account is stopped: a login waits for it."""


class MakesAccounts(LocalAuthenticator):
    """The Hub's way to make accounts of the system, without holding up the Hub meanwhile."""

    class_get_help = classmethod(config_help.class_get_help)
    class_config_section = classmethod(config_help.class_config_section)

    def unix_name(self, username: str) -> str:
        """What a user of the Hub is called on this system."""
        return username

    async def system_user_exists(self, user: Any) -> bool:
        """Whether this system has an account for the user.

        Raises
        ------
        ProviderUnreachable
            When it could not be looked for.
        """
        name = self.unix_name(user.name)
        try:
            return await asyncio.to_thread(find_account, name) is not None
        except OSError as error:
            trouble = f"this system cannot look for an account {name!r}: {error.strerror}"
        if isinstance(user, orm.User):  # at its start the Hub asks about all it has, and deletes whom there is no more
            self.log.warning("%s", trouble)
            return True
        raise ProviderUnreachable(trouble)

    async def add_system_user(self, user: Any) -> None:
        """Run `add_user_cmd` with the name as its last argument. The Hub goes on with other things meanwhile.

        Raises
        ------
        HookError
            When it cannot be run, fails, or does not end within `LONGEST` seconds.
        """
        name = user.name
        command = [part.replace("USERNAME", name) for part in self.add_user_cmd]
        if name in self.uids:
            command += ["--uid", str(self.uids[name])]
        self.log.info("Making an account of this system for %s: %s", name, command[0])
        option = f"c.{type(self).__name__}.add_user_cmd"
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                name,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise HookError(f"{option} cannot be run: {error.strerror}") from None
        try:
            output, _ = await asyncio.wait_for(process.communicate(), LONGEST)
        except asyncio.TimeoutError:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # with whatever it has started, which may hold its output open
            await process.wait()
            raise HookError(f"{option} has not ended within {LONGEST:g} s for {name!r}, and was stopped") from None
        if process.returncode:
            said = for_log(output.decode("utf-8", "replace"))
            raise HookError(f"{option} has made no account for {name!r}: status {process.returncode}: {said}")


class LocalUsers(SessionOptions, SuiteAuthenticator, MakesAccounts):
    """What a ``Local…`` authenticator adds to one that signs in at a provider.

    Whoever signs in must have an account on this system, or be given one by `create_system_users`. `allowed_groups`
    are **Unix** groups here.
    """

    allowed_groups = Set(
        Unicode(),
        config=True,
        help="""
        Let in the members of these Unix groups of this system.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("allowed", in_unix_groups))

    minimum_uid = Integer(
        1000,
        min=0,
        config=True,
        help="""
        Refuse the system's own accounts: those with a number below this, such as ``root``.

        Somebody who is called ``root`` at the provider would be root here.

        .. versionadded:: 0.1
        """,
    )

    group_whitelist = Renamed("allowed_groups", since="JupyterHub 1.2")

    def required_rules(self) -> list[Rule]:
        """Those of the provider's authenticator, and that there is an account on this system to be."""
        return [
            *super().required_rules(),
            Rule("create_system_users", self._has_or_may_get_account),
            Rule("minimum_uid", self._is_no_account_of_the_system),
            Rule("refresh_outage_grace", self._is_known_or_was_lately),
        ]

    def _has_or_may_get_account(self, who: Identity) -> bool:
        if found_of(who).account is not None:
            return True
        return bool(self.create_system_users) and NEW_NAME.fullmatch(who.username) is not None

    def _is_no_account_of_the_system(self, who: Identity) -> bool:
        account = found_of(who).account
        return account is None or account.uid >= self.minimum_uid

    def _is_known_or_was_lately(self, who: Identity) -> bool:
        found = who.facts.get(SYSTEM_ACCOUNT)
        return found is None or found.unknown_for is None or found.unknown_for < self.refresh_outage_grace

    def options_that_need_groups(self) -> tuple[str, ...]:
        """`allowed_groups` are the system's here, and need no `manage_groups`."""
        return tuple(option for option in super().options_that_need_groups() if option != "allowed_groups")

    # --- what this system says ---------------------------------------------------------------------------------------

    def needs_unix_groups(self) -> bool:
        """Whether the groups of whoever is judged are asked for. For a subclass whose rules use `in_unix_groups`."""
        return bool(self.allowed_groups)

    async def facts_about(self, username: str) -> Mapping[str, Any]:
        """Look up the system's account of that name, in a thread."""
        lookups = self._lookups_of_logins if self.is_signing_in else self._lookups_of_refreshes
        found = await lookups.ask(username, groups=self.needs_unix_groups())
        return {**await super().facts_about(username), SYSTEM_ACCOUNT: found}

    @cached_property
    def _lookups_of_logins(self) -> UnixLookups:
        return UnixLookups()

    @cached_property
    def _lookups_of_refreshes(self) -> UnixLookups:
        """With threads of their own: behind thousands who are due at once, nobody waits to sign in."""
        return UnixLookups()

    # --- the Hub's users and the system's ----------------------------------------------------------------------------

    async def add_user(self, user: Any) -> None:
        """As of the Hub: make the account on this system where it is missing and `create_system_users` is set."""
        await LocalAuthenticator.add_user(self, user)
