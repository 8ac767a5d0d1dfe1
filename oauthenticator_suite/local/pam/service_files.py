"""Reading a PAM service's file: is it there, and would it let somebody in without a password?

What PAM does with a file is pam.conf(5). A missing file is no error for PAM (it goes by ``other``), and a service that
is right for root at a terminal, such as ``su``, lets everybody in when root asks: and the Hub commonly runs as root.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

FOLDERS = (Path("/etc/pam.d"), Path("/usr/lib/pam.d"), Path("/usr/etc/pam.d"), Path("/usr/local/etc/pam.d"))
"""Where PAM looks for service files; not every system has all of them."""

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,99}")
_MOST_INCLUDED = 30

_SHORT_CONTROLS = {
    "required": "success=ok new_authtok_reqd=ok ignore=ignore default=bad",
    "requisite": "success=ok new_authtok_reqd=ok ignore=ignore default=die",
    "sufficient": "success=done new_authtok_reqd=done default=ignore",
    "optional": "success=ok new_authtok_reqd=ok default=ignore",
}

_NEUTRAL = frozenset(
    {
        "pam_cap", "pam_echo", "pam_env", "pam_faildelay", "pam_faillock", "pam_group", "pam_keyinit", "pam_lastlog",
        "pam_limits", "pam_loginuid", "pam_mail", "pam_mkhomedir", "pam_motd", "pam_nologin", "pam_oddjob_mkhomedir",
        "pam_selinux", "pam_sepermit", "pam_systemd", "pam_tally2", "pam_umask", "pam_warn",
    }
)  # fmt: skip
"""Modules that say nothing on who somebody is."""

_CONDITIONS = frozenset(
    {
        "pam_access", "pam_debug", "pam_exec", "pam_listfile", "pam_localuser", "pam_rhosts", "pam_securetty",
        "pam_shells", "pam_succeed_if", "pam_time", "pam_usertype", "pam_wheel",
    }
)  # fmt: skip
"""Modules that say yes or no by something else than a password."""


class ServiceProblem(Exception):
    """A service's file cannot be what is meant. The text is a phrase for the operator."""


@dataclass(frozen=True, slots=True)
class Line:
    """One module of a stack: `control` maps what it returns to what follows, `nested` is a substack's content."""

    control: Mapping[str, str]
    module: str
    arguments: tuple[str, ...] = ()
    nested: tuple[Line, ...] = ()


def read_stack(service: str, folders: Sequence[Path] = FOLDERS, kind: str = "auth") -> list[Line]:
    """The modules that PAM asks, one after the other, for `kind` (``auth``, ``account``, ``session``).

    Raises
    ------
    ServiceProblem
        When there is no such service, or its file cannot be understood.
    """
    if not _NAME.fullmatch(service):
        raise ServiceProblem(f"{service!r} is no name of a service")
    if _find(service, folders) is None:
        looked = ", ".join(str(folder) for folder in folders if folder.is_dir()) or str(folders[0])
        there = sorted({file.name for folder in folders if folder.is_dir() for file in folder.iterdir()})
        raise ServiceProblem(
            f"there is no PAM service {service!r} in {looked}, and PAM would go by the service 'other'. "
            f"There are: {', '.join(there)[:300] or 'none'}"
        )
    stack = list(_lines(service, folders, kind, []))
    if not stack and service != "other" and _find("other", folders) is not None:
        stack = list(_lines("other", folders, kind, []))  # as PAM does
    return stack


def _find(name: str, folders: Sequence[Path]) -> Path | None:
    return next((folder / name for folder in folders if (folder / name).is_file()), None)


