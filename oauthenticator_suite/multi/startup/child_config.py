"""Each child's own configuration, out of the one that the Hub has; and the names in it that say whose they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import deepcopy

from jupyterhub.auth import Authenticator
from traitlets.config import Config, Configurable

from ...errors import ConfigurationError
from ..options import MultiOptions
from .entries import Entry

USERS = ("allowed_users", "admin_users", "blocked_users")
"""Options of all children together whose names say whose they are: ``github:alice``."""

_OLD = ("whitelist", "blacklist", "admin_whitelist")
_FOR_THE_PAGE = ("auto_login", "auto_login_oauth2_authorize", "login_service", "custom_html", "any_allow_config")
_NOT_PASSED_ON = {*USERS, *_OLD, *_FOR_THE_PAGE, "username_collision", "authenticators"}

_GIVES = ("allowed", "admin")
_GRANTING = (
    "allowed_users", "admin_users", "allowed_groups", "admin_groups", "group_roles", "whitelist", "group_whitelist",
)  # fmt: skip
"""Options that give something to whoever bears a name: a name means nobody until it is said who gives it.

So do all options tagged as such a rule (`hub.options.trait_types.rule`), such as a GitHub organization.
"""


def section_for(entry: Entry, multi: Configurable, enable_auth_state: bool) -> Config:
    """The configuration of the child of `entry`.

    What holds for all (``c.Authenticator``, and ``c.MultiAuthenticator`` above that) comes below what the child's own
    sections say, and that below the entry's ``config``.

    Raises
    ------
    ConfigurationError
        When the entry has an option that its class does not have.
    """
    config = deepcopy(multi.config)
    cls = entry.authenticator_class
    own = {section for section in multi.section_names() if section not in Authenticator.section_names()}
    for_all = Config()
    for section in multi.section_names():
        if config._has_section(section):
            for_all.merge(config[section])
        if section in own:
            config.pop(section, None)
    for option in [
        *_NOT_PASSED_ON,
        *(MultiOptions.class_own_traits(config=True).keys() - cls.class_traits(config=True)),
    ]:
        for_all.pop(option, None)
    for_all["enable_auth_state"] = enable_auth_state
    config["Authenticator"] = for_all
    known = cls.class_traits(config=True)
    for option, value in entry.config.items():
        if option not in known:
            raise ConfigurationError(f"{entry.where}: config has {option!r}, which {cls.__name__} does not have")
        config[cls.__name__][option] = value
    for option, text in (("provider", entry.provider), ("login_service", entry.login_service)):
        if text and option in known:
            config[cls.__name__][option] = text
    return config


def refuse_names_of_nobody(multi: Configurable, classes: Sequence[type[Authenticator]]) -> None:
    """Refuse names that several children would take, each for its own.

    Raises
    ------
    ConfigurationError
        When a section that several children read gives something to users or groups: ``alice`` of one place is another
        person than ``alice`` of the other.
    """
    read_by: dict[str, int] = {}
    granting = set(_GRANTING)
    for cls in classes:
        rules = {name for name, trait in cls.class_traits(config=True).items() if trait.metadata.get("rule") in _GIVES}
        granting |= rules
        for section in set(cls.section_names()) | set(multi.section_names()):
            read_by[section] = read_by.get(section, 0) + 1
    for section, readers in sorted(read_by.items()):
        if readers < 2 or not multi.config._has_section(section):
            continue
        for option in sorted(granting):
            if option not in multi.config[section]:
                continue
            if option in (*USERS, *_OLD) and section in multi.section_names():  # which say whose they are
                continue
            raise ConfigurationError(
                f"c.{section}.{option} holds for {readers} ways to sign in, and the same name may be another "
                "person or group in each: set it in the config of the one that is meant"
            )


def share_out(
    option: str, names: Iterable[str], providers: Sequence[str], *, plain_for_all: bool
) -> dict[str, set[str]]:
    """Whose the names of an option are: ``github:alice`` is github's ``alice``.

    Parameters
    ----------
    plain_for_all:
        Whether a name without a provider means everybody of that name.

    Returns
    -------
    By provider, the names that are its own.

    Raises
    ------
    ConfigurationError
        When a name has no provider and must have one, or has one that there is not.
    """
    found: dict[str, set[str]] = {provider: set() for provider in providers}
    for name in names:
        provider, colon, login = name.partition(":")
        if colon:
            if provider not in found:
                raise ConfigurationError(
                    f"{option} has {name!r}, but there is no provider {provider!r}: there are {', '.join(providers)}"
                )
            found[provider].add(login)
        elif plain_for_all or len(providers) == 1:
            for own in found.values():
                own.add(name)
        else:
            raise ConfigurationError(
                f"{option} has {name!r}, who may be another person in each of {', '.join(providers)}: "
                f"say whose it is, as in '{providers[0]}:{name}'"
            )
    return found
