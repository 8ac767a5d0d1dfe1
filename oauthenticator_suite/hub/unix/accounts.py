"""Accounts and groups of the operating system. All functions may block, because the system may ask a directory."""

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

from ...policy.username import name_key

NOT_FOUND = frozenset({0, errno.ENOENT, errno.ESRCH, errno.EBADF, errno.EPERM})
"""Return values of ``getpwnam_r`` that mean that there is no such account, by its manual. All others mean that the
look-up failed.
"""

_NO_LOGIN_SHELLS = frozenset({"nologin", "false"})


@dataclass(frozen=True, slots=True)
class UnixAccount:
    """An account of the system (``struct passwd``)."""

    name: str
    uid: int
    gid: int
    home: str
    shell: str
    full_name: str

    def as_dict(self) -> dict[str, Any]:
        """The form in which `auth_state` holds it."""
        return asdict(self)


def find_account(name: str) -> UnixAccount | None:
    """Look up an account by its name. Returns None when there is no such account.

    Raises
    ------
    OSError
        When the look-up failed, so that it is not known whether there is one.
    """
    try:
        found = pwd.getpwnam(name)
    except ValueError:  # the name has a NUL, or cannot be encoded
        return None
    except KeyError:
        _raise_if_look_up_failed("getpwnam_r", os.fsencode(name))
        return None
    return _account(found)


def find_namesake(account: UnixAccount) -> UnixAccount | None:
    """Find another account whose name has the same `name_key`, so that both would get one name on the Hub.

    Only accounts that the system lists can be found; a directory may list none.
    """
    key = name_key(account.name)
    others = (entry for entry in pwd.getpwall() if entry.pw_uid != account.uid and name_key(entry.pw_name) == key)
    return next(map(_account, others), None)


def _account(entry: pwd.struct_passwd) -> UnixAccount:
    return UnixAccount(
        name=entry.pw_name,
        uid=entry.pw_uid,
        gid=entry.pw_gid,
        home=entry.pw_dir,
        shell=entry.pw_shell,
        full_name=entry.pw_gecos.partition(",")[0].replace("&", entry.pw_name.capitalize()).strip(),
    )


def _raise_if_look_up_failed(function: str, key: bytes | ctypes.c_uint) -> None:
    """Repeat a look-up with the C function, which tells "not found" from "failed".

    The modules `pwd` and `grp` raise KeyError in both cases.

    Parameters
    ----------
    function:
        ``getpwnam_r``, ``getgrnam_r`` or ``getgrgid_r`` (POSIX.1-2017). If the system has several sources of accounts,
        they report the failure of one only when no later source says "not found".

    Raises
    ------
    OSError
        When the look-up failed.
    """
    entry = ctypes.create_string_buffer(1024)  # larger than the struct on any platform; its content is not read
    strings = ctypes.create_string_buffer(64 * 1024)
    found = ctypes.c_void_p()
    look_up = getattr(ctypes.CDLL(None), function)
    failure = look_up(key, entry, strings, ctypes.c_size_t(len(strings)), ctypes.byref(found))
    if failure == 0 and found.value is not None:
        failure = errno.EAGAIN  # the entry exists: the first look-up failed
    if failure not in NOT_FOUND:
        raise OSError(failure, os.strerror(failure))


def _group_number(name: str) -> int | None:
    try:
        return grp.getgrnam(name).gr_gid
    except ValueError:
        return None
    except KeyError:
        _raise_if_look_up_failed("getgrnam_r", os.fsencode(name))
        return None


def name_of_number(uid: int) -> str | None:
    """The account name that the system returns for a user number; None when there is none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None


def groups_among(account: UnixAccount, wanted: Collection[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Look up `wanted` groups.

    Returns
    -------
    tuple
        The groups that `account` is a member of (primary or supplementary), and the groups that do not exist.

    Raises
    ------
    OSError
        When a look-up failed.
    """
    numbers = set(os.getgrouplist(account.name, account.gid))
    found = {name: _group_number(name) for name in wanted}
    member = frozenset(name for name, number in found.items() if number in numbers)
    return member, frozenset(name for name, number in found.items() if number is None)


def all_groups(account: UnixAccount) -> list[str]:
    """The names of all groups of `account`, the primary group first. Group numbers without a name are left out.

    Raises
    ------
    OSError
        When a look-up failed.
    """
    names = []
    for number in os.getgrouplist(account.name, account.gid):
        try:
            names.append(grp.getgrgid(number).gr_name)
        except KeyError:
            _raise_if_look_up_failed("getgrgid_r", ctypes.c_uint(number))
    return names


def is_no_login_shell(shell: str) -> bool:
    """Whether `shell` prevents logins, as ``/usr/sbin/nologin`` does."""
    return os.path.basename(shell) in _NO_LOGIN_SHELLS


def missing_groups(names: Collection[str]) -> frozenset[str]:
    """The groups among `names` that do not exist. A group whose look-up fails is taken to exist."""
    missing = set()
    for name in names:
        with suppress(OSError):
            if _group_number(name) is None:
                missing.add(name)
    return frozenset(missing)
