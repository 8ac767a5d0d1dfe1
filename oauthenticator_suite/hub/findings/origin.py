"""Which package defines a class or a method."""

from __future__ import annotations

from typing import Any


def package_of(thing: Any) -> str:
    """The top-level package; an empty string for what a configuration file defines."""
    return (getattr(thing, "__module__", None) or "").partition(".")[0]
