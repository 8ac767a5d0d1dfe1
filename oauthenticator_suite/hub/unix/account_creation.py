"""System accounts for users of the Hub: whether there is one, and creating one with the operator's `add_user_cmd`."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
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


async def create_account(authenticator: LocalAuthenticator, name: str) -> None:
    """Run `add_user_cmd` with `name` as its last argument. The event loop goes on in the meantime.

    Raises
    ------
    HookError
        When the command cannot be started, fails, or does not end within `TIME_LIMIT` seconds.
    """
    command = [part.replace("USERNAME", name) for part in authenticator.add_user_cmd]
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
