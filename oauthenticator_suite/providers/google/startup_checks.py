"""Start-up checks of `GoogleOAuthenticator`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...hub.findings.finding import ERROR, Check, Problem, check, section


@check(
    "google-strip-domain",
    ERROR,
    "`strip_domain` is set with no hosted domain, or with several.",
    "Name exactly one domain in `hosted_domain`, or remove `strip_domain`.",
)
def strip_domain(authenticator: Any) -> Iterator[Problem]:
    """Two accounts could have the same name."""
    if authenticator.strip_domain and len(authenticator.hosted_domain) != 1:
        name = section(authenticator)
        yield Problem("strip_domain", f"needs exactly one domain in {name}.hosted_domain")


@check(
    "google-groups",
    ERROR,
    "An option names groups of a domain without a service account that can read them, or that account is not usable.",
    "Set `google_service_account_keys` and `gsuite_administrator` for the domain.",
)
def groups_without_service_account(authenticator: Any) -> Iterator[Problem]:
    """No user would be in such a group."""
    known = authenticator.directories.keys()
    name = section(authenticator)
    for option in ("allowed_google_groups", "admin_google_groups"):
        missing = {domain.lower() for domain in getattr(authenticator, option)} - known
        if missing:
            yield Problem(
                option,
                f"names groups of {', '.join(sorted(missing))}",
                f"Set {name}.google_service_account_keys and {name}.gsuite_administrator for that domain as well",
            )


GOOGLE_CHECKS: tuple[Check, ...] = (strip_domain, groups_without_service_account)
"""The checks of a sign-in with Google."""
