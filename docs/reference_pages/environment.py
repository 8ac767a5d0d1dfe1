"""The environment variables that give options their values."""

from __future__ import annotations

from dataclasses import dataclass

from oauthenticator_suite import OAuthenticator

from .options import options_of, public_classes

_SHARED = OAuthenticator.__name__


@dataclass(frozen=True)
class Variable:
    """An environment variable, and the options that take its value: pairs of a class and a name of an option.

    The class is `OAuthenticator` for an option that the variable sets in every class of a provider.
    """

    name: str
    options: tuple[tuple[str, str], ...]


def all_variables() -> list[Variable]:
    """Every variable: those of all providers first, then by name."""
    found: dict[str, list[tuple[str, str]]] = {}
    for cls in (OAuthenticator, *public_classes().values()):
        for option in options_of(cls).all:
            for variable in option.variables:
                options = found.setdefault(variable, [])
                if (_SHARED, option.name) not in options or not issubclass(cls, OAuthenticator):
                    options.append((cls.__name__, option.name))
    shared = [name for name, options in found.items() if options[0][0] == _SHARED]
    rest = sorted(found.keys() - set(shared))
    return [Variable(name, tuple(_short(found[name]))) for name in (*sorted(shared), *rest)]


def _short(options: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Without the classes that are no provider's, if the option is a shared one: they have it as well."""
    shared = {name for cls, name in options if cls == _SHARED}
    return [(cls, name) for cls, name in options if cls == _SHARED or name not in shared]
