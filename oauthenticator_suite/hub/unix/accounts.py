"""The system's accounts and groups. Everything here may block, where the system asks a directory."""

from __future__ import annotations

import ctypes
import errno
import grp
import os
import pwd
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

NOT_THERE = frozenset({0, errno.ENOENT, errno.ESRCH, errno.EBADF, errno.EPERM})
"""What ``getpwnam_r`` may return when there is no such account, by its manual. All else is a failure to look."""

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
    """The account of this name, or None.

    Raises
    ------
    OSError
        When it could not be looked for: that is no answer.
    """
    try:
        found = pwd.getpwnam(name)
    except ValueError:  # a NUL, or what cannot be encoded
        return None
    except KeyError:
        _check_it_was_looked_for("getpwnam_r", os.fsencode(name))
        return None
    return UnixAccount(
        name=found.pw_name,
        uid=found.pw_uid,
        gid=found.pw_gid,
        home=found.pw_dir,
        shell=found.pw_shell,
        full_name=found.pw_gecos.partition(",")[0].replace("&", found.pw_name.capitalize()).strip(),
    )


def _check_it_was_looked_for(function: str, key: bytes | ctypes.c_uint) -> None:
    """Raise an OSError if it was not, as far as the system tells: `pwd` and `grp` say KeyError of everything.

    `function` is ``getpwnam_r`` or one of its kin (POSIX.1-2017). What a source of accounts has failed at is told by
    them if none that is asked after it says no.
    """
    entry = ctypes.create_string_buffer(1024)  # larger than the struct is anywhere; what is in it is not looked at
    strings = ctypes.create_string_buffer(64 * 1024)
    where = ctypes.c_void_p()
    look = getattr(ctypes.CDLL(None), function)
    failure = look(key, entry, strings, ctypes.c_size_t(len(strings)), ctypes.byref(where))
    if failure == 0 and where.value is not None:
        failure = errno.EAGAIN  # it is there: it could not be looked for before
    if failure not in NOT_THERE:
        raise OSError(failure, os.strerror(failure))


def _group_number(name: str) -> int | None:
    try:
        return grp.getgrnam(name).gr_gid
    except ValueError:
        return None
    except KeyError:
        _check_it_was_looked_for("getgrnam_r", os.fsencode(name))
        return None


def name_of_number(uid: int) -> str | None:
    """The name that the system gives back for a user's number."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None


def groups_among(account: UnixAccount, wanted: Collection[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Which of the `wanted` groups `account` is in, as its primary group or another; and which of them do not exist.

    Raises
    ------
    OSError
        When they could not be looked for.
    """
    numbers = set(os.getgrouplist(account.name, account.gid))
    found = {name: _group_number(name) for name in wanted}
    member = frozenset(name for name, number in found.items() if number in numbers)
    return member, frozenset(name for name, number in found.items() if number is None)


def all_groups(account: UnixAccount) -> list[str]:
    """The names of all groups of `account`, the primary one first. Numbers without a name are left out.

    Raises
    ------
    OSError
        When they could not be looked for.
    """
    names = []
    for number in os.getgrouplist(account.name, account.gid):
        try:
            names.append(grp.getgrgid(number).gr_name)
        except KeyError:
            _check_it_was_looked_for("getgrgid_r", ctypes.c_uint(number))
    return names


def is_no_login_shell(shell: str) -> bool:
    """Whether a shell is one that keeps its user from logging in, such as ``/usr/sbin/nologin``."""
    return os.path.basename(shell) in _NO_SHELLS


def missing_groups(names: Collection[str]) -> frozenset[str]:
    """Those of `names` that no group of the system has, as far as it tells now."""
    missing = set()
    for name in names:
        with suppress(OSError):
            if _group_number(name) is None:
                missing.add(name)
    return frozenset(missing)
