"""Somebody is signed in: are they still who they were, and may they stay?

The Hub asks at every page once `auth_refresh_age` has passed. The answer comes from the provider when what is known is
old, and from what is known when it is young, or when the provider is down. An outage is not a logout: users stay for
`refresh_outage_grace`. A grant that is gone, another subject, or a decision that has changed ends the session.

For each user at most one refresh is under way, and its result serves all who wait: a refresh token that the provider
rotates is good once (RFC 9700 §4.14.2). A page does not wait for long: what comes later
is told to the user's next page.
"""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from jupyterhub.user import User
from jupyterhub.utils import maybe_future

from ..errors import (
    AccessDenied,
    ConfigurationError,
    HookError,
    IdentityError,
    InvalidGrant,
    InvalidToken,
    SuiteError,
    TokenResponseError,
    TransportError,
)
from .base import AuthModel
from .breaker import OUTAGE, Breaker
from .refresh_outcomes import Outcome, Outcomes
from .renewal import ask_again, says_no, token_ends
from .session_record import SessionRecord, keep_record
from .turns import Turns

if TYPE_CHECKING:
    from .authenticator import OAuthenticator

ASK_AGAIN = 20.0
"""Seconds after which the Hub is made to ask again about a user for whom the provider could not answer."""

PATIENCE = 3.0
"""Seconds that a page waits for its refresh; then it is answered from what is known, and the refresh goes on."""

AWAY = 3600.0
"""Seconds after which a user's earlier failure was another outage, if the provider has answered others since."""


