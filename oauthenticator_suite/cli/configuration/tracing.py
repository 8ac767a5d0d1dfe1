"""A traitlets configuration that remembers the file and the line in which each option was set."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

from traitlets.config import Config
from traitlets.config.loader import LazyConfigValue

Address = tuple[str, ...]
"""The sections and the name of an option: ``("GitHubOAuthenticator", "client_id")``."""

_PATHS = sysconfig.get_paths()
_LIBRARIES = tuple({str(Path(_PATHS[name])) + "/" for name in ("stdlib", "platstdlib", "purelib", "platlib")})
_OWN = str(Path(__file__).parents[1]) + "/"
"""The commands of this package, which load the configuration."""


class Place(NamedTuple):
    """A line of a file."""

    file: str
    line: int


class Origins:
    """Where each option was set last.

    Attributes
    ----------
    places:
        By the address of the option.
    replaced:
        For an option whose names were replaced by others: where it had been set before.
    """

    def __init__(self) -> None:
        self.places: dict[Address, Place] = {}
        self.replaced: dict[Address, Place] = {}
        self._earlier: dict[Address, Place] = {}
        self._paused = 0

    def note(self, address: Address, place: Place | None = None) -> None:
        """Record that the running line of the configuration sets an option; `place` if that is known otherwise."""
        if self._paused:
            return
        place = place or _running_line()
        if place is not None:
            if address in self.places and self.places[address] != place:
                self._earlier[address] = self.places[address]
            self.places[address] = place

    def note_replaced(self, address: Address) -> None:
        """Record that an option had other names before, which the last assignment has dropped."""
        now, before = self.places.get(address), self._earlier.get(address)
        if now is not None and before is not None and before != now:
            self.replaced[address] = before

    def __enter__(self) -> None:
        """Record nothing within the ``with`` block."""
        self._paused += 1

    def __exit__(self, *_: object) -> None:
        self._paused -= 1


def _running_line() -> Place | None:
    """The innermost line of the operator's code that is being executed; that of a library if there is no other."""
    frame: FrameType | None = sys._getframe(2)
    fallback = None
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith(("<", _OWN)):
            if not name.startswith(_LIBRARIES):
                return Place(name, frame.f_lineno)
            if fallback is None and "/traitlets/" not in name:
                fallback = Place(name, frame.f_lineno)
        frame = frame.f_back
    return fallback


class TracedConfig(Config):  # type: ignore[misc]
    """A `Config` whose assignments are recorded, also those through `update`, `setdefault` and added values."""

    def __init__(self, origins: Origins, address: Address = ()) -> None:
        # not through __setattr__, which would make options of them
        object.__setattr__(self, "__origins__", origins)
        object.__setattr__(self, "__address__", address)
        super().__init__()

    def _section(self, key: str) -> TracedConfig:
        return TracedConfig(self._origins(), (*self._own_address(), key))

    def _origins(self) -> Origins:
        found: Origins = object.__getattribute__(self, "__origins__")
        return found

    def _own_address(self) -> Address:
        found: Address = object.__getattribute__(self, "__address__")
        return found

    def __getitem__(self, key: str) -> Any:
        if key not in self and _is_section(key):
            dict.__setitem__(self, key, self._section(key))
        value = super().__getitem__(key)
        if isinstance(value, LazyConfigValue):  # it is read only to add to it
            self._origins().note((*self._own_address(), key))
        return value

    def __setitem__(self, key: str, value: Any) -> None:
        if _is_section(key) and isinstance(value, dict):
            section = self._section(key)
            for name, each in value.items():
                section[name] = each
            value = section
        before = dict.get(self, key)
        super().__setitem__(key, value)
        if not isinstance(value, Config):
            address = (*self._own_address(), key)
            self._origins().note(address)
            if _drops_names(before, value):
                self._origins().note_replaced(address)

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Set several options, as ``dict.update``."""
        for key, value in dict(*args, **kwargs).items():
            self[key] = value

    def setdefault(self, key: str, default: Any = None) -> Any:
        """Set an option that is not set, as ``dict.setdefault``."""
        if key not in self:
            self[key] = default
        return self[key]

    def merge(self, other: Any) -> None:
        """Merge another configuration. Where a traced one was set stays known."""
        if isinstance(other, TracedConfig):
            with self._origins():
                super().merge(other)
        else:
            super().merge(other)

    def copy(self) -> Config:
        """A copy that records nothing."""
        return plain(self)

    def __deepcopy__(self, memo: Any) -> Config:
        return plain(self)


def _drops_names(before: Any, after: Any) -> bool:
    """Whether a list or set of names replaces another, without some of its names."""
    kinds = (list, set, tuple)
    if not isinstance(before, kinds) or not isinstance(after, kinds):
        return False
    try:
        return not set(before) <= set(after)
    except TypeError:  # of dicts, such as services
        return False


def _is_section(key: Any) -> bool:
    return isinstance(key, str) and bool(key) and key[0].upper() == key[0] and not key.startswith("_")


def plain(config: Config) -> Config:
    """The configuration without records, as the Hub would have it."""
    found = Config()
    for key in config:
        value = dict.__getitem__(config, key)
        found[key] = plain(value) if isinstance(value, Config) else value
    return found


def addresses(config: Config, above: Address = ()) -> Iterator[tuple[Address, Any]]:
    """Every option of a configuration with its value."""
    for key in config:
        value = dict.__getitem__(config, key)
        if isinstance(value, Config):
            yield from addresses(value, (*above, key))
        else:
            yield (*above, key), value
