"""Words for the types and the values of options."""

from __future__ import annotations

from typing import Any

from traitlets import Any as AnyTrait
from traitlets import Bool, Callable, Dict, Enum, Float, Integer, List, Set, TraitType, Unicode, Union

from oauthenticator_suite.hub.options.time_types import Instant
from oauthenticator_suite.hub.options.trait_types import APIURL, URL, HostURL, Renamed

_WORDS: tuple[tuple[type[TraitType[Any, Any]], str], ...] = (
    (Renamed, "as its new name"),
    (HostURL, "URL, or the name of a host"),
    (APIURL, "URL, or a path below `api_base_url`"),
    (URL, "URL"),
    (Instant, "date, or seconds since 1970"),
    (Bool, "`True` or `False`"),
    (Integer, "whole number"),
    (Float, "number"),
    (Unicode, "text"),
    (List, "list"),
    (Set, "set"),
    (Dict, "dictionary"),
    (Callable, "function"),
    (AnyTrait, "any value"),
)
"""The first that fits."""


def kind_of(trait: TraitType[Any, Any]) -> str:
    """What an option accepts, in words; values of code are between backticks."""
    if isinstance(trait, Enum):
        return "one of " + ", ".join(f"`{value!r}`" for value in trait.values or ())
    if isinstance(trait, Union):
        return " or ".join(kind_of(each) for each in trait.trait_types)
    return next((words for cls, words in _WORDS if isinstance(trait, cls)), trait.info())


def default_of(value: Any) -> tuple[str, bool]:
    """A default as a page shows it, and whether it is code."""
    if value is None:
        return "not set", False
    if value == "" and isinstance(value, str):
        return "empty", False
    if isinstance(value, (set, frozenset, list, tuple, dict)) and not value:
        return "empty", False
    if isinstance(value, (set, frozenset)):
        return "{" + ", ".join(map(repr, sorted(value))) + "}", True
    if callable(value):
        return "a function of the class", False
    return repr(value), True
