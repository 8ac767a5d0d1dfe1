"""From `MultiAuthenticator.authenticators` to what there is to sign in with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyterhub.auth import Authenticator
from jupyterhub.traitlets import EntryPointType
from traitlets import HasTraits, TraitError

from ...errors import ConfigurationError
from ...plugins import NAME

_TEXTS = ("provider", "login_service", "icon", "prefix")
_KEYS = {"authenticator_class", "config", *_TEXTS}


@dataclass(frozen=True, slots=True)
class Entry:
    """One way to sign in.

    `where` is how the operator's configuration calls it. `prefix` is None where the entry says nothing of one.
    """

    where: str
    authenticator_class: type[Authenticator]
    provider: str
    config: Mapping[str, Any] = field(default_factory=dict)
    login_service: str = ""
    icon: str = ""
    prefix: str | None = None


class _Named(HasTraits):
    authenticator_class = EntryPointType(klass=Authenticator, entry_point_group="jupyterhub.authenticators")


def entry_of(given: Any, where: str) -> Entry:
    """The entry that the operator has written as `given`.

    Raises
    ------
    ConfigurationError
        Naming what is wrong with it; `where` is how it is called.
    """
    if isinstance(given, (str, type)):
        given = {"authenticator_class": given}
    if not isinstance(given, Mapping) or "authenticator_class" not in given:
        raise ConfigurationError(f"{where} must be a dict with authenticator_class (and config, provider …)")
    unknown = sorted(str(key) for key in given.keys() - _KEYS)
    if unknown:
        raise ConfigurationError(
            f"{where} has {', '.join(unknown)}, which is not known: it may have {', '.join(sorted(_KEYS))}. "
            "Options of the authenticator go into its config"
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
            f"{where}: provider is {provider!r}, but must be of small letters, digits, - and _, as it is part of URLs"
        )
    texts = {key: given[key] for key in ("login_service", "icon", "prefix") if key in given}
    return Entry(where, cls, provider, config, **texts)


def class_of(value: Any, where: str) -> type[Authenticator]:
    """The authenticator of this name: an entry point, a class, or an import path.

    Raises
    ------
    ConfigurationError
        When there is none.
    """
    try:
        named = _Named(authenticator_class=value)
    except TraitError:
        raise ConfigurationError(
            f"{where}: {value!r} is no authenticator: no entry point, class or path of one"
        ) from None
    except Exception as error:  # of a package that fails to be imported
        raise ConfigurationError(f"{where}: {value!r} cannot be loaded: {type(error).__name__}: {error}") from error
    cls: type[Authenticator] = named.authenticator_class
    return cls


def provider_of(cls: type[Authenticator]) -> str:
    """What a way to sign in is called when the operator does not say: by its class."""
    given: str = getattr(cls, "default_provider", "")
    if given:
        return given
    stem = re.sub(r"O?Authenticator$", "", cls.__name__.removeprefix("Local")) or cls.__name__
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")
