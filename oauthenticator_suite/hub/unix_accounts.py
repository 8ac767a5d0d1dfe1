"""The system's accounts and groups. Everything here may block, where the system asks a directory."""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

_NO_SHELLS = frozenset({"nologin", "false"})


@dataclass(frozen=True, slots=True)
class UnixAccount:
    """One of the system's accounts (``struct passwd``)."""

    name: str
    uid: int
    gid: int
    home: str
    shell: str
    full_name: str

    def as_dict(self) -> dict[str, Any]:
        """As it is kept in `auth_state`."""
        return asdict(self)


def find_account(name: str) -> UnixAccount | None:
    """The account of this name, or None."""
    try:
        found = pwd.getpwnam(name)
    except (KeyError, ValueError):  # ValueError: a NUL, or what cannot be encoded
        return None
    return UnixAccount(
        name=found.pw_name,
        uid=found.pw_uid,
        gid=found.pw_gid,
        home=found.pw_dir,
        shell=found.pw_shell,
        full_name=found.pw_gecos.partition(",")[0].replace("&", found.pw_name.capitalize()).strip(),
    )


def name_of_number(uid: int) -> str | None:
    """The name that the system gives back for a user's number."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None


def groups_among(account: UnixAccount, wanted: Collection[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Which of the `wanted` groups `account` is in, as its primary group or another; and which of them do not exist."""
    numbers = set(os.getgrouplist(account.name, account.gid))
    member, unknown = set(), set()
    for name in wanted:
        try:
            if grp.getgrnam(name).gr_gid in numbers:
                member.add(name)
        except (KeyError, ValueError):
            unknown.add(name)
    return frozenset(member), frozenset(unknown)


def all_groups(account: UnixAccount) -> list[str]:
    """The names of all groups of `account`, the primary one first. Numbers without a name are left out."""
    names = []
    for number in os.getgrouplist(account.name, account.gid):
        try:
            names.append(grp.getgrgid(number).gr_name)
        except KeyError:
            continue
    return names


def is_no_login_shell(shell: str) -> bool:
    """Whether a shell is one that keeps its user from logging in, such as ``/usr/sbin/nologin``."""
    return os.path.basename(shell) in _NO_SHELLS


def missing_groups(names: Collection[str]) -> frozenset[str]:
    """Those of `names` that no group of the system has."""
    missing = set()
    for name in names:
        try:
            grp.getgrnam(name)
        except (KeyError, ValueError):
            missing.add(name)
    return frozenset(missing)
