"""Who somebody is on this system: what rules ask of a user who is also one of the system's."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, field

from ...policy.access import Unknown
from ...policy.identity import Identity
from .accounts import UnixAccount, all_groups, find_account

SYSTEM_ACCOUNT = "system_account"
"""The key of `Identity.facts` under which is what the operating system says about the user: a `Found`."""

FRESH = 60.0
"""Seconds for which what the system has said may be judged by."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the system says of the name `name`.

    `groups` are None when they were not asked for. `unknown` is the reason for which the system said nothing, if so.
    `unknown_for` are the seconds since it was first silent about this name; None when it was not: when it has answered,
    or could not be asked.
    """

    name: str
    account: UnixAccount | None = None
    groups: frozenset[str] | None = None
    unknown: str = ""
    unknown_for: float | None = None
    at: float = field(default_factory=time.monotonic)

    def is_of(self, name: str) -> bool:
        """Whether it is of the name, and of now: a hook may give a user another name, or back a model from before."""
        return self.name == name and time.monotonic() - self.at < FRESH

    @classmethod
    def by_asking(cls, name: str, *, groups: bool) -> Found:
        """Ask the system, which may block; for `groups` only where some rule needs them, as they take longest.

        Raises
        ------
        OSError
            When it cannot tell.
        """
        account = find_account(name)
        if not groups:
            return cls(name, account)
        return cls(name, account, frozenset(all_groups(account)) if account is not None else frozenset())


def found_of(who: Identity, *, groups: bool = False) -> Found:
    """What the system says of `who`: asked now where that was not done before, so that no override gets around it.

    Raises
    ------
    Unknown
        When it does not say.
    """
    found = who.facts.get(SYSTEM_ACCOUNT)
    if found is None or not found.is_of(who.username) or (groups and found.groups is None and not found.unknown):
        try:
            found = Found.by_asking(who.username, groups=groups)
        except OSError as error:
            found = Found(who.username, unknown=error.strerror or type(error).__name__)
    if found.unknown:
        raise Unknown(f"this system does not say who {who.username!r} is: {found.unknown}")
    return found


def in_unix_groups(groups: Collection[str], who: Identity) -> bool:
    """Whether the system has an account of this name which is in one of `groups`, as its primary group or another.

    Raises
    ------
    Unknown
        When it does not say.
    """
    return not (found_of(who, groups=True).groups or frozenset()).isdisjoint(groups)
