"""What an authenticator of another package has to say of itself: how it signs in, and whether it is to be active."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyterhub.auth import Authenticator

from ...errors import ConfigurationError


class PlugIn:
    """The base contract: a subclass must write `authenticate`; `configure` and `validate_token` it may."""

    config: Any
    parent: Any

    is_enabled: bool = True
    """Whether this authenticator is active. One that the configuration names is not asked: naming it is enough."""

    def configure(self) -> None:
        """Set `is_enabled`: whether a plug-in that was only discovered is to be active.

        By default it is when the operator has set an option under the class's own name (``c.MyAuthenticator.…``). What
        stands under a name that it shares with other classes, such as ``c.Authenticator``, says nothing about it. An
        override may look at options, files or the environment, but must not ask the network: the Hub is starting.
        """
        self.is_enabled = has_options_of_its_own(self)

    async def validate_token(self, token: str) -> bool | None:
        """Whether whoever issued an access token says that it is good: True, False, or None when that is unknown.

        None here. Classes that sign in at an OAuth provider ask it at a refresh; a class that keeps a token and has a
        `refresh_user` of its own asks it there.
        """
        return None

    def check_contract(self) -> None:
        """Refuse a class that cannot sign in anybody.

        Raises
        ------
        ConfigurationError
            When nobody has written its `authenticate`.
        """
        if getattr(type(self), "authenticate", None) is Authenticator.authenticate:
            raise ConfigurationError(f"{type(self).__name__} has no authenticate(handler, data): write one")


def has_options_of_its_own(authenticator: Any) -> bool:
    """Whether the operator has set an option under the name of the authenticator's class.

    Of one of several the configuration of all is read: its own copy has what was put there for it.
    """
    name, parent = type(authenticator).__name__, authenticator.parent
    configs: list[Mapping[str, Any]] = [authenticator.config]
    if parent is not None:
        configs = [parent.config, parent._find_my_config(parent.config)]
    return any(config.get(name) for config in configs)
