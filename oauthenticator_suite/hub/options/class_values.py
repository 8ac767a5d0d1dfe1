"""Plain class attributes in place of options: ``login_service = "Campus"`` in the body of a subclass."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from traitlets import TraitType
from traitlets.traitlets import BaseDescriptor

from .trait_types import Renamed


def adopt_plain_values(cls: type) -> None:
    """Make each plain value that hides an option of a base class the default of that option.

    The value is then checked as one of the configuration's is, and an operator can still set another. A function
    becomes the option's value as a method. Properties and other descriptors stay what they are. Call it while the class
    is made, before traitlets looks at it.
    """
    first: dict[str, Any] = {}
    options: dict[str, TraitType[Any, Any]] = {}
    for base in cls.__mro__:
        for name, value in vars(base).items():
            if first.setdefault(name, value) is not value and isinstance(value, TraitType):
                options.setdefault(name, value)
    for name, option in options.items():
        value = first[name]
        if isinstance(value, (BaseDescriptor, property)) or hasattr(type(value), "__set__"):
            continue
        if isinstance(option, Renamed):  # the class gives the value for itself: see the default of the new name
            continue
        if name in vars(cls):
            delattr(cls, name)
        if getattr(cls, name, None) is not option:  # a mixin has the value
            setattr(cls, name, option)
        setattr(cls, f"_{name}_default", _default(value))


def _default(value: Any) -> Callable[[Any], Any]:
    """The function that traitlets calls for the default: with the value, or with the method of the object."""

    def default(owner: Any) -> Any:
        bound = value.__get__(owner, type(owner)) if hasattr(value, "__get__") else value
        return copy.copy(bound) if isinstance(bound, (list, set, dict)) else bound

    return default
