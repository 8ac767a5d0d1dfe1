"""Start-up checks of `GoogleOAuthenticator`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...hub.findings.finding import ERROR, WARNING, Check, Problem, check, section


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


@check(
    "google-name-without-domain",
    WARNING,
    "An option names a user without a domain, and usernames are whole addresses.",
    "Write the address, such as `ada@example.org`; or, with one hosted domain, set `strip_domain`.",
)
def name_without_domain(authenticator: Any) -> Iterator[Problem]:
    """No user has such a name: a block would not hold."""
    if authenticator.strip_domain or authenticator.username_map or authenticator.username_claim != "email":
        return
    for option in ("allowed_users", "admin_users", "blocked_users"):
        if found := sorted(name for name in getattr(authenticator, option) if "@" not in name):
            yield Problem(option, f"has names without a domain: {', '.join(map(repr, found[:5]))}")


GOOGLE_CHECKS: tuple[Check, ...] = (strip_domain, groups_without_service_account, name_without_domain)
"""The checks of a sign-in with Google."""
