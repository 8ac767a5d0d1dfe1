"""Reading claims: dotted keys, and lists of names, which providers send in various shapes and lengths."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeGuard

MAX_NAMES = 1000
"""How many groups of one user are stored: few enough for the Hub's database. Rules are decided on all names."""

MAX_GROUP_NAME_LENGTH = 255
"""The maximum length of a group's name in the Hub's database, in characters."""

_WITH_SOURCE = re.compile(r"(\w+):src[0-9]+")


def find_claim(claims: Mapping[str, Any], key: str) -> Any:
    """Return the value at `key`, or None.

    `key` is first tried literally, because claim names such as ``https://example.org/groups`` contain dots. Otherwise
    it is a path of keys separated by dots (``resource_access.hub.roles``). The rest of the path is read the same way at
    each level.
    """
    while key not in claims:
        part, dot, key = key.partition(".")
        inner = claims.get(part)
        if not dot or not isinstance(inner, Mapping):
            return None
        claims = inner
    return claims[key]


def sent_by_reference(claims: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of claims of which the provider sends only a reference, or only that there are some.

    These are aggregated and distributed claims (``_claim_names``, OpenID Connect Core 1.0 §5.6.2), and the forms that
    Microsoft uses in short tokens: ``hasgroups``, and a name with its source, such as ``groups:src1`` ("Access token
    claims reference", groups overage claim).
    """
    names = claims.get("_claim_names")
    found = {str(name) for name in names} if isinstance(names, Mapping) else set()
    if claims.get("hasgroups") in (True, "true"):
        found.add("groups")
    found.update(match[1] for key in claims if (match := _WITH_SOURCE.fullmatch(key)))
    return frozenset(found)


def names_in(value: object) -> tuple[list[str], list[str]]:
    """Read the names in a claim such as ``groups``.

    A string is *one* name, never its letters. Of a list, tuple or set, the strings are read in order, without
    duplicates. A value of any other type contains no names. The size of the provider's response bounds their number.

    Returns
    -------
    tuple
        The names, and complaints for the log. A complaint never contains a value of the claim.
    """
    if value is None:
        return [], []
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, (list, tuple, set, frozenset)):
        return [], [f"is a {type(value).__name__}, not a list of names"]
    names = [item for item in value if _is_name(item)]
    odd = len(value) - len(names)
    complaints = [f"{odd} of {len(value)} entries are not names and are left out"] if odd else []
    return list(dict.fromkeys(names)), complaints


def bounded(names: Collection[str], first: Collection[str]) -> list[str]:
    """Return at most `MAX_NAMES` of `names`: those in `first`, then the others, both in their order."""
    named = [name for name in names if name in first]
    return [*named, *(name for name in names if name not in first)][:MAX_NAMES]


def wanted_among(names: Iterable[str], wanted: Collection[str]) -> list[str]:
    """Return the names in `wanted` that are also in `names`, with the spelling and order of `wanted`.

    The comparison ignores case, as GitHub and GitLab do for names of organizations and groups.
    """
    known = {name.lower() for name in names}
    return [name for name in wanted if name.lower() in known]


def _is_name(item: object) -> TypeGuard[str]:
    return isinstance(item, str) and 0 < len(item) <= MAX_GROUP_NAME_LENGTH and item.isprintable()