@dataclass(slots=True)
class _UnderWay:
    """A refresh that has not ended.

    `waiting` is how many pages wait for it, `known` what was known of the user before. `takes_long` is set when a page
    had better not wait.
    """

    task: asyncio.Task[Outcome] = field(init=False)
    waiting: int = 0
    known: AuthModel | None = None
    takes_long: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Refresher:
    """The refreshes of one authenticator."""

    def __init__(self, authenticator: OAuthenticator, clock: Callable[[], float] = time.time) -> None:
        self._authenticator = authenticator
        self._clock = clock
        self._under_way: dict[str, _UnderWay] = {}
        self._outcomes = Outcomes(clock)
        self._failing: dict[str, tuple[float, float]] = {}
        self.breaker = Breaker(clock, authenticator.log)
        # logins go first: refreshes take at most half of the connections
        self._turns = Turns(max(1, authenticator.max_provider_connections // 2))

    async def refresh(self, user: User) -> bool | AuthModel:
        """The Hub's answer for `user`. Whoever else waits for the same user gets the same one."""
        outcome = self._outcomes.latest(user.name) or await self._join(user)
        if not outcome.final:
            self._have_hub_ask_again(user)
        return outcome.for_hub()

    async def forget(self, name: str) -> None:
        """The user logs out, or logs in anew: stop a refresh that is under way, which would bring old tokens back.

        Its result, and earlier ones, answer nobody any more.
        """
        run = self._under_way.get(name)
        if run is not None:
            run.task.cancel()
            await asyncio.wait({run.task})
        self._outcomes.forget(name)
        self._failing.pop(name, None)

    async def _join(self, user: User) -> Outcome:
        """The outcome of the refresh that is under way, or of a new one; without it, if that takes long."""
        name = user.name
        run = self._under_way.get(name)
        if run is None:
            run = self._under_way[name] = _UnderWay()
            run.task = asyncio.ensure_future(self._refresh(user, run))
            run.task.add_done_callback(lambda _: self._under_way.pop(name, None))
        run.waiting += 1
        signs: set[asyncio.Future[Any]] = {run.task, run.takes_long}
        try:
            await asyncio.wait(signs, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        finally:
            run.waiting -= 1
        if run.task.cancelled():
            return Outcome(False)
        return run.task.result() if run.task.done() else await self._meanwhile(user, run)

    async def _refresh(self, user: User, run: _UnderWay) -> Outcome:
        name = user.name
        try:
            outcome = await self._outcome(user, run)
            if not run.waiting:
                outcome = await self._put_by(user, outcome)
        except SuiteError as error:
            outcome = self._log_end(user, error)
        except Exception as error:
            failure = HookError(f"unexpected {type(error).__name__} at refresh")
            self._authenticator.log.exception("Refreshing %s failed", user.name)
            outcome = self._log_end(user, failure)
        self._outcomes.keep(name, outcome, told=run.waiting > 0 or not outcome.final)
        return outcome

    async def _put_by(self, user: User, outcome: Outcome) -> Outcome:
        """Save what has come too late for the page that asked. What the Hub is to know of it, the next page tells."""
        if outcome.model is None or not outcome.model.get("auth_state"):
            return outcome
        await user.save_auth_state(outcome.model["auth_state"])
        return replace(outcome, model={key: value for key, value in outcome.model.items() if key != "auth_state"})

    async def _meanwhile(self, user: User, run: _UnderWay) -> Outcome:
        """The answer while the provider's is still to come."""
        if run.known is None:
            auth_state = await user.get_auth_state()
            run.known = await self._authenticator.kept_model(auth_state) if auth_state else None
        if run.known is None:
            return Outcome(False, final=False)
        return await self._on_what_is_known(user, run.known, final=False)

    async def _outcome(self, user: User, run: _UnderWay) -> Outcome:
        authenticator = self._authenticator
        untold = self._outcomes.take_untold(user.name)
        if untold is not None:
            judged = untold.model is None or await self._may_stay(user, untold.model)
            return untold if judged else Outcome(False)
        auth_state = await user.get_auth_state()
        if not auth_state:
            authenticator.log.info("%s has no auth_state to refresh, and is asked to log in", user.name)
            return Outcome(False)
        if authenticator.refresh_user_hook is not None:
            answer = await authenticator.call_hook(
                "refresh_user_hook", authenticator.refresh_user_hook, authenticator, user, auth_state
            )
            if isinstance(answer, dict):
                if answer.keys() & {"groups", "roles"}:
                    authenticator.settle_roles(answer, was_admin=user.admin)
                if answer.get("auth_state"):
                    keep_record(answer["auth_state"], auth_state)
                    await authenticator.reconcile(answer, user)
            if answer is not None:
                return Outcome(bool(answer), answer if isinstance(answer, dict) else None)
        record = SessionRecord.of(auth_state)
        kept = await authenticator.kept_model(auth_state)
        if kept is not None and not self._due(user.name, record) and await self._is_decided(user, kept):
            return await self._on_what_is_known(user, kept)
        if not authenticator.kept_token_info(auth_state).get("access_token") and not auth_state.get("refresh_token"):
            authenticator.log.info("No tokens of %s are kept (after a logout, say), who is asked to log in", user.name)
            return Outcome(False)
        run.known = kept
        if self.breaker.open:
            return await self._without_provider(user, kept)
        if self.breaker.in_doubt or self._turns.line_is_long:
            run.takes_long.set_result(None)
        async with self._turns:
            await self.breaker.without_doubt()
            if not self.breaker.lets_through():
                return await self._without_provider(user, kept)
            try:
                with self.breaker.asking():
                    model = await ask_again(authenticator, user, auth_state, record, self._clock())
            except (TransportError, ConfigurationError, TokenResponseError) as error:
                if isinstance(error, TokenResponseError) and says_no(error):
                    raise
                if not isinstance(error, OUTAGE):  # of which the breaker tells, once for all users
                    authenticator.log.warning("%s cannot be refreshed for now: %s", user.name, error.detail)
                return await self._without_provider(user, kept)
        self._failing.pop(user.name, None)
        if not await self._may_stay(user, model):
            return Outcome(False)
        await authenticator.reconcile(model, user)
        authenticator.settle_roles(model, was_admin=user.admin)
        return Outcome(True, model)

    def _due(self, name: str, record: SessionRecord) -> bool:
        """Whether the provider is to be asked: the token ends, or what it told is old.

        Each user's limit differs a little, so that those who signed in together do not fall due together.
        """
        now = self._clock()
        if token_ends(record, now):
            return True
        share = zlib.crc32(name.encode("utf-8", "replace")) / 2**32
        return not 0 <= now - record.read_at < self._authenticator.user_data_max_age * (0.75 + 0.25 * share)

    async def _without_provider(self, user: User, kept: AuthModel | None) -> Outcome:
        """The provider could not answer: the user stays for a while, if the rules let them on what is known."""
        seconds = self._failing_for(user.name)
        if seconds >= self._authenticator.refresh_outage_grace or kept is None:
            self._authenticator.log.warning(
                "%s is asked to log in again: the provider has not answered for %d s", user.name, seconds
            )
            return Outcome(False, final=False)
        return await self._on_what_is_known(user, kept, final=False)

    def _failing_for(self, name: str) -> float:
        """Seconds since this user could first not be refreshed, up to now; what is long over does not count."""
        now = self._clock()
        since, latest = self._failing.get(name, (now, now))
        if now - latest >= AWAY and self.breaker.answered_at > latest:
            since = now
        self._failing[name] = (since, now)
        return now - since

    async def _on_what_is_known(self, user: User, kept: AuthModel, *, final: bool = True) -> Outcome:
        authenticator = self._authenticator
        stays = await self._may_stay(user, kept)
        if not stays or not authenticator.manage_roles or user._auth_refreshed:
            return Outcome(stays, final=final)
        # A Hub that has just started has forgotten the roles that logins assigned. It keeps the tokens that it has.
        authenticator.settle_roles(kept, was_admin=user.admin)
        return Outcome(True, {key: value for key, value in kept.items() if key != "auth_state"}, final)

    async def _is_decided(self, user: User, kept: AuthModel) -> bool:
        """Whether what is known decides: it lets the user stay, or a block or restriction does not.

        If no rule lets them in, the provider is asked though the data are young: a name that has been added to an
        option since was not looked up then.
        """
        try:
            await self._authenticator.readmit(user.name, {**kept, "name": user.name})
        except AccessDenied:
            return self._authenticator.decide(user.name, kept).barred
        return True

    async def _may_stay(self, user: User, model: AuthModel) -> bool:
        """The decision, taken again: the Hub's refresh asks neither for blocks nor for allow rules."""
        authenticator = self._authenticator
        model["name"] = user.name
        try:
            await authenticator.readmit(user.name, model)
        except AccessDenied as denied:
            authenticator.log.warning("The session of %s ends: rule=%s: %s", user.name, denied.rule, denied.detail)
            return False
        if model.get("admin") is None:
            model["admin"] = await maybe_future(authenticator.is_admin(None, model))
        return True

    def _log_end(self, user: User, error: SuiteError) -> Outcome:
        known = isinstance(error, (InvalidGrant, TokenResponseError, InvalidToken, IdentityError, AccessDenied))
        log = self._authenticator.log.info if known else self._authenticator.log.error
        log("The session of %s ends: %s: %s", user.name, type(error).__name__, error.detail)
        return Outcome(False)

    def _have_hub_ask_again(self, user: User) -> None:
        """The Hub, told True, would wait for `auth_refresh_age`; an outage may be over long before that."""
        age = self._authenticator.auth_refresh_age

        def sooner() -> None:
            if user._auth_refreshed:
                user._auth_refreshed = time.monotonic() - age + min(age, ASK_AGAIN)

        # The Hub notes the time of this refresh as soon as the answer reaches it, in this same turn of the loop.
        asyncio.get_running_loop().call_soon(sooner)
