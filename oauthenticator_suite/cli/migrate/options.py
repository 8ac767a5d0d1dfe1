"""What this package knows about an option of a section: derived from its classes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import oauthenticator_suite

from ... import registry
from ...hub.findings.spelling import nearest_option
from ...hub.options.trait_types import Renamed

SHARED = ("Authenticator", "OAuthenticator", "LocalAuthenticator", "LocalOAuthenticator", "SuiteAuthenticator")
"""Sections that several classes read."""

_SECRET = re.compile(r"secret|passw|credential|account_keys|private_key|crypt_key|_token$")


class Fate(NamedTuple):
    """What becomes of an option.

    Attributes
    ----------
    kind:
        ``same``: it stays. ``renamed``: `new` is its name. ``gone``: `text` says what replaces it. ``unknown``: no
        class has it, here or in oauthenticator.
    trait:
        Of the class of this package.
    """

    kind: str
    new: str = ""
    text: str = ""
    trait: Any = None
    cls: Any = None


def class_named(name: str) -> Any:
    """The class of this package with a name; None if there is none."""
    return getattr(oauthenticator_suite, name, None) if name in registry.modules() else None


def is_secret(option: str) -> bool:
    """Whether the value of an option is never shown."""
    return _SECRET.search(option.lower()) is not None


def readers_of(section: str, active: Sequence[Any]) -> list[Any]:
    """The classes that read a section: of the active classes, else the class of that name."""
    own = class_named(section)
    found = [cls for cls in active if section in {base.__name__ for base in cls.__mro__}]
    if found:
        return found
    if own is not None:
        return [own]
    return [oauthenticator_suite.OAuthenticator] if section in SHARED else []


def fate_of(option: str, classes: Iterable[Any]) -> Fate:
    """What becomes of an option that these classes read: the first of them that has it decides."""
    classes = list(classes)
    for cls in classes:
        trait = cls.class_traits(config=True).get(option)
        if isinstance(trait, Renamed):
            return Fate("renamed", trait.new_name, trait=trait, cls=cls)
        if trait is not None:
            return Fate("same", trait=trait, cls=cls)
    for cls in classes:
        text = getattr(cls, "replaced_options", {}).get(option)
        if text:
            return Fate("gone", text=text, cls=cls)
    known = {name for cls in classes for name in cls.class_traits(config=True)}
    return Fate("unknown", text=nearest_option(option, known) or "", cls=classes[0] if classes else None)
