"""The check on deprecated names of options, on the configuration as it was loaded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..options.trait_types import Renamed
from .finding import WARNING, Problem, check
from .loaded import LoadedConfig


def _new_names(cls: type[Any]) -> dict[str, tuple[str, str]]:
    """For each deprecated name of a class that takes effect: the new name, and the version that introduced it."""
    traits = cls.class_traits(config=True)
    found = {name: (trait.new_name, trait.since) for name, trait in traits.items() if isinstance(trait, Renamed)}
    for name, (new, since, *same_type) in getattr(cls, "_deprecated_oauth_aliases", {}).items():
        if name in traits and all(same_type):  # a value of another type stops the start-up
            found.setdefault(name, (new, since))
    return found


@check(
    "deprecated-option",
    WARNING,
    "An option is set under a deprecated name. It takes effect under the new name, which the message has.",
    "Use the new name.",
    stage="values",
)
def deprecated_options(loaded: LoadedConfig) -> Iterator[Problem]:
    """Names of older releases of JupyterHub and oauthenticator, and those that a subclass declares."""
    (cls,) = loaded.classes
    new_names = _new_names(cls)
    for section, given in loaded.options():
        if given.name in new_names:
            new, since = new_names[given.name]
            reason = f"is a deprecated name (since {since}) and takes effect as c.{section}.{new}"
            yield Problem(given.place, reason, f"Use the new name, {new}")
