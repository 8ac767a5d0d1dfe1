"""The contract for authenticators of other packages: how they sign a user in, and whether they are active."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyterhub.auth import Authenticator

from ...errors import ConfigurationError


def check_contract(authenticator: Authenticator) -> None:
    """Refuse a class that cannot sign in any user.

    Raises
    ------
    ConfigurationError
        When neither the class nor a base class defines `authenticate`.
    """
    if type(authenticator).authenticate is Authenticator.authenticate:
        raise ConfigurationError(
            f"{type(authenticator).__name__} does not define authenticate(handler, data): define it, or derive the "
            "class from one that does"
        )


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
