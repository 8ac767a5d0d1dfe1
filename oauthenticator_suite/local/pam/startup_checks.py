"""What is looked at when the Hub starts: would this system's PAM let in everybody, or nobody?"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import ConfigurationError
from ...hub.unix.accounts import missing_groups
from .service_files import FOLDERS, ServiceProblem, asks_for_password, lets_in_without_password, read_stack

if TYPE_CHECKING:
    from .authenticator import PAMAuthenticator

_SHADOW = Path("/etc/shadow")


def check_system(authenticator: PAMAuthenticator) -> None:
    """Refuse to start where nobody could sign in, or anybody; say what else is amiss.

    Raises
    ------
    ConfigurationError
        With the mend.
    """
    name = f"c.{type(authenticator).__name__}"
    if authenticator.service_folder and not authenticator.pam.can_use_folder():
        raise ConfigurationError(f"{name}.service_folder needs Linux-PAM 1.4 or later")
    as_root = os.geteuid() == 0
    asked = _check_service(authenticator, name, as_root)
    if not as_root and "pam_unix" in asked and not os.access(_SHADOW, os.R_OK):
        what = f"the Hub runs as an ordinary user that may not read {_SHADOW}: PAM cannot check passwords of others"
        mend = "Run the Hub as root, or put its user into the group 'shadow'"
        if asked == {"pam_unix"}:
            raise ConfigurationError(f"{name}: {what}. {mend}")
        authenticator.log.warning("%s: %s that are kept there. %s", name, what, mend)
    if authenticator.open_sessions and not as_root:
        authenticator.log.warning("%s.open_sessions: most sessions need a Hub that runs as root", name)
    authenticator.report_missing_groups(missing_groups(authenticator.named_groups))


def _check_service(authenticator: PAMAuthenticator, name: str, as_root: bool) -> set[str]:
    """The modules of the service that compare passwords."""
    service, folder = authenticator.service, authenticator.service_folder
    try:
        stack = read_stack(service, [Path(folder)] if folder else FOLDERS)
    except ServiceProblem as problem:
        raise ConfigurationError(f"{name}.service: {problem}") from None
    open_by = lets_in_without_password(stack, as_root=as_root)
    if open_by is not None:
        raise ConfigurationError(
            f"{name}.service: the PAM service {service!r} lets people in without their password (by {open_by}): it is "
            "for another purpose. Choose one such as 'login' or 'sshd', or write one"
        )
    asked = asks_for_password(stack)
    if not asked:
        raise ConfigurationError(
            f"{name}.service: the PAM service {service!r} asks for no password: nobody could sign in"
        )
    authenticator.pam.Service  # noqa: B018 - the package python-pam is looked for now, and not at the first login
    return asked
