"""Which name an operator probably meant."""

from __future__ import annotations

import os
from collections.abc import Iterable
from difflib import get_close_matches

_SUFFIX = "Authenticator"


def edits(one: str, other: str) -> int:
    """The least number of insertions, deletions, substitutions and swaps of neighbours that turn `one` into `other`.

    The optimal string alignment distance: no part is edited twice.
    """
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, character in enumerate(one, 1):
        current = [row]
        for column, wanted in enumerate(other, 1):
            cost = min(last[column] + 1, current[-1] + 1, last[column - 1] + (character != wanted))
            if row > 1 and column > 1 and character == other[column - 2] and one[row - 2] == wanted:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        before, last = last, current
    return last[-1]


def nearest_option(name: str, known: Iterable[str]) -> str | None:
    """The most similar name of an option; None if none is similar."""
    plain = {_plain(option): option for option in sorted(known)}
    found = get_close_matches(_plain(name), plain, n=1, cutoff=0.7)
    return plain[found[0]] if found else None


def nearest_class(name: str, known: Iterable[str]) -> str | None:
    """The class name within two edits; None if there is none."""
    return min(
        (other for other in sorted(known) if abs(len(other) - len(name)) <= 2 and edits(name, other) <= 2),
        key=lambda other: edits(name, other),
        default=None,
    )


def is_misspelling(name: str, other: str) -> bool:
    """Whether `name` is so near to `other` that it must be a typing error, and not the name of another class.

    Of short names, such as ``CAS`` and ``PAM``, two letters of three differ.
    """
    if name.lower() == other.lower() or not (name.endswith(_SUFFIX) and other.endswith(_SUFFIX)):
        return True
    stem, other_stem = name.removesuffix(_SUFFIX), other.removesuffix(_SUFFIX)
    return 3 * edits(stem, other_stem) <= len(other_stem)


def similar_variable(names: Iterable[str]) -> str | None:
    """A variable of the environment whose name is like one of `names`, and none of them; None if there is none."""
    wanted = {_plain(name).replace("_", ""): name for name in names}
    others = sorted(name for name in os.environ if os.environ[name] and name not in wanted.values())
    return next(
        (name for name in others if any(edits(_plain(name).replace("_", ""), one) <= 1 for one in wanted)), None
    )


def _plain(name: str) -> str:
    return name.lower().replace("-", "_").strip("_")
