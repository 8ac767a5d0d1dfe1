"""Who somebody is on this system: what rules ask of a user who is also one of the system's."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields

from ..policy.identity import Identity
from .unix_accounts import UnixAccount, all_groups, find_account


@dataclass(frozen=True, slots=True)
class Found:
    """What the system says of the name `name`. `unknown` is the reason for which it said nothing, if so."""

    name: str
    account: UnixAccount | None = None
    groups: frozenset[str] = frozenset()
    unknown: str = ""

    @classmethod
    def by_asking(cls, name: str, *, groups: bool) -> Found:
        """Ask the system, which may block; for `groups` only where some option needs them, as they take longest."""
        account = find_account(name)
        return cls(name, account, frozenset(all_groups(account)) if account is not None and groups else frozenset())


@dataclass(frozen=True, slots=True)
class LocalIdentity(Identity):
    """Who somebody is, also on this system."""

    found: Found | None = None

    @classmethod
    def of(cls, who: Identity, found: Found) -> LocalIdentity:
        """`who`, of whom the system says what was `found`."""
        return cls(**{**{each.name: getattr(who, each.name) for each in fields(who)}, "found": found})


def found_before(who: Identity) -> Found | None:
    """What the system has said of the name by which `who` is judged, if it was asked."""
    found = who.found if isinstance(who, LocalIdentity) else None
    return found if found is not None and found.name == who.username else None


def found_of(who: Identity, *, groups: bool = False) -> Found:
    """What the system says of `who`: asked now where that was not done before, so that no override gets around it."""
    return found_before(who) or Found.by_asking(who.username, groups=groups)


def in_unix_groups(groups: Collection[str], who: Identity) -> bool:
    """Whether the system has an account of this name which is in one of `groups`, as its primary group or another."""
    return not found_of(who, groups=True).groups.isdisjoint(groups)
