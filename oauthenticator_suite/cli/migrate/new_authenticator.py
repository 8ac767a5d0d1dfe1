"""The authenticator that a configuration describes, made from what it says literally. Nothing of it is run."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyterhub.auth import Authenticator
from traitlets import TraitError

from ...errors import ConfigurationError
from .files import read
from .literals import is_readable
from .reading import Setting
from .trial import PLACEHOLDER_URL, config_of

_NAMES_BY_CODE = ("user_info_to_username", "normalize_username", "update_auth_model", "authenticate", "token_to_user")
"""Methods that can give a user another name than the class of this package does."""

_NAMES_BY_OPTION = ("username_claim", "post_auth_hook", "username_map", "idps", "strip_domain", "hosted_domain")
"""Options that can do so, and whose value may be code."""

_DECIDES = frozenset({"enable_auth_state", "rebind_accounts_by_name", "follow_renames", "username_collision"})
"""Options that decide whose an account is, so that the report needs their values."""

_TEXTS = frozenset({"client_id", "client_secret", "client_secret_file", "login_service"})
"""Options of an entry that the report leaves out."""

_AS_LITERALS = "write it as a literal, in a copy of the configuration for this command"

_LOG = logging.getLogger("oauthenticator_suite.migrate")
_LOG.addHandler(logging.NullHandler())
_LOG.propagate = False


class CannotTell(Exception):
    """The configuration does not say which authenticator the Hub has. The message says what to do, without secrets."""


@dataclass(frozen=True)
class NewAuthenticator:
    """The authenticator of the Hub after the move.

    Attributes
    ----------
    authenticator:
        Made from the literal options, and not connected to a Hub.
    name:
        The name of its class.
    names_by:
        What in the configuration gives users their names and cannot be run here, such as ``c.….username_claim``; empty
        if there is nothing.
    """

    authenticator: Authenticator
    name: str
    names_by: tuple[str, ...] = ()

    @property
    def children(self) -> dict[str, Any]:
        """The children of `MultiAuthenticator` by provider; otherwise the authenticator alone."""
        found: dict[str, Any] = getattr(self.authenticator, "children", {"": self.authenticator})
        return found

    @property
    def knows_issuers(self) -> bool:
        """Whether the configuration says at which provider users sign in."""
        issuers = [getattr(child, "account_issuer", None) or "" for child in self.children.values()]
        return not any(issuer.startswith(PLACEHOLDER_URL) for issuer in issuers)


def authenticator_of(path: Path) -> NewAuthenticator:
    """The authenticator that the configuration at `path` describes, in the form of oauthenticator or of this package.

    Raises
    ------
    CannotTell
        When it names none of this package, or a class that cannot be made from its literal options.
    UnreadableConfiguration
        When a file cannot be read.
    """
    rules = read(path).rules
    active = [cls for cls, _, mention in rules.active if mention.role == "active"]
    if not active:
        raise CannotTell(
            f"{path} does not say in c.JupyterHub.authenticator_class which authenticator of this package the Hub has"
        )
    cls = active[-1]
    sections = {base.__name__ for base in cls.__mro__}
    settings = [each for reading in rules.readings for each in reading.settings if each.section in sections]
    for setting in settings:
        if setting.option in _DECIDES and setting.how != "read" and not is_readable(setting.value):
            raise CannotTell(f"the value of {setting.place} cannot be read: {_AS_LITERALS}")
    config, _ = config_of(cls, settings)
    entries = [each.value for each in settings if each.option == "authenticators" and each.how == "set"]
    if entries and "authenticators" not in config.MultiAuthenticator and isinstance(entries[-1], list):
        config.MultiAuthenticator.authenticators = [
            _with_placeholders(entry, f"placeholder-{number}") for number, entry in enumerate(entries[-1])
        ]
    if cls.__name__ == "MultiAuthenticator" and "authenticators" not in config.MultiAuthenticator:
        raise CannotTell(
            f"the entries of c.MultiAuthenticator.authenticators cannot be read: {_AS_LITERALS}, and the class of each "
            'entry as its name, such as "suite-github"'
        )
    try:
        made = cls(config=config, log=_LOG)
    except (ConfigurationError, TraitError) as error:
        text = error.detail if isinstance(error, ConfigurationError) else str(error)
        raise CannotTell(
            f"the Hub would not start with {path}: {text}. Run this command without --database first"
        ) from None
    own = {name for subclass in rules.subclasses.values() if subclass.name == cls.__name__ for name in subclass.methods}
    by_method = [f"{cls.__name__}.{name}" for name in _NAMES_BY_CODE if name in own]
    known = sections if isinstance(getattr(made, "children", None), dict) else {"*", *sections}
    unreadable = {name for reading in rules.readings for name in reading.unreadable_sections} & known
    by_section = [f"c.{name}" for name in sorted(unreadable)]
    return NewAuthenticator(made, cls.__name__, (*by_method, *_by_option(settings), *by_section))


def _with_placeholders(entry: Any, text: str) -> Any:
    """An entry of `MultiAuthenticator` with `text` in place of values, such as secrets, that only a run would tell.

    Raises
    ------
    CannotTell
        When the class of the entry, or an option that decides whose account it is, is such a value.
    """
    if not isinstance(entry, dict) or is_readable(entry):
        return entry
    options = entry.get("config")
    others = {name: value for name, value in entry.items() if name != "config"}
    if not is_readable(others) or not isinstance(options, dict):
        raise CannotTell(
            f"an entry of c.MultiAuthenticator.authenticators cannot be read: {_AS_LITERALS}, and the class of each "
            'entry as its name, such as "suite-github"'
        )
    unknown = [name for name, value in options.items() if not is_readable(value)]
    if not set(unknown) <= _TEXTS:
        named = ", ".join(sorted(set(unknown) - _TEXTS))
        raise CannotTell(f"{named} in an entry of c.MultiAuthenticator.authenticators cannot be read: {_AS_LITERALS}")
    return {**entry, "config": {**options, **dict.fromkeys(unknown, text)}}


def _by_option(settings: Iterable[Setting]) -> Iterable[str]:
    for setting in settings:
        readable = setting.how == "set" and is_readable(setting.value)
        if setting.how != "read" and setting.option in _NAMES_BY_OPTION and not readable:
            yield setting.place
