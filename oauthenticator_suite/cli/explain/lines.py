"""Lines of a configuration that change an option: where it is set, and in the form in which it is set there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from traitlets.config import Config
from traitlets.config.loader import DeferredConfig, LazyConfigValue

from ...hub.findings.loaded import sections_of
from ...multi import MultiAuthenticator
from ...multi.startup.child_config import USERS
from .configured import ConfiguredHub

_NOT_SET = object()
_OF_ALL = ("Authenticator", "SuiteAuthenticator")


class OptionLines:
    """The lines that change options of one way to sign in.

    Parameters
    ----------
    hub:
        The configuration.
    name:
        The way to sign in.
    """

    def __init__(self, hub: ConfiguredHub, name: str) -> None:
        self._config = hub.config
        self._way: Any = hub.way(name)
        self._name = name
        self._multi: Any = hub.authenticator if isinstance(hub.authenticator, MultiAuthenticator) else None

    def adding(self, option: str, name: str) -> str:
        """The line that adds a name to a set or list of names."""
        if self._multi is not None and option in USERS and not self._entry_sets(option):
            place, given = self._place_in(type(self._multi).__name__, option)
            return _addition(place, given, f"{self._name}:{self._way.own_name(name)}", is_list=False, present=set())
        present = getattr(self._way, option)
        place, given = self._place_of(option)
        name = self._way.own_name(name) if option in USERS else name
        return _addition(place, given, name, is_list=isinstance(present, list), present=present)

    def setting(self, option: str, value: Any) -> str:
        """The line that sets an option."""
        return f"{self._place_of(option)[0]} = {quoted(value)}"

    def item(self, option: str, key: str, value: Any) -> str:
        """The line that sets an item of a dict."""
        place, given = self._place_of(option)
        if isinstance(given, (Mapping, LazyConfigValue)):
            return (
                f"{place}[{quoted(key)}] = {quoted(value)}"
                if isinstance(given, Mapping)
                else _update(place, key, value)
            )
        if given is _NOT_SET and not place.endswith("]"):
            return _update(place, key, value)
        return f"{place} = {quoted({**getattr(self._way, option), key: value})}"

    def removing(self, option: str, names: frozenset[str]) -> Iterator[str]:
        """The lines that remove names from a set or list, from every place where they are."""
        for place, given in self._all_places(option):
            if isinstance(given, (set, list)):
                yield from (f"{place}.remove({quoted(each)})" for each in sorted(set(given) & names))
            elif isinstance(given, (tuple, frozenset)) and set(given) & names:
                yield f"{place} = {quoted(sorted(set(given) - names))}"

    # --- where an option is set --------------------------------------------------------------------------------------

    def _place_of(self, option: str) -> tuple[str, Any]:
        """Where the option is set, or belongs, and the value there."""
        if self._multi is not None:
            return self._place_of_child(option)
        sections = [name for name in sections_of((type(self._way),)) if name not in _OF_ALL]
        for section in reversed([*_OF_ALL, *sections]):
            place, given = self._place_in(section, option)
            if given is not _NOT_SET:
                return place, given
        return self._place_in(type(self._way).__name__, option)

    def _place_of_child(self, option: str) -> tuple[str, Any]:
        entry = self._entry_dict()
        if entry is None:
            return self._place_in(type(self._way).__name__, option)
        where = self._where()
        if "config" not in entry:
            return f'{where}.setdefault("config", {{}})[{quoted(option)}]', _NOT_SET
        return f'{where}["config"][{quoted(option)}]', entry["config"].get(option, _NOT_SET)

    def _entry_sets(self, option: str) -> bool:
        entry = self._entry_dict()
        return entry is not None and option in entry.get("config", {})

    def _entry_dict(self) -> dict[str, Any] | None:
        """The child's entry in the configuration; None when it is not written as a dict."""
        for number, entry in enumerate(self._multi.entries):
            if entry.provider == self._name and entry.where.endswith(f"authenticators[{number}]"):
                given = self._multi.authenticators[number]
                return given if isinstance(given, dict) else None
        return None

    def _where(self) -> str:
        found = next(entry.where for entry in self._multi.entries if entry.provider == self._name)
        return str(found)

    def _all_places(self, option: str) -> Iterator[tuple[str, Any]]:
        classes = (type(self._way),) if self._multi is None else (type(self._multi), type(self._way))
        for section in dict.fromkeys(["Authenticator", *sections_of(classes)]):
            yield self._place_in(section, option)
        if self._multi is not None and (entry := self._entry_dict()) is not None and "config" in entry:
            yield self._place_of_child(option)

    def _place_in(self, section: str, option: str) -> tuple[str, Any]:
        given = self._config[section].get(option, _NOT_SET) if self._config._has_section(section) else _NOT_SET
        if isinstance(given, Config):
            given = _NOT_SET
        return f"c.{section}.{option}", given


def _addition(place: str, given: Any, name: str, *, is_list: bool, present: Any) -> str:
    if isinstance(given, list) or (is_list and isinstance(given, LazyConfigValue)):
        return f"{place}.append({quoted(name)})"
    if isinstance(given, (set, LazyConfigValue)):
        return f"{place}.add({quoted(name)})"
    if given is _NOT_SET and not place.endswith("]"):
        return f"{place}.append({quoted(name)})" if is_list else f"{place}.add({quoted(name)})"
    if isinstance(given, tuple):
        return f"{place} += ({quoted(name)},)"
    if isinstance(given, frozenset):
        return f"{place} |= {{{quoted(name)}}}"
    if isinstance(given, DeferredConfig):
        return f"{place} = {quoted([*sorted(present), name])}  # it was set on the command line"
    return f"{place} = {quoted([*present, name] if is_list else {*present, name})}"


def _update(place: str, key: str, value: Any) -> str:
    return f"{place}.update({{{quoted(key)}: {quoted(value)}}})"


def quoted(value: Any) -> str:
    """The value as Python, with double quotes where they need no escape, and sets in the order of their members."""
    if isinstance(value, str):
        text = repr(value)
        return f'"{text[1:-1]}"' if text[0] == "'" and '"' not in text else text
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{quoted(key)}: {quoted(each)}" for key, each in value.items()) + "}"
    if isinstance(value, (set, frozenset)):
        return "{" + ", ".join(map(quoted, sorted(value, key=str))) + "}" if value else "set()"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(quoted, value)) + "]"
    return repr(value)
