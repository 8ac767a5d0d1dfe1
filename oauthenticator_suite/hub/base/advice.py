"""Checks that never stop the Hub: the stage ``advice``, for every authenticator."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jupyterhub
from jupyterhub.app import JupyterHub
from traitlets.config import Config

from ... import environment
from ..findings.finding import INFO, WARNING, Check, Problem, check
from ..findings.hub_files import (
    application_of,
    configuration_files,
    named_files,
    others_can_read,
    sqlite_file,
    text_of,
)
from ..findings.origin import package_of
from ..findings.secrets import is_secret, secret_options
from .admitting import admitting_options

_DAY = 86400
_SHORTEST = 6
"""Shorter values may be in the text of a file for another reason."""

_COOKIE_BYTES = 32


def _is_top(authenticator: Any) -> bool:
    """Whether an authenticator is the Hub's, and not a child: what holds for the Hub is said once."""
    return isinstance(authenticator.parent, JupyterHub)


def _overrides_decision(authenticator: Any) -> bool:
    """Whether code of the operator or of another package may admit users."""
    cls = type(authenticator)
    methods = ("check_allowed", "authenticate", "update_auth_model", "allow_rules", "get_authenticated_user")
    return any(package_of(getattr(cls, name, None)) not in ("jupyterhub", "oauthenticator_suite") for name in methods)


@check(
    "nobody-allowed",
    WARNING,
    "No option allows a user, so that every login is refused.",
    "Set `allow_all`, `allowed_users`, or another option that begins with `allow`.",
    stage="advice",
)
def nobody_allowed(authenticator: Any) -> Iterator[Problem]:
    """JupyterHub itself warns of it, in a text that names only two options."""
    admits = admitting_options(authenticator) or authenticator.any_allow_config
    if not admits and not _overrides_decision(authenticator):
        yield Problem("allowed_users", "is not set, nor is any other option that allows users: no user can sign in")


@check(
    "allowed-and-blocked",
    WARNING,
    "A user is in `allowed_users` and in `blocked_users`. Blocked users cannot sign in.",
    "Remove the user from one of the two.",
    stage="advice",
)
def allowed_and_blocked(authenticator: Any) -> Iterator[Problem]:
    """Blocks come first, so that the permission has no effect."""
    allowed = set(authenticator.allowed_users) - set(authenticator.admin_users)
    both = sorted(allowed & set(authenticator.blocked_users))
    if both:
        yield Problem("allowed_users", f"has users who are blocked: {', '.join(map(repr, both[:10]))}")


@check(
    "existing-users-moot",
    INFO,
    "`allow_existing_users` is set together with `allow_all`, which allows all users.",
    "Remove one of them.",
    stage="advice",
)
def existing_users_moot(authenticator: Any) -> Iterator[Problem]:
    """One of the two was probably meant to be off."""
    if authenticator.allow_all and authenticator.allow_existing_users and not authenticator.allowed_users:
        yield Problem("allow_existing_users", "has no effect, because allow_all is True")


@check(
    "secret-in-configuration",
    INFO,
    "The configuration file contains a secret in plain text.",
    "Put it into a separate file (`client_secret_file`) or into the environment, which version control does not see.",
    stage="advice",
)
def secrets_in_configuration(authenticator: Any) -> Iterator[Problem]:
    """The file is often copied, shown and kept in version control."""
    yield from (
        Problem(option, f"is in plain text in {path.name}") for option, path in _secrets_in_files(authenticator)
    )


def _secrets_in_files(authenticator: Any) -> Iterator[tuple[str, Path]]:
    """The secret options whose values are in the text of a configuration file, once for all authenticators."""
    hub = application_of(authenticator)
    if hub is None or not _is_top(authenticator):
        return
    texts = [(path, text_of(path)) for path in configuration_files(hub)]
    seen = set()
    for option, value in secret_options(hub.config):
        if len(value) < _SHORTEST or value.startswith("$argon2") or option in seen:
            continue
        for path, text in texts:
            if value in text or repr(value)[1:-1] in text:
                seen.add(option)
                yield option, path
                break


