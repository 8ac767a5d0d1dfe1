"""Google: whether the service accounts may read the groups of their Workspace domains, and whether the groups exist.

Sources: Google's "Directory API: Groups" and "OAuth 2.0 for server to server applications".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from .....errors import InvalidResponse, SuiteError, TransportError
from .....hub.findings.finding import ERROR, WARNING, Check, Problem, check
from .....protocol.text import for_log
from .....providers.google import GoogleOAuthenticator
from .....providers.google.directory import Directory
from ..facts import Facts
from ..question import question

MOST_GROUPS_CHECKED = 20
"""The maximum number of groups of a domain that are looked up."""

_OPTIONS = ("allowed_google_groups", "admin_google_groups")


class DomainAnswer(NamedTuple):
    """What the directory of a domain answered: an error, or the option and name of each group that is missing."""

    error: str = ""
    missing: tuple[tuple[str, str], ...] = ()


@question(
    "google-directory",
    "Google, with `google_service_account_keys`: for each domain, a token for the service account, the groups of the "
    "administrator in `gsuite_administrator`, and each group in `allowed_google_groups` and `admin_google_groups` (at "
    "most 20).",
    lambda authenticator: (
        isinstance(authenticator, GoogleOAuthenticator) and bool(authenticator.google_service_account_keys)
    ),
)
async def google_groups(facts: Facts) -> dict[str, DomainAnswer]:
    """The answer for each domain. An unusable key file raises a `ConfigurationError`."""
    authenticator = facts.authenticator
    return {
        domain: await _asked(directory, _groups_of(authenticator, domain))
        for domain, directory in authenticator.directories.items()
    }


def _groups_of(authenticator: Any, domain: str) -> list[tuple[str, str]]:
    """The option and the full name of each group of a domain in the options."""
    found = [
        (option, group if "@" in group else f"{group}@{domain}")
        for option in _OPTIONS
        for key, groups in getattr(authenticator, option).items()
        if key.lower() == domain
        for group in sorted(groups)
    ]
    return found[:MOST_GROUPS_CHECKED]


async def _asked(directory: Directory, groups: list[tuple[str, str]]) -> DomainAnswer:
    try:
        await directory.groups_of_administrator()
        missing = [(option, group) for option, group in groups if not await directory.has_group(group)]
    except SuiteError as error:
        if _is_of_the_network(error):
            raise
        return DomainAnswer(error.detail)
    return DomainAnswer(missing=tuple(missing))


def _is_of_the_network(error: SuiteError) -> bool:
    """Whether another check reports it: it says nothing about the service account."""
    return isinstance(error, TransportError) and not isinstance(error, InvalidResponse)


@check(
    "google-directory",
    ERROR,
    "A service account in `google_service_account_keys` cannot read the groups of its domain.",
    "In the Admin console of the domain, under Security, API controls, Domain-wide delegation, give the service "
    "account's client ID the scope `https://www.googleapis.com/auth/admin.directory.group.readonly`. The administrator "
    "in `gsuite_administrator` needs the right to read groups. The Admin SDK API must be enabled in the service "
    "account's project.",
    stage="online",
)
def directory_closed(facts: Facts) -> Iterator[Problem]:
    """Users with such an account cannot sign in."""
    error = facts.error("google-directory")
    if error is not None and not _is_of_the_network(error):
        yield Problem("google_service_account_keys", f"cannot be used: {error.detail.rstrip('.')}")
    for domain, answer in (facts.value("google-directory") or {}).items():
        if answer.error:
            yield Problem("google_service_account_keys", f"[{domain!r}] cannot be used: {answer.error.rstrip('.')}")


@check(
    "google-group",
    WARNING,
    "A group in `allowed_google_groups` or `admin_google_groups` does not exist in its domain.",
    "Correct its name, which is its address with or without the domain.",
    stage="online",
)
def group_missing(facts: Facts) -> Iterator[Problem]:
    """No user is in it."""
    for domain, answer in (facts.value("google-directory") or {}).items():
        for option, group in answer.missing:
            yield Problem(option, f"has {for_log(group, 100)}, which does not exist in the directory of {domain}")


GOOGLE_ONLINE_CHECKS: tuple[Check, ...] = (directory_closed, group_missing)
"""The checks of Google's answers."""
