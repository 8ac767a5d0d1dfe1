"""Start-up checks of the client secret's end, and of the two secrets during a rotation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...errors import ConfigurationError
from ..findings.finding import ERROR, WARNING, Check, Problem, check, section
from .client_secrets import RENEW_SECRET


@check(
    "secret-expires",
    WARNING,
    "The client secret expires within 30 days, as `client_secret_expires_at` says, or has expired.",
    "Create a new one at the provider, and set it together with `client_secret_expires_at`.",
)
def secret_expires(authenticator: Any) -> Iterator[Problem]:
    """After that, the provider refuses every login. The Hub does not stop: the date may be wrong."""
    for each in authenticator.connection.secrets.endings():
        yield Problem(each.option, each.sentence, RENEW_SECRET)


@check(
    "secret-expiry-without-secret",
    WARNING,
    "`client_secret_expires_at` is set, and there is no client secret.",
    "Remove it.",
)
def expiry_without_secret(authenticator: Any) -> Iterator[Problem]:
    """The date of a secret that was removed, or whose option has another name."""
    if authenticator.client_secret_expires_at and not _has_secret(authenticator):
        yield Problem("client_secret_expires_at", "is set, and there is no client secret", "Remove it")


@check(
    "previous-secret",
    ERROR,
    "`previous_client_secret` and `previous_client_secret_file` are both set, the file cannot be read, or there is no "
    "`client_secret`.",
    "Set one of them, together with `client_secret` or `client_secret_file`.",
)
def previous_secret(authenticator: Any) -> Iterator[Problem]:
    """Which secret is meant, and whether the file has one. A file that is missing or empty has none."""
    if authenticator.previous_client_secret and authenticator.previous_client_secret_file:
        other = f"{section(authenticator)}.previous_client_secret_file"
        yield Problem("previous_client_secret", f"and {other} are set", "Set one of them, not both")
    for option in ("previous_client_secret", "previous_client_secret_file"):
        if getattr(authenticator, option) and not _has_secret(authenticator):
            yield Problem(option, "is set, and client_secret is not", "Set client_secret to the new secret")
    authenticator.connection.secrets.previous()


@check(
    "previous-secret-unused",
    WARNING,
    "`previous_client_secret` is the same as `client_secret`, so that there is no second secret.",
    "Remove it, or set `client_secret` to the new secret.",
)
def previous_secret_unused(authenticator: Any) -> Iterator[Problem]:
    """The rotation has not begun, or is over."""
    try:
        previous, current = authenticator.connection.secrets.previous(), authenticator.connection.secrets.current()
    except ConfigurationError:
        return  # the checks `previous-secret` and `client-secret` report it
    if previous and previous == current:
        option = "previous_client_secret" + ("_file" if authenticator.previous_client_secret_file else "")
        yield Problem(option, "has the same secret as client_secret")


def _has_secret(authenticator: Any) -> bool:
    return bool(authenticator.client_secret or authenticator.client_secret_file)


SECRET_CHECKS: tuple[Check, ...] = (secret_expires, expiry_without_secret, previous_secret, previous_secret_unused)
"""The checks of the lifetime of the client secret, for every OAuth login."""
