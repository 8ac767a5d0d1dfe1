"""Checks of a PAM service file: that it exists, and that it lets no user in without the password.

pam.conf(5) defines how PAM reads a file. A missing file is not an error for PAM: it uses the service ``other``. A
service for root at a terminal, such as ``su``, accepts every user without a password when root asks, and the Hub
usually runs as root.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

FOLDERS = (Path("/etc/pam.d"), Path("/usr/lib/pam.d"), Path("/usr/etc/pam.d"), Path("/usr/local/etc/pam.d"))
"""The folders in which PAM looks for service files. Most systems do not have all of them."""

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,99}")
_MAX_INCLUDE_DEPTH = 30

_SHORT_CONTROLS = {
    "required": "success=ok new_authtok_reqd=ok ignore=ignore default=bad",
    "requisite": "success=ok new_authtok_reqd=ok ignore=ignore default=die",
    "sufficient": "success=done new_authtok_reqd=done default=ignore",
    "optional": "success=ok new_authtok_reqd=ok default=ignore",
}

_NEUTRAL_MODULES = frozenset(
    {
        "pam_cap", "pam_echo", "pam_env", "pam_faildelay", "pam_faillock", "pam_group", "pam_keyinit", "pam_lastlog",
        "pam_limits", "pam_loginuid", "pam_mail", "pam_mkhomedir", "pam_motd", "pam_nologin", "pam_oddjob_mkhomedir",
        "pam_selinux", "pam_sepermit", "pam_systemd", "pam_tally2", "pam_umask", "pam_warn",
    }
)  # fmt: skip
"""Modules that do not authenticate the user."""

_CONDITION_MODULES = frozenset(
    {
        "pam_access", "pam_debug", "pam_exec", "pam_listfile", "pam_localuser", "pam_rhosts", "pam_securetty",
        "pam_shells", "pam_succeed_if", "pam_time", "pam_usertype", "pam_wheel",
    }
)  # fmt: skip
"""Modules whose result depends on something other than the password."""


class ServiceProblem(Exception):
    """A service file is missing or cannot be read. The text is a phrase for the operator."""


@dataclass(frozen=True, slots=True)
class StackEntry:
    """One entry of a module stack.

    Attributes
    ----------
    control:
        The action for each return value of the module (pam.conf(5): ``[value=action …]``).
    module:
        The name of the module, without folder and ``.so``; ``substack`` for a substack.
    nested:
        The entries of a substack.
    """

    control: Mapping[str, str]
    module: str
    arguments: tuple[str, ...] = ()
    nested: tuple[StackEntry, ...] = ()


def read_stack(service: str, folders: Sequence[Path] = FOLDERS, kind: str = "auth") -> list[StackEntry]:
    """Read the module stack of a service.

    Parameters
    ----------
    kind:
        ``auth``, ``account`` or ``session``.

    Returns
    -------
    list of StackEntry
        The modules in the order in which PAM calls them, included files resolved.

    Raises
    ------
    ServiceProblem
        When there is no such service, or its file cannot be parsed.
    """
    if not _NAME.fullmatch(service):
        raise ServiceProblem(f"{service!r} is not a valid service name")
    if _find(service, folders) is None:
        looked = ", ".join(str(folder) for folder in folders if folder.is_dir()) or str(folders[0])
        there = sorted({file.name for folder in folders if folder.is_dir() for file in folder.iterdir()})
        raise ServiceProblem(
            f"there is no PAM service {service!r} in {looked}, so PAM would use the service 'other'. "
            f"Available services: {', '.join(there)[:300] or 'none'}"
        )
    stack = list(_entries(service, folders, kind, []))
    if not stack and service != "other" and _find("other", folders) is not None:
        stack = list(_entries("other", folders, kind, []))  # as PAM does
    return stack


def _find(name: str, folders: Sequence[Path]) -> Path | None:
    return next((folder / name for folder in folders if (folder / name).is_file()), None)


def _entries(name: str, folders: Sequence[Path], kind: str, path_so_far: list[str]) -> Iterator[StackEntry]:
    path = _find(name, folders) if _NAME.fullmatch(name) else Path(name)
    if path is None or len(path_so_far) > _MAX_INCLUDE_DEPTH or name in path_so_far:
        raise ServiceProblem(f"{' → '.join([*path_so_far, name])} cannot be included")
    try:
        text = path.read_text("utf-8", "replace")
    except OSError as error:
        raise ServiceProblem(f"{path} cannot be read: {type(error).__name__}") from None
    for words in _words(text):
        if words[0] == "@include" and len(words) > 1:
            yield from _entries(words[1], folders, kind, [*path_so_far, name])
        elif words[0].lstrip("-").lower() != kind or len(words) < 3:
            continue
        elif words[1] == "include":
            yield from _entries(words[2], folders, kind, [*path_so_far, name])
        elif words[1] == "substack":
            yield StackEntry({}, "substack", nested=tuple(_entries(words[2], folders, kind, [*path_so_far, name])))
        else:
            yield StackEntry(_control(words[1], path), Path(words[2]).name.removesuffix(".so"), tuple(words[3:]))


def _words(text: str) -> Iterator[list[str]]:
    for line in text.replace("\\\n", " ").splitlines():
        words = re.findall(r"\[[^\]]*\]|[^\s\[#][^\s#]*", line.partition("#")[0])
        if words:
            yield words


def _control(text: str, path: Path) -> dict[str, str]:
    pairs = text.strip("[]") if text.startswith("[") else _SHORT_CONTROLS.get(text.lower(), "")
    if not pairs:
        raise ServiceProblem(f"{path} has a line with the unknown control {text!r}")
    return dict(pair.lower().partition("=")[::2] for pair in pairs.split())


# --- the result of a stack for a wrong password -----------------------------------------------------------------------


def asks_for_password(stack: Sequence[StackEntry]) -> set[str]:
    """The modules that may compare a password: all modules except those with a known other purpose."""
    found: set[str] = set()
    others = _NEUTRAL_MODULES | _CONDITION_MODULES | {"pam_deny", "pam_permit", "pam_rootok", "substack"}
    for entry in stack:
        if entry.nested:
            found |= asks_for_password(entry.nested)
        elif entry.module not in others:
            found.add(entry.module)
    return found


def lets_in_without_password(stack: Sequence[StackEntry], *, as_root: bool) -> str | None:
    """Find out whether a stack can accept a wrong password.

    Every module that may compare a password is assumed to refuse. A condition is assumed to hold or to fail, whichever
    lets the user in.

    Parameters
    ----------
    as_root:
        Whether PAM is called by root, which ``pam_rootok`` accepts.

    Returns
    -------
    str or None
        The module that lets the user in; None when no module does.
    """
    ends = _run(tuple(stack), as_root, _State())
    return next((state.by or "no module at all" for state in ends if state.open), None)


class _State(NamedTuple):
    """The result of a stack so far: undecided, or decided and then accepting (`open`) or refusing."""

    decided: bool = False
    open: bool = False
    by: str | None = None


def _run(stack: tuple[StackEntry, ...], as_root: bool, state: _State) -> set[_State]:
    """All states in which a stack can end."""
    ends: set[_State] = set()
    todo = {(0, state)}
    seen: set[tuple[int, _State]] = set()
    while todo:
        position, state = todo.pop()
        if (position, state) in seen:
            continue
        seen.add((position, state))
        if position >= len(stack):
            ends.add(state)
            continue
        entry = stack[position]
        if entry.nested or entry.module == "substack":
            # "die" and "done" in a substack end the substack, not the whole stack
            todo |= {(position + 1, after) for after in _run(entry.nested, as_root, state)}
            continue
        for result in _results(entry, as_root):
            after, skip = _follow(entry, result, state)
            if skip is None:
                ends.add(after)
            else:
                todo.add((position + 1 + skip, after))
    return ends


def _results(entry: StackEntry, as_root: bool) -> tuple[str, ...]:
    """The values that a module may return for a wrong password."""
    if entry.module == "pam_permit" or (entry.module == "pam_rootok" and as_root):
        return ("success",)
    if entry.module == "pam_exec" and "expose_authtok" in entry.arguments:
        return ("auth_err",)
    if entry.module in _CONDITION_MODULES:
        return "success", "auth_err"
    return ("ignore",) if entry.module in _NEUTRAL_MODULES else ("auth_err",)


def _follow(entry: StackEntry, result: str, state: _State) -> tuple[_State, int | None]:
    """The state after a module returned `result`, and the number of entries to skip; None at the end of the stack."""
    action = entry.control.get(result, entry.control.get("default", "bad"))
    if action.isdigit():
        return state, int(action)
    if action in ("ok", "done"):
        if not state.decided and result == "success":
            by = entry.module if state.by is None or action == "done" else state.by
            state = _State(True, True, by)
        return state, None if action == "done" and state.open else 0
    if action in ("bad", "die"):
        return _State(True, False), None if action == "die" else 0
    if action == "reset":
        return _State(), 0
    return state, 0
