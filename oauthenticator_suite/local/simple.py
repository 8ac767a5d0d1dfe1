"""`SimpleAuthenticator`: the base for an operator's own login with a form."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from typing import Any

from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User
from traitlets import Bool

from ..errors import AccessDenied
from ..hub.accounts.record import KEY, SessionRecord
from ..hub.base.authenticator import AuthModel
from ..hub.base.hooks import call_hook
from ..hub.findings.finding import ERROR, WARNING, Problem, check, section
from ..hub.options import ClaimOptions
from ..policy.claims import find_claim, names_in
from .forms.authenticator import FormAuthenticator

PROFILE = "profile"
"""The key of `auth_state` that holds the claims about the user."""


def _has_own_authenticate(authenticator: Any) -> bool:
    return type(authenticator).authenticate is not SimpleAuthenticator.authenticate


@check("demo-overridden", ERROR, "`enable_demo` is set for a class with its own `authenticate`.", "Remove the option.")
def demo_without_effect(authenticator: Any) -> Iterator[Problem]:
    """The operator's method decides."""
    if authenticator.enable_demo and _has_own_authenticate(authenticator):
        yield Problem("enable_demo", "has no effect when authenticate() is overridden")


@check("demo", WARNING, "`enable_demo` is on.", "Do not use it in production.")
def demo(authenticator: Any) -> Iterator[Problem]:
    """No password is checked."""
    if authenticator.enable_demo and not _has_own_authenticate(authenticator):
        yield Problem("enable_demo", "is on: anyone can sign in under any name")


@check(
    "refuses-all",
    WARNING,
    "`SimpleAuthenticator` is used without a subclass.",
    "Write a subclass with an `authenticate()` method.",
)
def refuses_all(authenticator: Any) -> Iterator[Problem]:
    """The class is a base for the operator's own."""
    if not authenticator.enable_demo and not _has_own_authenticate(authenticator):
        yield Problem(
            section(authenticator),
            "refuses all users",
            f"Write a subclass with an authenticate() method, or set {section(authenticator)}.enable_demo = True",
        )


class SimpleAuthenticator(ClaimOptions, FormAuthenticator):
    """The base for an operator's own login with a form. A subclass writes `authenticate(handler, data)`.

    The class itself refuses all users. With `enable_demo` it accepts all users whose password is their name.
    """

    default_provider = "simple"
    takes_otp = True
    startup_checks = (demo_without_effect, demo, refuses_all)

    enable_demo = Bool(
        False,
        config=True,
        help="""
        Accept any name, with the same text as the password. For demonstrations, never for a production Hub.

        .. versionadded:: 0.1
        """,
    )

    async def authenticate(self, handler: BaseHandler | None, data: dict[str, str]) -> Any:
        """None; with `enable_demo` the name, if the password is the same. A subclass replaces this method.

        See `local.forms.authenticator.FormAuthenticator.authenticate` for its arguments and result.
        """
        name, password = data.get("username", ""), data.get("password", "")
        same = hmac.compare_digest(name.encode("utf-8", "replace"), password.encode("utf-8", "replace"))
        return name if self.enable_demo and same and name else None

    async def build_auth_state(
        self, stored: Mapping[str, Any] | None, claims: Mapping[str, Any], record: SessionRecord
    ) -> dict[str, Any] | None:
        """The `auth_state` of a login: the data and claims that `authenticate` returned, and the login record.

        `modify_auth_state_hook` may change it.
        """
        auth_state: Any = {**({PROFILE: dict(claims)} if claims else {}), **(stored or {})}
        if self.modify_auth_state_hook is not None:
            auth_state = await call_hook("modify_auth_state_hook", self.modify_auth_state_hook, self, auth_state)
        if isinstance(auth_state, dict):
            record.into(auth_state)
            return auth_state
        return None

    async def groups_of(self, answer: Mapping[str, Any], auth_state: Mapping[str, Any] | None) -> list[str]:
        """The ``groups`` that `authenticate` returned, or those that `auth_state_groups_key` finds."""
        value, key = answer.get("groups"), self.auth_state_groups_key
        if value is None and callable(key):
            value = await call_hook("auth_state_groups_key", key, auth_state or {})
        elif value is None and key:
            value = find_claim(auth_state or {}, key)
        names, complaints = names_in(value)
        for complaint in complaints:
            self.log.warning("%s: the value for the user's groups %s", type(self).__name__, complaint)
        return names

    def stored_claims(self, auth_state: Mapping[str, Any]) -> Mapping[str, Any]:
        """The claims that the last login stored."""
        claims = auth_state.get(PROFILE)
        return claims if isinstance(claims, Mapping) else {}

    async def reread_user(self, user: User, auth_state: dict[str, Any]) -> AuthModel | None:
        """The model of a signed-in user as far as it is known now.

        None when options restrict claims and no claims are stored, because `enable_auth_state` is off: then the
        restrictions were checked at the login only.

        Raises
        ------
        AccessDenied
            When no claims are stored because the login was before `enable_auth_state` was set.
        """
        if self._restricts_claims() and KEY not in auth_state:
            if not self.enable_auth_state:
                return None
            raise AccessDenied("enable_auth_state", "the claims of the login are not stored: must log in again")
        return await super().reread_user(user, auth_state)

    def _restricts_claims(self) -> bool:
        restrictions = ClaimOptions.class_traits(rule=lambda part: part == "required")
        return any(getattr(self, option) for option in restrictions)
