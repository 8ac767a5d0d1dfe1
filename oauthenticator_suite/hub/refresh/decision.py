"""May somebody who is signed in stay, and as what? The decision, taken again; nobody is asked."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyterhub.user import User

from ...errors import AccessDenied, TransportError
from ..accounts.account_sync import write
from ..accounts.auth_state import kept_auth_state
from ..accounts.record import SessionRecord
from ..base.authenticator import AuthModel
from .outcomes import Outcome
from .renewal import token_ends

if TYPE_CHECKING:
    from ..oauth.authenticator import OAuthenticator


READ = "auth_state_as_read"
"""The key of a model under which is the `auth_state` that it was made of, as the Hub has it: encrypted."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is kept of a user; `model` is None when it does not hold enough for one."""

    auth_state: dict[str, Any]
    record: SessionRecord
    model: AuthModel | None


class Staying:
    """The decisions of one authenticator. `clock` tells the time, in seconds since the epoch."""

    def __init__(self, authenticator: OAuthenticator, clock: Callable[[], float]) -> None:
        self._authenticator = authenticator
        self._clock = clock

    async def find_out(self, user: User) -> AuthModel:
        """What one has to wait for, beside what is kept, to judge the user.

        Before that is read: from there on it is one step to judge it and to write what follows, and no login of the
        user's elsewhere can come between.
        """
        noted: AuthModel = {}
        try:
            await self._authenticator.find_out(user.name, noted)
        except TransportError as error:  # of an override's: see `_denial`
            self._authenticator.log.warning("What rules ask of %s cannot be asked: %s", user.name, error.detail)
        return noted

    async def auth_state(self, user: User, noted: AuthModel) -> dict[str, Any] | None:
        """What is kept of the user. As what the Hub has it, is `noted`."""
        noted[READ] = user.encrypted_auth_state
        return await kept_auth_state(user)

    async def known(self, user: User, auth_state: dict[str, Any], noted: AuthModel) -> Known:
        """What the user's `auth_state` amounts to, with what was `noted`."""
        model = await self._authenticator.kept_model(auth_state, user)
        return Known(auth_state, SessionRecord.of(auth_state), {**model, **noted} if model is not None else None)

    async def while_young(self, user: User, known: Known) -> Outcome | None:
        """The outcome if what is known decides; None when the provider is to be asked.

        That is also when no rule lets the user in, and no block or restriction keeps them out: a name that has been
        added to an option since was not looked up then.
        """
        model = known.model
        if model is None or self._due(user.name, known.record):
            return None
        denied = await self._denial(user, model)
        if denied is not None and not self._authenticator.decide(user.name, model).barred:
            return None
        return self._as_known(user, model, denied)

    def _due(self, name: str, record: SessionRecord) -> bool:
        """Whether the token ends, or what the provider told is old.

        Each user's limit differs a little, so that those who signed in together do not fall due together.
        """
        now = self._clock()
        if token_ends(record, now):
            return True
        share = zlib.crc32(name.encode("utf-8", "replace")) / 2**32
        return not 0 <= now - record.read_at < self._authenticator.user_data_max_age * (0.75 + 0.25 * share)

    async def may_stay(self, user: User, model: AuthModel) -> bool:
        """The decision, taken again: the Hub's refresh asks neither for blocks nor for allow rules."""
        return self._stays(user, await self._denial(user, model))

    def is_barred(self, user: User, model: AuthModel) -> bool:
        """Whether a block or a restriction keeps the user out; no override has a say in that."""
        return not self._stays(user, self._bar(user, model))

    async def on_what_is_known(self, user: User, model: AuthModel, *, final: bool = True) -> Outcome:
        """The outcome when the provider is not asked, or not yet."""
        return self._as_known(user, model, await self._denial(user, model), final=final)

    async def _denial(self, user: User, model: AuthModel) -> AccessDenied | None:
        """Why the user may not stay, if so."""
        try:
            await self._authenticator.readmit(user.name, model)
        except AccessDenied as denied:
            return denied
        except TransportError as error:  # an override asks somebody who does not answer: an outage is not a logout
            self._authenticator.log.warning("Whether %s may stay cannot be asked: %s", user.name, error.detail)
            return self._bar(user, model)
        return None

    def _bar(self, user: User, model: AuthModel) -> AccessDenied | None:
        """The block or restriction that keeps the user out, if one does."""
        decision = self._authenticator.decide(user.name, model)
        return AccessDenied(decision.rule) if decision.barred else None

    def is_all_known(self, user: User, model: AuthModel) -> bool:
        """Whether nothing was missing to judge the user; else they are to be judged again soon."""
        missing = self._authenticator.decide(user.name, model).unknown
        if missing:
            self._authenticator.log.warning("%s stays for now: %s", user.name, missing)
        return not missing

    def _as_known(self, user: User, model: AuthModel, denied: AccessDenied | None, *, final: bool = True) -> Outcome:
        """The outcome without the provider; the Hub learns what of its rights has changed."""
        authenticator = self._authenticator
        if not self._stays(user, denied):
            return Outcome(False, final=final)
        other_rights = model.get("admin") not in (None, user.admin)  # an option has changed since the login
        forgotten = authenticator.manage_roles and not user._auth_refreshed  # by a Hub that has just started: the roles
        if (other_rights or forgotten) and model.get(READ, user.encrypted_auth_state) != user.encrypted_auth_state:
            return Outcome(True, final=False)  # an override has taken its time, and meanwhile a login has said more
        if other_rights or forgotten:
            authenticator.settle_roles(model, was_admin=user.admin)
            write(authenticator, user, model)
        return Outcome(True, final=self.is_all_known(user, model) and final)

    def _stays(self, user: User, denied: AccessDenied | None) -> bool:
        """Whether nothing was `denied`; else the log says what."""
        if denied is not None:
            log = self._authenticator.log
            log.warning("The session of %s ends: rule=%s: %s", user.name, denied.rule, denied.detail)
        return denied is None
