"""Reading claims: dotted keys, and lists of names that a provider may send in any shape and length."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

MAX_NAMES = 1000
"""The most groups taken from one claim; more than any real account has, fewer than would hurt the Hub's database."""

MAX_NAME_LENGTH = 255
"""The width of the Hub's column for a group's name."""


def find_claim(claims: Mapping[str, Any], key: str) -> Any:
    """The value at `key`, or None.

    `key` is first taken literally (claims such as ``https://example.org/groups`` have dots of their own), then as a
    path of keys with dots between them (``resource_access.hub.roles``); and so for what is left of it at each step.
    """
    while key not in claims:
        part, dot, key = key.partition(".")
        inner = claims.get(part)
        if not dot or not isinstance(inner, Mapping):
            return None
        claims = inner
    return claims[key]


def names_in(value: object) -> tuple[list[str], list[str]]:
    """The names in a claim such as ``groups``: (names, complaints).

    A string is *one* name, never its letters. Lists, tuples and sets give their strings, once each and in order, at
    most `MAX_NAMES`. Everything else gives nothing. Each complaint is a sentence for the log that holds no value.
    """
    if value is None:
        return [], []
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, (list, tuple, set, frozenset)):
        return [], [f"is a {type(value).__name__}, not a list of names"]
    names = list(dict.fromkeys(_clean(value)))
    complaints = []
    odd = sum(1 for item in value if not _is_name(item))
    if odd:
        complaints.append(f"{odd} of {len(value)} entries are not names and are left out")
    if len(names) > MAX_NAMES:
        complaints.append(f"{len(names)} names; only the first {MAX_NAMES} are used")
    return names[:MAX_NAMES], complaints


def wanted_among(names: Iterable[str], wanted: Collection[str]) -> list[str]:
    """Those of `wanted` that are among `names`, as `wanted` spells them and in its order.

    Upper and lower case are the same, as in the names of organizations and groups at GitHub and GitLab.
    """
    known = {name.lower() for name in names}
    return [name for name in wanted if name.lower() in known]


def _is_name(item: object) -> bool:
    return isinstance(item, str) and 0 < len(item) <= MAX_NAME_LENGTH and item.isprintable()


def _clean(items: Iterable[object]) -> Iterable[str]:
    return (item for item in items if isinstance(item, str) and _is_name(item))
