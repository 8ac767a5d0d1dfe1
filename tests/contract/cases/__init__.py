"""The providers under contract: one case for each way to sign in.

A case is found by being a class in a module of this package, so that a new provider needs a new file and no list.
"""

from importlib import import_module
from pkgutil import iter_modules

from .base import Person, ProviderCase
from .generic import GenericCase

_MODULES = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]

CASES: list[type[ProviderCase]] = [
    value
    for module in _MODULES
    for value in vars(module).values()
    if isinstance(value, type) and issubclass(value, ProviderCase) and "id" in vars(value)
    if value.__module__ == module.__name__
]
"""The cases, by module and in the order in which a module defines them."""

__all__ = ["CASES", "GenericCase", "Person", "ProviderCase"]
