"""Whether a signed-in user may stay, and with which rights: the access decision, taken again on known data."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from jupyterhub.user import User

from ...errors import AccessDenied, TransportError
from ...protocol.text import printable
from ..accounts.account_sync import write_rights
from ..accounts.auth_state import encrypted_auth_state
from ..accounts.sign_in import SignIn
from ..base.access import decision_about
from ..sessions.observed import extra_of_refresh, log_denial
from ..sessions.outcome import Outcome, Reason
from .ports import RefreshedAuthenticator
from .renewal import token_expires


@dataclass(frozen=True, slots=True)
class Stored:
    """The stored data of a user, as read at one moment.

    Attributes
    ----------
    sign_in:
        What they amount to. Without an identity when they do not hold enough for a decision.
    facts:
        The result of `facts_about`, looked up before the data were read.
    encrypted:
        The encrypted `auth_state` as it was read: another value means that a login or a refresh has replaced it.
    """

    sign_in: SignIn
    facts: Mapping[str, Any]
    encrypted: bytes | None

    def is_current(self, user: User) -> bool:
        """Whether the data have not been replaced since they were read."""
        return bool(encrypted_auth_state(user) == self.encrypted)


class RefreshDecision:
    """The decisions of one authenticator about signed-in users. `clock` returns seconds since the epoch."""

    def __init__(self, authenticator: RefreshedAuthenticator, clock: Callable[[], float]) -> None:
        self._authenticator = authenticator
        self._clock = clock

    def is_due(self, user: User, stored: Stored) -> bool:
        """Whether the access token expires, or the user's data are older than `user_data_max_age`.

        The age differs a little from user to user, so that users who signed in together are not due together.
        """
        record, now = stored.sign_in.record, self._clock()
        if token_expires(record, now):
            return True
        share = zlib.crc32(user.name.encode("utf-8", "replace")) / 2**32
        return not 0 <= now - record.read_at < self._authenticator.user_data_max_age * (0.75 + 0.25 * share)

    async def while_young(self, user: User, stored: Stored, *, was_kept: bool = False) -> Outcome | None:
        """The outcome by stored data; None when the provider must be asked.

        `was_kept` says that a refresh has kept the user, and that no request has got its outcome yet: then the data
        count as young.

        The provider is also asked when no rule allows the user and none bars them: the membership that a new entry in
        an option names was not looked up at the login.
        """
        if stored.sign_in.identity is None or (self.is_due(user, stored) and not was_kept):
            return None
        denied, unknown = await self._decide(user, stored.sign_in, stored.facts)
        if denied is not None and not denied.barred and not was_kept:
            return None
        return self._outcome(user, stored, denied, unknown, final=True)

    async def on_stored_data(self, user: User, stored: Stored) -> Outcome:
        """The outcome by stored data, when the provider is not asked, or not yet. It is never final."""
        denied, unknown = await self._decide(user, stored.sign_in, stored.facts)
        return self._outcome(user, stored, denied, unknown, final=False)

    async def on_answer(self, user: User, sign_in: SignIn, facts: Mapping[str, Any]) -> Outcome:
        """The outcome by the provider's answer. Its model is complete afterwards, and not yet written."""
        denied, unknown = await self._decide(user, sign_in, facts)
        return self._denial(user, denied) or Outcome(True, final=self._is_sure(user, unknown))

    async def on_ended(self, user: User, stored: Stored, reason: Reason) -> Outcome:
        """The outcome for a user whose stored tokens are gone or worthless: denied, or sign in again."""
        if stored.sign_in.identity is not None:
            denied, _ = await self._decide(user, stored.sign_in, stored.facts)
            if denied is not None and denied.barred:
                return self._denial(user, denied) or Outcome(False, reason=reason)
        return Outcome(False, reason=reason)

    def on_hook(self, user: User, stored: Stored, model: Mapping[str, Any]) -> Outcome:
        """The outcome by `refresh_user_hook`, which keeps no user past a block or a restriction."""
        decision = decision_about(self._authenticator, user.name, model, stored.sign_in.identity, stored.facts)
        denied = AccessDenied(decision.rule) if decision.barred else None
        return self._denial(user, denied) or Outcome(True, final=self._is_sure(user, decision.unknown))

    async def _decide(self, user: User, sign_in: SignIn, facts: Mapping[str, Any]) -> tuple[AccessDenied | None, str]:
        """Why the user may not stay, if so, and what a rule could not tell."""
        arguments = user.name, sign_in.auth_model, sign_in.identity, facts
        try:
            return None, (await self._authenticator.readmit(*arguments)).unknown
        except AccessDenied as denied:
            return denied, ""
        except TransportError as error:  # an override asks a service that does not answer: an outage is not a logout
            extra = extra_of_refresh(self._authenticator, user.name, Outcome(True, final=False))
            self._authenticator.log.warning(
                "Whether %s may stay cannot be asked: %s", user.name, error.detail, extra=extra
            )
        decision = decision_about(self._authenticator, *arguments)
        return (AccessDenied(decision.rule) if decision.barred else None), decision.unknown

    def _outcome(
        self, user: User, stored: Stored, denied: AccessDenied | None, unknown: str, *, final: bool
    ) -> Outcome:
        denial = self._denial(user, denied)
        if denial is not None and denied is not None:
            # That no rule allows a user is not known before the provider is asked: an option may name a new group.
            return denial if final or denied.barred else Outcome(False, final=False)
        authenticator, model = self._authenticator, stored.sign_in.auth_model
        rights_differ = model.get("admin") not in (None, user.admin)  # an option has changed since the login
        roles_unknown = authenticator.manage_roles and not user._auth_refreshed  # JupyterHub loses them at a restart
        if rights_differ or roles_unknown:
            if not stored.is_current(user):
                return Outcome(True, final=False)  # a slow override: a login has written newer rights in the meantime
            authenticator.managed_roles.complete(model, was_admin=user.admin, user=user)
            write_rights(authenticator, user, model)
        return Outcome(True, final=self._is_sure(user, unknown) and final)

    def _denial(self, user: User, denied: AccessDenied | None) -> Outcome | None:
        if denied is None:
            return None
        return replace(log_denial(self._authenticator, user.name, denied), revocable=denied.rule == "blocked_users")

    def _is_sure(self, user: User, unknown: str) -> bool:
        if unknown:
            extra = extra_of_refresh(self._authenticator, user.name, Outcome(True, final=False))
            text = "%s stays for now: %s"
            self._authenticator.log.warning(text, printable(user.name), printable(unknown), extra=extra)
        return not unknown
