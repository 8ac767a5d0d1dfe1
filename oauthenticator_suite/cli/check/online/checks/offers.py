"""Reading lists in the provider's metadata."""

from __future__ import annotations

from typing import Any

from .....protocol.text import for_log
from ..facts import Facts


def offered(facts: Facts, member: str) -> tuple[str, ...] | None:
    """A member of the metadata that is a list of strings; None if it is missing or anything else."""
    value = facts.document.get(member)
    if not isinstance(value, list):
        return None
    return tuple(item for item in value if isinstance(item, str))


def listed(names: Any) -> str:
    """Names from outside, for a message."""
    return for_log(", ".join(names), 300) or "nothing"
