"""Reading the entries of `MultiAuthenticator.authenticators`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyterhub.auth import Authenticator
from jupyterhub.traitlets import EntryPointType
from traitlets import HasTraits, TraitError

from ...errors import ConfigurationError
from ...hub.base.plug_in import provider_of
from ...hub.findings.spelling import nearest_entry_points
from ...plugins import NAME

_TEXTS = ("provider", "login_service", "icon", "prefix")
_KEYS = {"authenticator_class", "config", *_TEXTS}


@dataclass(frozen=True, slots=True)
class Entry:
    """One child, as configured.

    Attributes
    ----------
    where:
        The place in the configuration, as it is named in errors.
    authenticator_class:
        The class of the child.
    provider:
        The name of the child in URLs, options and prefixes.
    config:
        The options of the child.
    login_service, icon:
        Name and icon on the sign-in page; empty for the defaults of the class.
    prefix:
        The prefix of its usernames; None for the default.
    """

    where: str
    authenticator_class: type[Authenticator]
    provider: str
    config: Mapping[str, Any] = field(default_factory=dict)
    login_service: str = ""
    icon: str = ""
    prefix: str | None = None


class _ClassLoader(HasTraits):
    authenticator_class = EntryPointType(klass=Authenticator, entry_point_group="jupyterhub.authenticators")


def entry_of(given: Any, where: str) -> Entry:
    """Read one entry.

    Parameters
    ----------
    given:
        The operator's value: a dict, a class, or the name of a class.
    where:
        The place in the configuration, as it is named in errors.

    Raises
    ------
    ConfigurationError
        If the entry is not valid.
    """
    if isinstance(given, (str, type)):
        given = {"authenticator_class": given}
    if not isinstance(given, Mapping) or "authenticator_class" not in given:
        raise ConfigurationError(f"{where} must be a dict with authenticator_class (and config, provider …)")
    unknown = sorted(str(key) for key in given.keys() - _KEYS)
    if unknown:
        raise ConfigurationError(
            f"{where} has unknown keys: {', '.join(unknown)}. Allowed are {', '.join(sorted(_KEYS))}. "
            "Options of the authenticator belong in its config"
        )
    for key in _TEXTS:
        if not isinstance(given.get(key, ""), str):
            raise ConfigurationError(f"{where}: {key} must be a string")
    config = given.get("config", {})
    if not isinstance(config, Mapping):
        raise ConfigurationError(f"{where}: config must be a dict of options")
    cls = class_of(given["authenticator_class"], where)
    provider = given.get("provider", config.get("provider")) or provider_of(cls)
    if not isinstance(provider, str) or not NAME.fullmatch(provider):
        raise ConfigurationError(
            f"{where}: provider is {provider!r}, but must consist of lower-case letters, digits, - and _, because it "
            "is part of URLs"
        )
    texts = {key: given[key] for key in ("login_service", "icon", "prefix") if key in given}
    return Entry(where, cls, provider, config, **texts)


def class_of(value: Any, where: str) -> type[Authenticator]:
    """Return the authenticator class for an entry point's name, an import path, or a class.

    Raises
    ------
    ConfigurationError
        If there is no such class, or it cannot be imported.
    """
    try:
        loader = _ClassLoader(authenticator_class=value)
    except TraitError as error:
        raise ConfigurationError(f"{where}: {value!r} is not an authenticator{_hint(value, error.__cause__)}") from None
    except Exception as error:  # the import of a package failed
        raise ConfigurationError(f"{where}: {value!r} cannot be loaded: {type(error).__name__}: {error}") from error
    cls: type[Authenticator] = loader.authenticator_class
    return cls


def _hint(value: Any, cause: BaseException | None) -> str:
    """What `class_of` adds about a value that is not an authenticator. `cause` is the error of its import."""
    if not isinstance(value, str):
        return ": give the name of an entry point, a class, or the import path of a class"
    if "." in value:
        return f": {cause}" if isinstance(cause, ImportError) else ": its class does not derive from Authenticator"
    names = nearest_entry_points(value, _ClassLoader.class_traits()["authenticator_class"].load_entry_points())
    meant = f"did you mean {' or '.join(map(repr, names))}? " if names else ""
    return f"; {meant}'jupyterhub --help-all' lists the names of all installed authenticators"
