"""The contract for authenticators of other packages: their names in URLs, and whether they are active."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any


def has_own_options(authenticator: Any) -> bool:
    """Whether the operator has set an option in the section that is named after the authenticator's class.

    For a child of `MultiAuthenticator` the parent's configuration is read, because the child's own copy also holds
    options that the parent put there.
    """
    name, parent = type(authenticator).__name__, authenticator.parent
    configs: list[Mapping[str, Any]] = [authenticator.config]
    if parent is not None:
        configs = [parent.config, parent._find_my_config(parent.config)]
    return any(config.get(name) for config in configs)


def provider_of(cls: type) -> str:
    """The default name of an authenticator in URLs, derived from its class: ``github`` for `GitHubOAuthenticator`."""
    given: str = getattr(cls, "default_provider", "")
    if given:
        return given
    stem = re.sub(r"O?Authenticator$", "", cls.__name__.removeprefix("Local")) or cls.__name__
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")
