"""Logins with a form for which no directory is needed: one's own, and a dictionary of names and passwords."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User
from traitlets import Bool

from ..errors import AccessDenied, ConfigurationError
from ..hub.accounts.record import KEY, SessionRecord
from ..hub.base.authenticator import AuthModel
from ..hub.base.hooks import call_hook
from ..hub.options import ClaimOptions
from ..policy.claims import find_claim, names_in
from .forms.authenticator import FormAuthenticator

PROFILE = "profile"
"""The key of `auth_state` under which the user's data are kept."""


class SimpleAuthenticator(ClaimOptions, FormAuthenticator):
    """A form of one's own: a subclass writes `authenticate(handler, data)`, and the rest is there.

    As it stands it lets nobody in; with `enable_demo`, everybody whose password is their name.
    """

    default_provider = "simple"
    takes_otp = True

    enable_demo = Bool(
        False,
        config=True,
        help="""
        Let everybody sign in under any name, with that name as the password: to look at a Hub, never for a real one.

        .. versionadded:: 0.1
        """,
    )

    async def authenticate(self, handler: BaseHandler | None, data: dict[str, str]) -> Any:
        """None; with `enable_demo` the name, when the password is the same. A subclass replaces this.

        See `local.forms.authenticator.FormAuthenticator.authenticate` for what it gets and may return.
        """
        name, password = data.get("username", ""), data.get("password", "")
        same = hmac.compare_digest(name.encode("utf-8", "replace"), password.encode("utf-8", "replace"))
        return name if self.enable_demo and same and name else None

    async def build_auth_state(
        self, kept: Mapping[str, Any] | None, claims: Mapping[str, Any], record: SessionRecord
    ) -> dict[str, Any] | None:
        """What `authenticate` gave, what `modify_auth_state_hook` makes of that, and whose account it is."""
        auth_state: Any = {**({PROFILE: dict(claims)} if claims else {}), **(kept or {})}
        if self.modify_auth_state_hook is not None:
            auth_state = await call_hook("modify_auth_state_hook", self.modify_auth_state_hook, self, auth_state)
        if isinstance(auth_state, dict):
            record.into(auth_state)
            return auth_state
        return None

    async def groups_of(self, answer: Mapping[str, Any], auth_state: Mapping[str, Any] | None) -> list[str]:
        """The ``groups`` that `authenticate` gave, else what `auth_state_groups_key` finds."""
        value, key = answer.get("groups"), self.auth_state_groups_key
        if value is None and callable(key):
            value = await call_hook("auth_state_groups_key", key, auth_state or {})
        elif value is None and key:
            value = find_claim(auth_state or {}, key)
        names, complaints = names_in(value)
        for complaint in complaints:
            self.log.warning("%s: what is to be the user's groups %s", type(self).__name__, complaint)
        return names

    def kept_claims(self, auth_state: Mapping[str, Any]) -> Mapping[str, Any]:
        """The profile of the login."""
        claims = auth_state.get(PROFILE)
        return claims if isinstance(claims, Mapping) else {}

    async def reread_user(self, user: User, auth_state: dict[str, Any]) -> AuthModel | None:
        """The model, as far as it is known now; None where restrictions on the profile cannot be judged by it.

        Raises
        ------
        AccessDenied
            When they could be, had the user logged in since `enable_auth_state` was set.
        """
        if self._required_of_claims() and KEY not in auth_state:
            if not self.enable_auth_state:
                return None
            raise AccessDenied("enable_auth_state", "nothing is kept of the login; asked to log in")
        return await super().reread_user(user, auth_state)

    def _required_of_claims(self) -> list[str]:
        restrictions = ClaimOptions.class_traits(rule=lambda part: part == "required")
        return [option for option in restrictions if getattr(self, option)]

    def check_configuration(self) -> None:
        """Refuse to start with options that do nothing, and warn of the demonstration."""
        super().check_configuration()
        name = f"c.{type(self).__name__}"
        is_ours = type(self).authenticate is SimpleAuthenticator.authenticate
        if self.enable_demo and not is_ours:
            raise ConfigurationError(f"{name}.enable_demo has no use with an authenticate() of one's own: remove it")
        if self.enable_demo:
            self.log.warning("%s.enable_demo: everybody can sign in as anybody. Not for a real hub.", name)
        elif is_ours:
            self.log.warning(
                "%s lets nobody in as it stands: write a subclass with an authenticate(), or set %s.enable_demo = True",
                type(self).__name__,
                name,
            )
