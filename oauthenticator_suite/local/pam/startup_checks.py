"""Start-up checks of PAM on this system: whether some users, and only users with a password, could sign in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from ...errors import ConfigurationError
from .options import PAMOptions
from .service_files import FOLDERS, ServiceProblem, asks_for_password, lets_in_without_password, read_stack

_SHADOW = Path("/etc/shadow")


class Conversation(Protocol):
    """The part of the module `local.pam.conversation` that the checks use. Importing it needs python-pam."""

    def can_use_folder(self) -> bool:
        """Whether this system's PAM supports `service_folder`."""


def check_system(options: PAMOptions, conversation: Conversation) -> None:
    """Refuse to start where no user could sign in, or any user without a password. Log a warning for lesser problems.

    Raises
    ------
    ConfigurationError
        Naming the fix.
    """
    name = f"c.{type(options).__name__}"
    if options.service_folder and not conversation.can_use_folder():
        raise ConfigurationError(f"{name}.service_folder needs Linux-PAM 1.4 or later")
    as_root = os.geteuid() == 0
    password_modules = _check_service(options, name, as_root)
    if not as_root and "pam_unix" in password_modules and not os.access(_SHADOW, os.R_OK):
        problem = f"the Hub runs as an unprivileged user that cannot read {_SHADOW}, so PAM cannot check the passwords"
        fix = "Run the Hub as root, or add its user to the group 'shadow'"
        if password_modules == {"pam_unix"}:
            raise ConfigurationError(f"{name}: {problem} of other users. {fix}")
        options.log.warning("%s: %s that are stored there. %s", name, problem, fix)
    if options.open_sessions and not as_root:
        options.log.warning("%s.open_sessions: most PAM session modules need a Hub that runs as root", name)


def _check_service(options: PAMOptions, name: str, as_root: bool) -> set[str]:
    """Check the service file. Returns the modules of the service that compare passwords."""
    service, folder = options.service, options.service_folder
    try:
        stack = read_stack(service, [Path(folder)] if folder else FOLDERS)
    except ServiceProblem as problem:
        raise ConfigurationError(f"{name}.service: {problem}") from None
    accepting_module = lets_in_without_password(stack, as_root=as_root)
    if accepting_module is not None:
        raise ConfigurationError(
            f"{name}.service: the PAM service {service!r} accepts users without their password (module "
            f"{accepting_module}), because it is for another purpose. Choose a service such as 'login' or 'sshd', or "
            "write one"
        )
    password_modules = asks_for_password(stack)
    if not password_modules:
        raise ConfigurationError(
            f"{name}.service: the PAM service {service!r} asks for no password, so no user could sign in"
        )
    return password_modules