@check(
    "secret-readable",
    WARNING,
    "Every user of the machine can read a file with a secret: the configuration, a client secret, the key of a service "
    "account, the Hub's cookie secret or its database.",
    "Take the permission away: `chmod o-r FILE`.",
    stage="advice",
)
def readable_secrets(authenticator: Any) -> Iterator[Problem]:
    """The users of notebook servers are often users of the same machine."""
    for option in sorted(authenticator.traits(config=True)):
        if (is_secret(option) or option.endswith(("_secret_file", "_key_file"))) and (
            value := getattr(authenticator, option)
        ):
            for path in named_files(value):
                if others_can_read(path):
                    yield Problem(option, f"names {path}, which every user of this machine can read", _no_others(path))
    hub = application_of(authenticator)
    if hub is None or not _is_top(authenticator):
        return
    for path in dict.fromkeys(path for _, path in _secrets_in_files(authenticator)):
        if others_can_read(path):
            yield Problem("", f"{path} contains secrets, and every user of this machine can read it", _no_others(path))
    cookies = Path(hub.cookie_secret_file)
    if cookies.is_file() and others_can_read(cookies):
        reason = f"names {cookies}, which every user of this machine can read, so that the Hub does not start"
        yield Problem("c.JupyterHub.cookie_secret_file", reason, _no_others(cookies))
    database = sqlite_file(hub)
    if database is not None and database.is_file() and others_can_read(database):
        reason = f"names {database}, which every user of this machine can read"
        yield Problem("c.JupyterHub.db_url", reason, _no_others(database))


def _no_others(path: Path) -> str:
    """The command for one file. A path with a space is quoted."""
    return f"Take the permission away: {shlex.join(['chmod', 'o-r', str(path)])}"


@check(
    "cookie-secret-short",
    WARNING,
    "`JupyterHub.cookie_secret` has less than 32 bytes.",
    "Create one with `openssl rand -hex 32`.",
    stage="advice",
)
def short_cookie_secret(authenticator: Any) -> Iterator[Problem]:
    """Cookies are signed with it: with a guessed secret, everyone can be any user."""
    hub = application_of(authenticator)
    if hub is None or not _is_top(authenticator):
        return
    given = hub.cookie_secret if "cookie_secret" in hub.config.get("JupyterHub", Config()) else b""
    length = len(given) if isinstance(given, bytes) else len(str(given)) // 2
    if given and length < _COOKIE_BYTES:
        yield Problem("c.JupyterHub.cookie_secret", f"is a secret of {length} bytes")


@check(
    "cookie-ends-first",
    WARNING,
    "`JupyterHub.cookie_max_age_days` is shorter than `session_max_age` or `auth_refresh_age`.",
    "Make the cookie last longer, or the other option shorter.",
    stage="advice",
)
def cookie_ends_first(authenticator: Any) -> Iterator[Problem]:
    """The session ends with its cookie, whatever the option says."""
    hub = application_of(authenticator)
    if hub is None:
        return
    seconds = hub.cookie_max_age_days * _DAY
    for option in ("session_max_age", "auth_refresh_age"):
        value = getattr(authenticator, option, 0)
        if value > seconds > 0:
            days = f"{hub.cookie_max_age_days:g}"
            yield Problem(option, f"is {value:g} seconds, but the cookie ends after {days} days (cookie_max_age_days)")


@check(
    "hub-version",
    WARNING,
    "JupyterHub is newer than the releases that this package supports. With an older one it cannot be imported.",
    "Install a newer release of this package.",
    stage="advice",
)
def unsupported_hub(authenticator: Any) -> Iterator[Problem]:
    """Also logged when the package is imported, whatever class the configuration names."""
    sentence, _, fix = environment.warning(jupyterhub.version_info[:3]).partition(": ")
    if _is_top(authenticator) and sentence:
        yield Problem("", sentence, f"{fix[:1].upper()}{fix[1:]}")


@check(
    "python-version",
    INFO,
    "The release of Python is newer than those with which this package is tested.",
    "If something fails, use an older release for the Hub.",
    stage="advice",
)
def untested_python(authenticator: Any) -> Iterator[Problem]:
    """A newer release may work. With an older one than the supported ones, the package cannot be imported."""
    newest = environment.NEWEST_PYTHON
    if _is_top(authenticator) and sys.version_info[:2] > newest:
        here = ".".join(map(str, sys.version_info[:2]))
        yield Problem("", f"Python {here} is newer than {'.'.join(map(str, newest))}, the newest that is tested")


HUB_ADVICE: tuple[Check, ...] = (
    secrets_in_configuration,
    readable_secrets,
    short_cookie_secret,
    unsupported_hub,
    untested_python,
)
"""The advice on the Hub as a whole, which only the Hub's own authenticator gives, and not its children."""

ADVICE_CHECKS: tuple[Check, ...] = (
    nobody_allowed,
    allowed_and_blocked,
    existing_users_moot,
    cookie_ends_first,
    *HUB_ADVICE,
)
"""The advice for every authenticator."""
