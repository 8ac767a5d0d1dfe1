"""The configuration of each child, derived from the Hub's; and usernames that are qualified by a provider."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import deepcopy

from jupyterhub.auth import Authenticator
from traitlets.config import Config, Configurable

from ...errors import ConfigurationError
from ..options import MultiOptions
from .entries import Entry

USERS = ("allowed_users", "admin_users", "blocked_users")
"""Options of `MultiAuthenticator` with usernames that are qualified by a provider, such as ``github:alice``."""

_OLD = ("whitelist", "blacklist", "admin_whitelist")
_FOR_THE_PAGE = ("auto_login", "auto_login_oauth2_authorize", "login_service", "custom_html", "any_allow_config")
_NOT_PASSED_ON = {*USERS, *_OLD, *_FOR_THE_PAGE, "username_collision", "authenticators"}

_GIVES = ("allowed", "admin")
_GRANTING = (
    "allowed_users", "admin_users", "allowed_groups", "admin_groups", "group_roles", "whitelist", "group_whitelist",
    "entitlement_namespaces",
)  # fmt: skip
"""Options that grant rights by name. A name is ambiguous unless the option belongs to one provider.

Options with the tags of `hub.options.trait_types.rule`, such as a GitHub organization, are treated in the same way.
"""


def config_for(entry: Entry, multi: Configurable, enable_auth_state: bool) -> Config:
    """Return the configuration of the child of `entry`.

    Precedence, from the highest: the entry's ``config``; the sections of the child's class and its bases;
    ``c.MultiAuthenticator``; ``c.Authenticator``.
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
        config[cls.__name__][option] = value
    for option, text in (("provider", entry.provider), ("login_service", entry.login_service)):
        if text and option in known:
            config[cls.__name__][option] = text
    return config


def refuse_ambiguous_names(multi: Configurable, classes: Sequence[type[Authenticator]]) -> None:
    """Refuse options that grant rights by name in a section that several children read.

    Raises
    ------
    ConfigurationError
        If there is such an option: ``alice`` of one provider is not ``alice`` of another.
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
            if option in (*USERS, *_OLD) and section in multi.section_names():  # qualified by a provider
                continue
            raise ConfigurationError(
                f"c.{section}.{option} applies to {readers} providers, and the same name may mean another person or "
                "group at each: set it in the config of one provider"
            )


def split_by_provider(
    option: str, names: Iterable[str], providers: Sequence[str], *, plain_for_all: bool
) -> dict[str, set[str]]:
    """Split the names of an option by provider: ``github:alice`` becomes ``alice`` of ``github``.

    Parameters
    ----------
    option:
        The option, as it is named in errors.
    names:
        The names in the option.
    providers:
        The providers of all children.
    plain_for_all:
        Whether a name without a provider means the users of that name at all providers.

    Returns
    -------
    For each provider, its names.

    Raises
    ------
    ConfigurationError
        If a name has an unknown provider, or needs a provider and has none.
    """
    found: dict[str, set[str]] = {provider: set() for provider in providers}
    for name in names:
        provider, colon, login = name.partition(":")
        if colon:
            if provider not in found:
                raise ConfigurationError(
                    f"{option} contains {name!r}, but there is no provider {provider!r}: there are "
                    f"{', '.join(providers)}"
                )
            found[provider].add(login)
        elif plain_for_all or len(providers) == 1:
            for own in found.values():
                own.add(name)
        else:
            raise ConfigurationError(
                f"{option} contains {name!r}, which may be another person at each of {', '.join(providers)}: "
                f"add the provider, as in '{providers[0]}:{name}'"
            )
    return found
