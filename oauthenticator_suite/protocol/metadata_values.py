"""Members of a provider's metadata: reading them by type, and showing them in messages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..errors import InvalidResponse
from .text import for_log


def names(document: Mapping[str, Any], member: str, label: str) -> tuple[str, ...] | None:
    """A member that is a list of strings; None if the document does not have it.

    Raises
    ------
    InvalidResponse
        If the member is anything else.
    """
    value = document.get(member)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InvalidResponse(f"{label}: {member} is not a list of strings")
    return tuple(value)


def flag(document: Mapping[str, Any], member: str, label: str) -> bool | None:
    """A member that is true or false; None if the document does not have it.

    Raises
    ------
    InvalidResponse
        If the member is anything else.
    """
    value = document.get(member)
    if value is not None and not isinstance(value, bool):
        raise InvalidResponse(f"{label}: {member} is not true or false")
    return value


def listed(values: Collection[str], limit: int = 200) -> str:
    """The first names of a list that the provider has sent, for the log; ``nothing`` if there are none.

    `limit` is the greatest length, in characters.
    """
    return for_log(", ".join(values), limit) or "nothing"
