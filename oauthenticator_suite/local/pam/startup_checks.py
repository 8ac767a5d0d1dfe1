"""Start-up checks of PAM: its options, and whether some users, and only users with a password, could sign in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...errors import ConfigurationError
from ...hub.findings.finding import ERROR, WARNING, Check, Problem, check, section
from .service_files import FOLDERS, ServiceProblem, asks_for_password, lets_in_without_password, read_stack

_SHADOW = Path("/etc/shadow")


@check("pam-encoding", ERROR, "`encoding` is not an encoding that Python knows.", "Use `utf8`, or correct the name.")
def encoding(authenticator: Any) -> Iterator[Problem]:
    """No name could be passed to PAM."""
    try:
        "".encode(authenticator.encoding)
    except LookupError:
        yield Problem("encoding", f"is {authenticator.encoding!r}, and there is no such encoding")


@check(
    "maintainer-role",
    ERROR,
    "`maintainer_groups` is set without `manage_roles` or `manage_groups`.",
    "Set one of them to True.",
)
def maintainers_get_no_role(authenticator: Any) -> Iterator[Problem]:
    """Maintainers would be plain users."""
    if authenticator.maintainer_groups and not authenticator.manage_groups and not authenticator.manage_roles:
        name = section(authenticator)
        yield Problem(
            "maintainer_groups",
            "is set, but the role cannot be assigned",
            f"Set {name}.manage_roles = True (assigns the role), or {name}.manage_groups = True (through a Hub group "
            "of the same name)",
        )


@check("unix-groups-not-managed", ERROR, "`all_unix_groups` is set without `manage_groups`.", "Set `manage_groups`.")
def unix_groups_not_managed(authenticator: Any) -> Iterator[Problem]:
    """No user would get a group."""
    if authenticator.all_unix_groups and not authenticator.manage_groups:
        yield Problem("all_unix_groups", "has no effect", f"Set {section(authenticator)}.manage_groups = True")


# --- this system -----------------------------------------------------------------------------------------------------


@check(
    "pam-library",
    ERROR,
    "The package python-pam, which calls libpam, is not installed, or another package has the module `pam`.",
    "`pip install python-pam`, in the Hub's environment.",
    stage="system",
)
def library(authenticator: Any) -> Iterator[Problem]:
    """Every login would fail."""
    if missing := _missing_library(authenticator):
        yield Problem("", missing)


def _missing_library(authenticator: Any) -> str:
    """Why PAM cannot be called; empty if it can."""
    try:
        _ = authenticator.pam
    except ConfigurationError as error:
        return error.detail
    return ""


@check(
    "pam-service-folder",
    ERROR,
    "`service_folder` is set, and this system's PAM does not support it.",
    "Update Linux-PAM to 1.4 or later, or use `/etc/pam.d`.",
    stage="system",
)
def service_folder(authenticator: Any) -> Iterator[Problem]:
    """Linux-PAM would use /etc/pam.d without a word."""
    if _missing_library(authenticator):
        return  # the check `pam-library` reports it
    if authenticator.service_folder and not authenticator.pam.can_use_folder():
        yield Problem("service_folder", "needs Linux-PAM 1.4 or later")


def _stack(authenticator: Any) -> Any:
    """The modules of the service.

    Raises
    ------
    ServiceProblem
        When they cannot be read.
    """
    folder = authenticator.service_folder
    return read_stack(authenticator.service, [Path(folder)] if folder else FOLDERS)


@check(
    "pam-service",
    ERROR,
    "The PAM service does not exist, cannot be read, accepts users without their password, or asks for none.",
    "Choose a service such as `login` or `sshd`, or write one.",
    stage="system",
)
def service(authenticator: Any) -> Iterator[Problem]:
    """A service for another purpose, such as ``su``, accepts what root asks."""
    name = authenticator.service
    try:
        stack = _stack(authenticator)
    except ServiceProblem as problem:
        yield Problem("service", f"cannot be used: {problem}")
        return
    accepting_module = lets_in_without_password(stack, as_root=os.geteuid() == 0)
    if accepting_module is not None:
        yield Problem(
            "service",
            f"is the PAM service {name!r}, which accepts users without their password (module {accepting_module}), "
            "because it is for another purpose",
        )
    elif not asks_for_password(stack):
        yield Problem("service", f"is the PAM service {name!r}, which asks for no password, so no user could sign in")


def _unreadable_shadow(authenticator: Any) -> bool | None:
    """Whether only passwords that the Hub cannot check are asked for; None when there is no such password."""
    if os.geteuid() == 0 or os.access(_SHADOW, os.R_OK):
        return None
    try:
        modules = asks_for_password(_stack(authenticator))
    except ServiceProblem:
        return None  # another check says so
    return modules == {"pam_unix"} if "pam_unix" in modules else None


_UNPRIVILEGED = f"the Hub runs as an unprivileged user that cannot read {_SHADOW}, so PAM cannot check the passwords"


@check(
    "pam-unprivileged",
    ERROR,
    "The Hub's user cannot read `/etc/shadow`, and the PAM service checks passwords nowhere else.",
    "Run the Hub as root, or add its user to the group `shadow`.",
    stage="system",
)
def cannot_check_passwords(authenticator: Any) -> Iterator[Problem]:
    """Only the Hub's own user could sign in."""
    if _unreadable_shadow(authenticator) is True:
        yield Problem("service", f"needs more rights: {_UNPRIVILEGED} of other users")


@check(
    "pam-partly-unprivileged",
    WARNING,
    "The Hub's user cannot read `/etc/shadow`, so that some of the passwords of the PAM service cannot be checked.",
    "Run the Hub as root, or add its user to the group `shadow`.",
    stage="system",
)
def cannot_check_some_passwords(authenticator: Any) -> Iterator[Problem]:
    """Users of a directory can sign in."""
    if _unreadable_shadow(authenticator) is False:
        yield Problem("service", f"needs more rights: {_UNPRIVILEGED} that are stored there")


@check(
    "pam-sessions-unprivileged",
    WARNING,
    "`open_sessions` is set, and the Hub does not run as root.",
    "Run the Hub as root, or remove the option.",
    stage="system",
)
def sessions_without_root(authenticator: Any) -> Iterator[Problem]:
    """Most modules that do something for a session need root."""
    if authenticator.open_sessions and os.geteuid() != 0:
        yield Problem("open_sessions", "is set: most PAM session modules need a Hub that runs as root")


PAM_CHECKS: tuple[Check, ...] = (
    encoding,
    maintainers_get_no_role,
    unix_groups_not_managed,
    library,
    service_folder,
    service,
    cannot_check_passwords,
    cannot_check_some_passwords,
    sessions_without_root,
)
"""The checks of PAM."""
