"""Which name an operator probably meant."""

from __future__ import annotations

import os
from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches

from ... import registry

_SUFFIX = "Authenticator"
_MOST_NAMED = 3


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


def nearest_entry_points(name: str, installed: Iterable[str]) -> list[str]:
    """The one to three entry points of authenticators with the most similar names, the best first; may be empty.

    Of two that are equally similar, that of this package is first. The prefix ``suite-`` may be missing in `name`, and
    the name of a class may stand for its entry point.
    """
    wanted = _class_words(name)
    of_classes = {entry_point: _class_words(cls) for entry_point, (_, cls) in registry.classes().items()}
    likeness: dict[str, float] = {}
    for entry_point in sorted(installed):
        forms = (entry_point, entry_point.removeprefix("suite-"), of_classes.get(entry_point, entry_point))
        likeness[entry_point] = max(SequenceMatcher(None, wanted, form).ratio() for form in forms)
    best = max(likeness.values(), default=0.0)
    found = [one for one, ratio in likeness.items() if ratio >= 0.7 and ratio >= best - 0.1]
    return sorted(found, key=lambda one: (-likeness[one], not one.startswith("suite-")))[:_MOST_NAMED]


def _class_words(name: str) -> str:
    """The name of an entry point or a class, in lower case and without the ending of a class."""
    for ending in ("OAuthenticator", _SUFFIX):
        if len(name) > len(ending):
            name = name.removesuffix(ending)
    return name.lower().replace("_", "-")


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