def _lines(name: str, folders: Sequence[Path], kind: str, way: list[str]) -> Iterator[Line]:
    path = _find(name, folders) if _NAME.fullmatch(name) else Path(name)
    if path is None or len(way) > _MOST_INCLUDED or name in way:
        raise ServiceProblem(f"{' → '.join([*way, name])} cannot be included")
    try:
        text = path.read_text("utf-8", "replace")
    except OSError as error:
        raise ServiceProblem(f"{path} cannot be read: {type(error).__name__}") from None
    for words in _words(text):
        if words[0] == "@include" and len(words) > 1:
            yield from _lines(words[1], folders, kind, [*way, name])
        elif words[0].lstrip("-").lower() != kind or len(words) < 3:
            continue
        elif words[1] == "include":
            yield from _lines(words[2], folders, kind, [*way, name])
        elif words[1] == "substack":
            yield Line({}, "substack", nested=tuple(_lines(words[2], folders, kind, [*way, name])))
        else:
            yield Line(_control(words[1], path), Path(words[2]).name.removesuffix(".so"), tuple(words[3:]))


def _words(text: str) -> Iterator[list[str]]:
    for line in text.replace("\\\n", " ").splitlines():
        words = re.findall(r"\[[^\]]*\]|[^\s\[#][^\s#]*", line.partition("#")[0])
        if words:
            yield words


def _control(text: str, path: Path) -> dict[str, str]:
    pairs = text.strip("[]") if text.startswith("[") else _SHORT_CONTROLS.get(text.lower(), "")
    if not pairs:
        raise ServiceProblem(f"{path} has a line with the control {text!r}, which is none")
    return dict(pair.lower().partition("=")[::2] for pair in pairs.split())


# --- what becomes of somebody with a wrong password -------------------------------------------------------------------


def asks_for_password(stack: Sequence[Line]) -> set[str]:
    """The modules that may well compare a password: all but those that are known not to."""
    found: set[str] = set()
    for line in stack:
        if line.nested:
            found |= asks_for_password(line.nested)
        elif line.module not in _NEUTRAL | _CONDITIONS | {"pam_deny", "pam_permit", "pam_rootok", "substack"}:
            found.add(line.module)
    return found


def lets_in_without_password(stack: Sequence[Line], *, as_root: bool) -> str | None:
    """The module by which somebody with a wrong password can get in; None when there is none.

    Every module that may compare a password is taken to say no, and every condition to say yes or no, whichever opens
    the door.
    """
    end = _run(tuple(stack), as_root, _State())
    return next((state.by or "no module at all" for state in end if state.open), None)


class _State(NamedTuple):
    """How far PAM has come: nothing decided yet, for now open, or shut."""

    decided: bool = False
    open: bool = False
    by: str | None = None


def _run(stack: tuple[Line, ...], as_root: bool, state: _State) -> set[_State]:
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
        line = stack[position]
        if line.nested or line.module == "substack":
            # what ends a substack does not end the whole
            todo |= {(position + 1, after) for after in _run(line.nested, as_root, state)}
            continue
        for result in _results(line, as_root):
            after, skip = _follow(line, result, state)
            if skip is None:
                ends.add(after)
            else:
                todo.add((position + 1 + skip, after))
    return ends


def _results(line: Line, as_root: bool) -> tuple[str, ...]:
    """What a module may return for a wrong password."""
    if line.module == "pam_permit" or (line.module == "pam_rootok" and as_root):
        return ("success",)
    if line.module == "pam_exec" and "expose_authtok" in line.arguments:
        return ("auth_err",)
    if line.module in _CONDITIONS:
        return "success", "auth_err"
    return ("ignore",) if line.module in _NEUTRAL else ("auth_err",)


def _follow(line: Line, result: str, state: _State) -> tuple[_State, int | None]:
    """The state after a module, and how many to skip then; None for the end of the stack."""
    action = line.control.get(result, line.control.get("default", "bad"))
    if action.isdigit():
        return state, int(action)
    if action in ("ok", "done"):
        if not state.decided and result == "success":
            by = line.module if state.by is None or action == "done" else state.by
            state = _State(True, True, by)
        return state, None if action == "done" and state.open else 0
    if action in ("bad", "die"):
        return _State(True, False), None if action == "die" else 0
    if action == "reset":
        return _State(), 0
    return state, 0
