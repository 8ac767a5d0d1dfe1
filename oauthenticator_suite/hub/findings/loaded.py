"""The configuration as JupyterHub loaded it, before an authenticator takes its options from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from traitlets import TraitType
from traitlets.config import Config, Configurable, LoggingConfigurable, SingletonConfigurable
from traitlets.config.loader import DeferredConfig, DeferredConfigList, LazyConfigValue

_OF_EVERYTHING = {cls.__name__ for cls in (Configurable, LoggingConfigurable, SingletonConfigurable)}
"""Sections that spawners, proxies and everything else read too."""


class Given(NamedTuple):
    """An option that the configuration sets.

    Attributes
    ----------
    place:
        As it is written there: ``c.GitHubOAuthenticator.scope``.
    name:
        The name of the option.
    value:
        The value, `LazyConfigValue` or `DeferredConfig`.
    """

    place: str
    name: str
    value: Any


@dataclass(frozen=True)
class LoadedConfig:
    """The configuration, and the authenticator classes that read it.

    Attributes
    ----------
    config:
        Everything that configuration files, the command line and the environment set.
    parent:
        The parent of the authenticator, usually the Hub; None without one.
    classes:
        The active authenticator classes: one, or that of `MultiAuthenticator` and those of its children.
    entries:
        For each child with separate options: their place in the configuration, its class, and the options.
    """

    config: Config
    parent: Any
    classes: tuple[type[Any], ...]
    entries: tuple[tuple[str, type[Any], Mapping[str, Any]], ...] = ()

    @classmethod
    def of_arguments(cls, authenticator_class: type[Any], kwargs: Mapping[str, Any]) -> LoadedConfig:
        """The configuration that an authenticator with these arguments of its constructor will read."""
        parent, config = kwargs.get("parent"), kwargs.get("config")
        if config is None:
            config = parent.config if parent is not None else Config()
        return cls(config, parent, (authenticator_class,))

    def options(self, readers: tuple[type[Any], ...] | None = None) -> Iterator[tuple[str, Given]]:
        """The options in the sections that `readers` (default: all classes) read, each with the section's name."""
        read = sections_of(self.classes if readers is None else readers)
        places = list(_places("c", self.config, self.parent))
        if len(self.classes) > 1:  # a child's section may be nested in its parent's
            outer = self.classes[0].section_names()
            places += [(f"c.{name}", self.config[name]) for name in outer if self.config._has_section(name)]
        for place, config in places:
            for name in read:
                if config._has_section(name):
                    for option, value in config[name].items():
                        if not isinstance(value, Config) and not _is_untouched(value):
                            yield name, Given(f"{place}.{name}.{option}", option, value)

    def sections(self) -> list[str]:
        """The names of all sections that set an option."""
        return [
            name
            for name, value in self.config.items()
            if isinstance(value, Config) and any(map(_is_set, value.values()))
        ]


def sections_of(classes: tuple[type[Any], ...]) -> list[str]:
    """The sections that authenticators of these classes read, without those that everything reads."""
    return list(dict.fromkeys(name for cls in classes for name in cls.section_names() if name not in _OF_EVERYTHING))


def values_in(given: Given, trait: TraitType[Any, Any]) -> Any:
    """The value that an option would get, and where the configuration only adds to its default, what it adds.

    A value from the command line is read as the option reads it.
    """
    value = given.value
    if isinstance(value, DeferredConfig):
        if isinstance(value, str) and hasattr(trait, "from_string_list"):
            value = DeferredConfigList([str(value)])  # one item: the class was not known when the line was read
        return value.get_value(trait)
    if isinstance(value, LazyConfigValue):
        if value._update:
            return value._update
        return [*value._prepend, *(item for _, item in value._inserts), *value._extend]
    return value


def _places(place: str, config: Config, parent: Any) -> Iterator[tuple[str, Config]]:
    """The configuration, and the sections of the parents, in which sections of their children may be nested."""
    yield place, config
    if parent is None or not isinstance(parent, Configurable):
        return
    for outer, within in _places(place, config, parent.parent):
        for name in dict.fromkeys(type(parent).section_names()):
            if name not in _OF_EVERYTHING and within._has_section(name):
                yield f"{outer}.{name}", within[name]


def _is_set(value: Any) -> bool:
    return not isinstance(value, Config) and not _is_untouched(value)


def _is_untouched(value: Any) -> bool:
    """Whether traitlets made the value when the configuration only read an option that is not set."""
    return isinstance(value, LazyConfigValue) and not (
        value._extend or value._prepend or value._inserts or value._update
    )
