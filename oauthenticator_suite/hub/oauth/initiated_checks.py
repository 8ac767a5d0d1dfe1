"""Start-up checks of logins that another site starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..findings.finding import ERROR, Check, Problem, check, section


@check(
    "initiated-without-issuer",
    ERROR,
    "`initiate_login` is on, and there is no `issuer`.",
    "Set `issuer`, or remove the option.",
)
def initiated_without_issuer(authenticator: Any) -> Iterator[Problem]:
    """OpenID Connect Core 1.0 §4: such a request names the issuer, which must be the configured one."""
    if authenticator.initiate_login and not authenticator.issuer:
        yield Problem("initiate_login", f"needs {section(authenticator)}.issuer", "Set it")


INITIATED_CHECKS: tuple[Check, ...] = (initiated_without_issuer,)
"""The checks of `initiate_login`."""
