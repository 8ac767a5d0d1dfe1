"""The forms in which providers send groups, and the comparison of group names."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal

from .claims import find_claim
from .unknown import Unknown

GroupsFormat = Literal["names", "separated", "json", "objects", "keys"]
"""How the value of a groups claim is read: the values of the option `groups_format`."""

_READS = {
    "separated": "a string of names with separators",
    "json": "a string with a JSON list of names",
    "objects": "a list of objects",
    "keys": "an object whose keys are the groups",
}


def names_by_format(value: Any, form: GroupsFormat, *, separator: str = ",", name_key: str = "name") -> Any:
    """Convert the value of a groups claim to what `oauthenticator_suite.policy.claims.names_in` reads.

    Parameters
    ----------
    value:
        The value; None if there is none. For ``json``, the value that the text stands for.
    form:
        ``names``: the value is returned as it is. ``separated``: a string is split at `separator`, and white space
        around names is removed. ``json``: a list of names, or one name. ``objects``: the name of each object is at
        `name_key`, which may have dots. ``keys``: the keys of an object are the names. A list of names is accepted for
        each of them except ``keys``.

    Raises
    ------
    Unknown
        When the value has another form: it says that there are groups, and not which ones.
    """
    if value is None or form == "names":
        return value
    if form == "keys":
        if isinstance(value, Mapping):
            return list(value)
        if value == []:  # as some programming languages write an empty object
            return []
        raise _unreadable(value, form)
    if isinstance(value, str) and form != "objects":
        return [name.strip() for name in value.split(separator) if name.strip()] if form == "separated" else [value]
    if form == "objects" and isinstance(value, Mapping):
        value = [value]
    if not isinstance(value, (list, tuple, set, frozenset)):
        raise _unreadable(value, form)
    if form != "objects":
        return list(value)
    names = [find_claim(item, name_key) if isinstance(item, Mapping) else item for item in value]
    if value and all(name is None for name in names):
        raise Unknown(f"no object in the list of groups has {name_key!r} (groups_name_key)", retry=False)
    return names


def unreadable_json(reason: str) -> Unknown:
    """The error for a string that is not JSON, with ``groups_format = "json"``. `reason` must not quote the string."""
    return Unknown(f"the value of the groups cannot be read as JSON ({reason}): see groups_format", retry=False)


def _unreadable(value: object, form: str) -> Unknown:
    return Unknown(
        f"the value of the groups is a {type(value).__name__}, and groups_format = {form!r} reads {_READS[form]}",
        retry=False,
    )


def folded(name: str) -> str:
    """The name in lower case, for a comparison that ignores case.

    A name stays as it is when lower-casing makes it equal to an unrelated name: the lower case of the Kelvin sign,
    U+212A, is an ordinary k.
    """
    lower = name.lower()
    return lower if lower.upper() == name.upper() else name


def all_folded(names: Collection[str]) -> list[str]:
    """The names, each `folded`, in order and without duplicates."""
    return list(dict.fromkeys(map(folded, names)))
