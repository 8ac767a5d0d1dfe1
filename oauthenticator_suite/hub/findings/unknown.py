"""Checks on names in the configuration: options and sections that no class has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from traitlets.config import Configurable

from ... import registry
from ..options.config_help import HOME_OF_SHARED_OPTIONS, SHARED_SECTIONS
from .finding import ERROR, WARNING, Check, Problem, check
from .loaded import LoadedConfig, sections_of
from .origin import package_of
from .spelling import is_misspelling, nearest_class, nearest_option

NEWER_OPTIONS = {"auth_refresh_strict": "6.1", "refresh_pre_stop": "5.4"}
"""JupyterHub options that its older releases ignore, with the release that introduced them."""

OUR_SECTIONS = frozenset(registry.modules()) | SHARED_SECTIONS
"""The sections of this package's classes, whether they are loaded or not."""


def _ours(loaded: LoadedConfig) -> tuple[type[Any], ...]:
    """The active classes that belong to this package or are derived from its classes."""
    return tuple(cls for cls in loaded.classes if any(map(_is_ours, cls.__mro__)))


def _is_ours(cls: type[Any]) -> bool:
    return issubclass(cls, Configurable) and package_of(cls) == registry.PACKAGE


class _Unknown(NamedTuple):
    """An option that no reader of its section has."""

    place: str
    name: str
    known: set[str]
    readers: list[str]


def _unknown(loaded: LoadedConfig) -> Iterator[_Unknown]:
    known: dict[str, set[str]] = {}
    names: dict[str, set[str]] = {}
    for cls in loaded.classes:
        # what a parent's section sets, each child gets that has the option
        readers = loaded.classes if cls is loaded.classes[0] else (cls,)
        options = {option for reader in readers for option in reader.class_traits(config=True)}
        for section in sections_of((cls,)):
            known.setdefault(section, set()).update(options)
            names.setdefault(section, set()).add(cls.__name__)
    for section, given in loaded.options(_ours(loaded)):
        if given.name not in known[section]:
            yield _Unknown(given.place, given.name, known[section], sorted(names[section]))
    for place, cls, given_options in loaded.entries:
        options = set(cls.class_traits(config=True))
        for name in given_options:
            if name not in options:
                yield _Unknown(f"{place}.{name}", name, options, [cls.__name__])


@check(
    "unknown-option",
    ERROR,
    "A section that an active class reads sets an option that no such class has. A restriction or a block under a "
    "wrong name would leave the Hub open.",
    "Correct the name, or remove the option.",
    stage="sections",
)
def unknown_options(loaded: LoadedConfig) -> Iterator[Problem]:
    """Sections of the active classes and of their base classes, ``c.Authenticator`` among them."""
    replaced = _replaced(loaded)
    for place, name, known, readers in _unknown(loaded):
        if name in NEWER_OPTIONS:
            continue
        if name in replaced:
            yield Problem(place, "is an option of older releases of oauthenticator, and has no effect", replaced[name])
            continue
        owner = _owner(name)
        similar = None if owner else nearest_option(name, known)
        reason = f"has no effect: there is no such option of {' or '.join(readers)}" + (
            f", but of {owner}" if owner else ""
        )
        yield Problem(place, reason, f"Did you mean {similar}?" if similar else "")


def _replaced(loaded: LoadedConfig) -> dict[str, str]:
    """What replaces an option of older releases, by the option: from `replaced_options` of the active classes."""
    classes = (*loaded.classes, *(cls for _, cls, _ in loaded.entries))
    return {name: fix for cls in classes for name, fix in getattr(cls, "replaced_options", {}).items()}


def _owner(option: str) -> str | None:
    """A class of this package that has the option; None if no loaded class has it."""
    owners = {cls.__name__ for cls in _loaded_classes() if _is_ours(cls) and option in cls.class_traits(config=True)}
    found = sorted(owners & OUR_SECTIONS)
    return HOME_OF_SHARED_OPTIONS if HOME_OF_SHARED_OPTIONS in found else next(iter(found), None)


@check(
    "option-of-newer-hub",
    WARNING,
    "An option is set that this version of JupyterHub does not have, and a newer one has.",
    "Update JupyterHub, or remove the option.",
    stage="sections",
)
def options_of_newer_hub(loaded: LoadedConfig) -> Iterator[Problem]:
    """One configuration may serve several Hubs."""
    for place, name, *_ in _unknown(loaded):
        if name in NEWER_OPTIONS:
            yield Problem(place, f"has no effect: it needs JupyterHub {NEWER_OPTIONS[name]} or newer")


def _unread_sections(loaded: LoadedConfig) -> Iterator[str]:
    """Sections that set options and that no active class reads."""
    read = set(sections_of(loaded.classes))
    return (name for name in loaded.sections() if name not in read)


def _similar_sections(loaded: LoadedConfig) -> Iterator[tuple[str, str]]:
    """Sections that are no class's, with the class whose name is similar."""
    candidates = OUR_SECTIONS | set(sections_of(_ours(loaded)))
    classes = {cls.__name__ for cls in _loaded_classes()}
    for name in _unread_sections(loaded):
        if name not in OUR_SECTIONS and name not in classes:
            similar = nearest_class(name, candidates)
            if similar is not None:
                yield name, similar


@check(
    "unknown-section",
    ERROR,
    "A section of the configuration has a name that differs from that of a class of this package by a typing error, so "
    "that none of its options takes effect.",
    "Correct the name of the section.",
    stage="sections",
)
def unknown_sections(loaded: LoadedConfig) -> Iterator[Problem]:
    """At most two insertions, deletions, substitutions or swaps, and no loaded class has the name."""
    for name, similar in _similar_sections(loaded):
        if is_misspelling(name, similar):
            yield Problem(f"c.{name}", "is the section of no class", f"Did you mean c.{similar}?")


@check(
    "similar-section",
    WARNING,
    "A section of the configuration has a short name that is similar to that of a class of this package, and no such "
    "class is loaded.",
    "Correct the name of the section, if it is a typing error.",
    stage="sections",
)
def similar_sections(loaded: LoadedConfig) -> Iterator[Problem]:
    """A short name, two letters of which differ, may be that of a class of another package."""
    for name, similar in _similar_sections(loaded):
        if not is_misspelling(name, similar):
            yield Problem(f"c.{name}", f"is the section of no class that is loaded, and similar to c.{similar}")


@check(
    "inactive-section",
    WARNING,
    "A section is set whose class is not active, so that its options have no effect.",
    "Remove the section, unless several Hubs share the configuration.",
    stage="sections",
)
def inactive_sections(loaded: LoadedConfig) -> Iterator[Problem]:
    """Hubs that share a configuration file may use different authenticators."""
    active = " and ".join(sorted({cls.__name__ for cls in loaded.classes}))
    for name in _unread_sections(loaded):
        if name in OUR_SECTIONS:
            yield Problem(f"c.{name}", f"has no effect: the active authenticator is {active}")


def _loaded_classes() -> set[type[Any]]:
    """Every configurable class that has been imported."""
    found: set[type[Any]] = set()
    waiting: list[type[Any]] = [Configurable]
    while waiting:
        cls = waiting.pop()
        if cls not in found:
            found.add(cls)
            waiting += cls.__subclasses__()
    return found


SECTION_CHECKS: tuple[Check, ...] = (
    unknown_options,
    unknown_sections,
    options_of_newer_hub,
    similar_sections,
    inactive_sections,
)
"""The checks on names in the configuration."""
