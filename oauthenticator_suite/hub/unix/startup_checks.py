"""Start-up checks of options that name Unix groups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..base.admitting import admitting_options
from ..findings.finding import ERROR, WARNING, Check, Problem, check
from .accounts import missing_groups


def _missing(authenticator: Any) -> dict[str, list[str]]:
    """The groups that do not exist, by option. A group that the system cannot look up is not among them."""
    named = {option: set(getattr(authenticator, option)) for option in authenticator.unix_group_options}
    missing = missing_groups(set().union(*named.values()))
    return {option: sorted(groups & missing) for option, groups in named.items() if groups & missing}


def _only_missing_groups(authenticator: Any, missing: dict[str, list[str]]) -> bool:
    """Whether users can be admitted by no other option than by groups that do not exist."""
    admitting = admitting_options(authenticator)
    return bool(missing) and all(
        option in missing and len(missing[option]) == len(getattr(authenticator, option)) for option in admitting
    )


@check(
    "unix-groups-missing",
    ERROR,
    "Users can be admitted by Unix groups only, and none of these groups exists.",
    "Correct the names of the groups.",
    stage="system",
)
def no_group_exists(authenticator: Any) -> Iterator[Problem]:
    """No user could sign in."""
    missing = _missing(authenticator)
    if _only_missing_groups(authenticator, missing):
        for option, groups in missing.items():
            yield Problem(
                option, f"names Unix groups that do not exist, so that no user can sign in: {_quoted(groups)}"
            )


@check(
    "unix-group-missing",
    WARNING,
    "An option names a Unix group that does not exist.",
    "Correct the name of the group, or remove it.",
    stage="system",
)
def a_group_is_missing(authenticator: Any) -> Iterator[Problem]:
    """The group may be created later."""
    missing = _missing(authenticator)
    if not _only_missing_groups(authenticator, missing):
        for option, groups in missing.items():
            for group in groups:
                yield Problem(option, f"names a group without members: there is no Unix group {group!r}")


def _quoted(names: list[str]) -> str:
    return ", ".join(map(repr, names))


UNIX_CHECKS: tuple[Check, ...] = (no_group_exists, a_group_is_missing)
"""The checks of every authenticator with options on Unix groups."""
