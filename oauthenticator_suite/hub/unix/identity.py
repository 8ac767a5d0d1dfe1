"""What the operating system says about a user, as access rules see it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ...policy.access import Unknown
from ...policy.identity import Identity
from .accounts import UnixAccount, all_groups, find_account

SYSTEM_ACCOUNT = "system_account"
"""The key of `Identity.facts` that holds the `LookupResult`."""


@dataclass(frozen=True, slots=True)
class LookupResult:
    """The result of looking up a user in the operating system.

    Attributes
    ----------
    account:
        The account; None when there is none, or when that is unknown.
    groups:
        The names of the account's groups; None when they were not looked up.
    unknown:
        Why the system could not tell; empty when it could.
    unknown_for:
        Seconds since the system first failed to answer about this user; None when it has answered, and when the
        look-up was not started.
    """

    account: UnixAccount | None = None
    groups: frozenset[str] | None = None
    unknown: str = ""
    unknown_for: float | None = None


def look_up(name: str, *, groups: bool) -> LookupResult:
    """Ask the system for the account `name`. Blocks. The groups take longest, so they are optional.

    Raises
    ------
    OSError
        When the system cannot tell.
    """
    account = find_account(name)
    if not groups:
        return LookupResult(account)
    return LookupResult(account, frozenset(all_groups(account)) if account is not None else frozenset())


def lookup_of(identity: Identity, *, groups: bool = False) -> LookupResult:
    """The result of looking up the user in the system.

    If an override has dropped the result, the look-up is repeated here, in the event loop, so that no override gets
    around a rule.

    Raises
    ------
    Unknown
        When the system cannot tell.
    """
    lookup: LookupResult | None = identity.facts.get(SYSTEM_ACCOUNT)
    if lookup is None or (groups and lookup.groups is None and not lookup.unknown):
        try:
            lookup = look_up(identity.username, groups=groups)
        except OSError as error:
            lookup = LookupResult(unknown=error.strerror or type(error).__name__)
    if lookup.unknown:
        raise Unknown(f"this system cannot tell whether there is an account {identity.username!r}: {lookup.unknown}")
    return lookup


def in_unix_groups(groups: Collection[str], identity: Identity) -> bool:
    """Whether the user's account is in one of `groups`, as its primary or as a supplementary group.

    Raises
    ------
    Unknown
        When the system cannot tell.
    """
    return not (lookup_of(identity, groups=True).groups or frozenset()).isdisjoint(groups)
