"""The options of a class, as its traits and its behaviour say."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from inspect import cleandoc
from typing import Any

from traitlets import TraitType

import oauthenticator_suite
from oauthenticator_suite import OAuthenticator, registry
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.base.authenticator import SuiteAuthenticator
from oauthenticator_suite.hub.options.template import variables_used
from oauthenticator_suite.hub.options.trait_types import Renamed
from oauthenticator_suite.hub.unix.local_users import LocalUsers

from .kinds import kind_of
from .subjects import NOT_FOR_PROVIDERS

SHARED = OAuthenticator
"""The class whose options are on the page of shared options."""

_VARIABLE = re.compile(r"``([A-Z][A-Z0-9]*_[A-Z0-9_]+)``")
_PROBES = ("https://probe.example.org", "1", "url", "probe")
"""Values of environment variables, of which some option accepts one."""


@dataclass(frozen=True)
class Option:
    """An option of a class.

    Attributes
    ----------
    cls, name:
        The class and the option: ``c.GitHubOAuthenticator.client_id``.
    kind:
        The values that it accepts, in words.
    default:
        The default in this class when no environment variable is set.
    variables:
        The environment variables that give it a value, those that take precedence first.
    help:
        The help text, in reStructuredText.
    of_hub:
        Whether JupyterHub defines it, for every authenticator.
    old_name_of:
        The option that has replaced this one; an empty string for a current one.
    """

    cls: str
    name: str
    kind: str
    default: Any
    variables: tuple[str, ...]
    help: str
    of_hub: bool
    old_name_of: str

    @property
    def anchor(self) -> str:
        """The anchor on the page of the class."""
        return f"{self.cls}.{self.name}"

    @property
    def summary(self) -> str:
        """The first sentence of the help text."""
        paragraph = " ".join(self.help.split("\n\n")[0].split())
        return re.split(r"(?<=[.:])\s+(?=[A-Z`])", paragraph)[0].rstrip(":") if paragraph else ""


@dataclass(frozen=True)
class ClassOptions:
    """The options of a class.

    Attributes
    ----------
    own:
        Options that the class adds to the shared ones, or defines again.
    changed:
        Shared options whose default is another in this class.
    others:
        All other shared options.
    old_names:
        Names from before, of this class and of all.
    """

    own: tuple[Option, ...]
    changed: tuple[Option, ...]
    others: tuple[Option, ...]
    old_names: tuple[Option, ...]

    @property
    def all(self) -> tuple[Option, ...]:
        """Every option, each once."""
        return (*self.own, *self.changed, *self.others, *self.old_names)


def public_classes() -> dict[str, type[Any]]:
    """The class of each entry point that has its own page, by its name: without the ``Local…`` classes."""
    names = [entry.cls for entry in (*registry.PROVIDERS, *registry.OTHERS)]
    return {name: getattr(oauthenticator_suite, name) for name in names}


def class_called(name: str) -> type[Any]:
    """The class that a directive names."""
    return LocalUsers if name == LocalUsers.__name__ else getattr(oauthenticator_suite, name)  # type: ignore[no-any-return]


@cache
def options_of(cls: type[Any]) -> ClassOptions:
    """The options of a class in the order of their names."""
    with _environment():
        plain = _bare(cls)
        traits = sorted(cls.class_traits(config=True).items())
        options = {name: _option(plain, name, trait) for name, trait in traits}
    if issubclass(cls, (OAuthenticator, LocalUsers)):
        options = {name: option for name, option in options.items() if name not in NOT_FOR_PROVIDERS}
    shared = dict(options) if cls is SHARED else {option.name: option for option in options_of(SHARED).all}
    old = tuple(option for option in options.values() if option.old_name_of)
    current = [option for option in options.values() if not option.old_name_of]
    own = tuple(o for o in current if cls is not SHARED and (_is_own(cls, o.name) or o.name not in shared))
    rest = [option for option in current if option not in own]
    changed = tuple(o for o in rest if _text(o.default) != _text(shared[o.name].default))
    return ClassOptions(own, changed, tuple(option for option in rest if option not in changed), old)


def _is_own(cls: type[Any], name: str) -> bool:
    """Whether a class defines an option that the classes of all logins, or of all providers, do not have so."""
    home = cls.class_traits(config=True)[name].this_class
    return not issubclass(OAuthenticator, home) and not issubclass(SuiteAuthenticator, home)


def _option(plain: Any, name: str, trait: TraitType[Any, Any]) -> Option:
    cls = type(plain)
    old_name_of = trait.new_name if isinstance(trait, Renamed) else ""
    text = cleandoc(trait.help or "")
    return Option(
        cls=cls.__name__,
        name=name,
        kind=kind_of(trait),
        default=None if old_name_of else getattr(plain, name),
        variables=() if old_name_of else _variables(cls, name, text),
        help=text,
        of_hub=not trait.this_class.__module__.startswith(oauthenticator_suite.__name__),
        old_name_of=old_name_of,
    )


def _text(value: Any) -> str:
    return repr(sorted(value, key=repr)) if isinstance(value, (set, frozenset)) else repr(value)


@contextmanager
def _environment(**variables: str) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update({**({"PATH": before["PATH"]} if "PATH" in before else {}), **variables})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _bare(cls: type[Any]) -> Any:
    """An object of which only the defaults of options matter; not initialized if the class requires a configuration."""
    try:
        return cls()
    except ConfigurationError:
        return cls.__new__(cls)


def _variables(cls: type[Any], name: str, text: str) -> tuple[str, ...]:
    """The variables that the help text names, or that are the class's own, and that do give the option its value."""
    credentials = {"client_id": "client_id_env", "client_secret": "client_secret_env"}
    names = dict.fromkeys(filter(None, (getattr(cls, credentials.get(name, ""), ""), *_VARIABLE.findall(text))))
    found: set[str] = set()
    while rest := names.keys() - found:
        used = next((used for probe in _PROBES if (used := _used(cls, name, dict.fromkeys(rest, probe)))), [])
        if not used:
            break
        found.update(used)
    return tuple(each for each in names if each in found)


def _used(cls: type[Any], name: str, variables: dict[str, str]) -> list[str]:
    """Those of the variables that are read for the default of an option; none if it does not accept their value."""
    with _environment(**variables), variables_used() as used:
        try:
            getattr(_bare(cls), name)
        except Exception:  # noqa: BLE001 - the probe is not a value of this option
            return []
        return list(used)
