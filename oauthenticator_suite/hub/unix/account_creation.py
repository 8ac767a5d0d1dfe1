"""System accounts for users of the Hub: whether there is one, and creating one with the operator's `add_user_cmd`."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import time
from contextlib import suppress
from typing import Any

from jupyterhub import orm
from jupyterhub.auth import LocalAuthenticator

from ...errors import HookError, ProviderUnreachable
from ...protocol.text import for_log
from .lookups import UnixLookups

NEW_ACCOUNT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}")
"""Names that a new account may have. None of them can be taken for an option of a command."""

TIME_LIMIT = 120.0
"""Seconds within which the command must end. The login waits for it."""

VISIBLE_WITHIN = 20.0
"""Seconds within which the system must know the new account. SSSD remembers for 15 seconds that there was none."""

_FIRST_PAUSE = 0.05


async def account_exists(lookups: UnixLookups, authenticator: Any, user: Any, unix_name: str) -> bool:
    """Whether the system has an account `unix_name` for the Hub user `user`.

    At its start the Hub asks this about all users, and may delete those without an account. Then a failed look-up
    counts as "exists".

    Raises
    ------
    ProviderUnreachable
        When the look-up failed.
    """
    lookup = await lookups.ask(unix_name, groups=False, grace=authenticator.refresh_outage_grace)
    if not lookup.unknown:
        return lookup.account is not None
    problem = f"the system account {unix_name!r} cannot be looked up: {lookup.unknown}"
    if isinstance(user, orm.User):  # at the start; later it is a `jupyterhub.user.User`
        authenticator.log.warning("%s", problem)
        return True
    raise ProviderUnreachable(problem)


async def create_account(
    authenticator: LocalAuthenticator, lookups: UnixLookups, name: str, *, minimum_uid: int = 0
) -> None:
    """Run `add_user_cmd` with `name` as its last argument, and check that the system then has the account.

    The event loop continues in the meantime. `minimum_uid` is the smallest user number that the account may have.

    Raises
    ------
    HookError
        When the command cannot be started, fails, does not end within `TIME_LIMIT` seconds, or has created no account
        that `minimum_uid` allows.
    ProviderUnreachable
        When the system cannot tell whether it has the account.
    """
    await _run_command(authenticator, name)
    await _check_account(authenticator, lookups, name, minimum_uid)


async def _check_account(authenticator: Any, lookups: UnixLookups, name: str, minimum_uid: int) -> None:
    option = f"c.{type(authenticator).__name__}.add_user_cmd"
    until, pause = time.monotonic() + VISIBLE_WITHIN, _FIRST_PAUSE
    while True:
        lookup = await lookups.ask(name, groups=False, grace=authenticator.refresh_outage_grace)
        if lookup.unknown:
            raise ProviderUnreachable(f"the new system account {name!r} cannot be looked up: {lookup.unknown}")
        if lookup.account is not None:
            break
        if time.monotonic() + pause > until:
            raise HookError(f"{option} ended without an error, and the system has no account {name!r}")
        await asyncio.sleep(pause)
        pause *= 2
    if lookup.account.uid < minimum_uid:
        raise HookError(
            f"{option} has created the account {name!r} with the user number {lookup.account.uid}, which is below "
            f"minimum_uid ({minimum_uid})"
        )


def _argument(part: str, name: str) -> str:
    """An argument of the command. JupyterHub's default has two quotes for an empty one, as in a shell."""
    return "" if part in ('""', "''") else part.replace("USERNAME", name)


async def _run_command(authenticator: LocalAuthenticator, name: str) -> None:
    command = [_argument(part, name) for part in authenticator.add_user_cmd]
    if name in authenticator.uids:
        command += ["--uid", str(authenticator.uids[name])]
    authenticator.log.info("Creating a system account for %s with %s", name, command[0])
    option = f"c.{type(authenticator).__name__}.add_user_cmd"
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
        raise HookError(f"{option} cannot be started: {error.strerror}") from None
    try:
        output, _ = await asyncio.wait_for(process.communicate(), TIME_LIMIT)
    except asyncio.TimeoutError:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # with its children, which may keep its output open
        await process.wait()
        raise HookError(f"{option} did not end within {TIME_LIMIT:g} s for {name!r} and was stopped") from None
    if process.returncode:
        message = for_log(output.decode("utf-8", "replace"))
        raise HookError(f"{option} created no account for {name!r}: exit status {process.returncode}: {message}")
