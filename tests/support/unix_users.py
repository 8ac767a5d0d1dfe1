"""Real users and groups of this machine, made for a test and removed after it. Needs root."""

from __future__ import annotations

import fcntl
import grp
import os
import pwd
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir

import pytest

_LOCK = Path(gettempdir()) / "suite-tests-of-unix-users.lock"
"""Held while /etc/passwd is changed: tests of several environments run at the same time."""


def can_make_users() -> bool:
    """Whether this process may, and the tools are there."""
    return os.geteuid() == 0 and all(map(shutil.which, ("useradd", "groupadd", "chpasswd", "chage")))


class UnixUsers:
    """Makes users and groups with new names; `remove` removes all of them."""

    def __init__(self) -> None:
        self._suffix = secrets.token_hex(3)
        self._users: set[str] = set()
        self._groups: set[str] = set()

    def user(self, label: str = "ada", password: str | None = "right", *options: str) -> str:
        """The name of a new user with this password. `options` are those of useradd(8)."""
        name = f"t{self._suffix}-{label}"
        shell = () if any(option in ("-s", "--shell") for option in options) else ("-s", "/bin/bash")
        self._users.add(name)
        self.run("useradd", "--no-create-home", "--badname", *shell, *options, name)
        if password is not None:
            self.set_password(name, password)
        return name

    def group(self, label: str, *members: str) -> str:
        """The name of a new group with these members."""
        name = f"t{self._suffix}-{label}"
        self._groups.add(name)
        self.run("groupadd", name)
        for member in members:
            self.join(member, name)
        return name

    def join(self, user: str, group: str) -> None:
        self.run("usermod", "--append", "--groups", group, user)

    def leave(self, user: str, group: str) -> None:
        self.run("gpasswd", "--delete", user, group)

    def set_password(self, user: str, password: str) -> None:
        self.run("chpasswd", stdin=f"{user}:{password}\n")

    def lock(self, user: str) -> None:
        self.run("usermod", "--lock", user)

    def expire(self, user: str) -> None:
        self.run("chage", "--expiredate", "2020-01-01", user)

    def must_change_password(self, user: str) -> None:
        self.run("chage", "--lastday", "0", user)

    def delete(self, user: str) -> None:
        self.run("userdel", user)

    def run(self, *command: str, stdin: str = "") -> None:
        with _LOCK.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stderr}"

    def remove(self) -> None:
        for name in self._users & {user.pw_name for user in pwd.getpwall()}:
            self.run("userdel", "--force", name)
        for name in self._groups & {group.gr_name for group in grp.getgrall()}:
            self.run("groupdel", name)


@contextmanager
def unix_users() -> Iterator[UnixUsers]:
    """Users and groups for one test."""
    if not can_make_users():
        pytest.skip("only root can make users and groups of the machine")
    users = UnixUsers()
    try:
        yield users
    finally:
        users.remove()
