"""Somebody is signed in: are they still who they were, and may they stay?

The Hub asks at every page once `auth_refresh_age` has passed. The answer comes from the provider when what is known is
old, and from what is known when it is young, or when the provider is down. An outage is not a logout: users stay for
`refresh_outage_grace`. A grant that is gone, another subject, or a decision that has changed ends the session.

For each user at most one refresh is under way, and its result serves all who wait: a refresh token that the provider
rotates is good once (RFC 9700 §4.14.2). A page does not wait for long: what comes later is written down without it.
Where so many are due that each would have to wait for others, no page waits, and the users stand in line.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from jupyterhub.user import User
from sqlalchemy import inspect

from ...errors import (
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
from ..accounts.account_sync import anything_new, write
from ..accounts.record import keep_record
from ..base.authenticator import AuthModel
from ..resilience.circuit_breaker import OUTAGE, Breaker, NotHeard
from ..resilience.loop_pacing import Pace, calm
from ..resilience.outage_clock import OutageClock
from ..resilience.refresh_queue import Line
from .decision import Known, Staying
from .outcomes import Outcome, Outcomes
from .renewal import ask_again, says_no

if TYPE_CHECKING:
    from ..oauth.authenticator import OAuthenticator

T = TypeVar("T")

ASK_AGAIN = 20.0
"""Seconds after which the Hub is made to ask again about a user for whom the provider could not answer."""

PATIENCE = 3.0
"""Seconds that a page waits for its refresh; then it is answered from what is known, and the refresh goes on."""

A_TURN = 10
"""Pages of users who are due that are let go on at each turn of the event loop: each is some milliseconds' work."""

UNHEARD = 3
"""Times one after another that the provider has perhaps answered, and this Hub had no time to read it, before that
counts as no answer.
"""


@dataclass(slots=True)
class _UnderWay:
    """A refresh that has not ended.

    `known` is what was known of the user before, once it is read, `waiting` how many pages wait for the end.
    `takes_long` is set when a page had better not wait, `stopped` when the refresh was, for a login or a logout.
    """

    task: asyncio.Task[Outcome] = field(init=False)
    known: Known | None = None
    waiting: int = 0
    stopped: bool = False
    takes_long: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


@dataclass(slots=True)
class _Change:
    """What is kept of a user is being replaced, by so many at a time."""

    by: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Refresher:
    """The refreshes of one authenticator."""

    def __init__(self, authenticator: OAuthenticator, clock: Callable[[], float] = time.time) -> None:
        self._authenticator = authenticator
        self._clock = clock
        self._staying = Staying(authenticator, clock)
        self._under_way: dict[str, _UnderWay] = {}
        self._changes: dict[str, _Change] = {}
        self._outcomes = Outcomes(clock)
        self._outages = OutageClock(clock)
        self._unheard: Counter[str] = Counter()
        self.breaker = Breaker(clock, authenticator.log)
        # logins go first: refreshes take at most half of the connections
        self._at_once: int = max(1, authenticator.max_provider_connections // 2)
        self._turns = asyncio.Semaphore(self._at_once)
        self._line = Line(self._at_once, self._call)
        self._pace = Pace(A_TURN)

    async def refresh(self, user: User) -> bool | AuthModel:
        """The Hub's answer for `user`. Whoever else waits for the same user gets the same one."""
        step = self._pace.step()
        if step is not None:
            await step
        outcome = self._outcomes.latest(user.name) or await self._answer(user)
        if outcome.stays and not outcome.final:  # told False, the Hub asks at the next page: it must not count as a yes
            self._have_hub_ask_again(user)
        return outcome.for_hub()

    @asynccontextmanager
    async def stopped(self, name: str) -> AsyncIterator[None]:
        """While the user logs out, or logs in anew: no refresh goes on or begins, which would bring old tokens back.

        Earlier results answer nobody any more. The user's pages that are due wait for the end of this.
        """
        change = self._changes.setdefault(name, _Change())
        change.by += 1
        try:
            self._line.leave(name)
            run = self._under_way.get(name)
            if run is not None:
                run.stopped = True
                run.task.cancel()
                await asyncio.wait({run.task})
                self._line.go_on()
            self._outcomes.forget(name)
            self._outages.forget(name)
            del self._unheard[name]
            yield
        finally:
            change.by -= 1
            if not change.by:
                del self._changes[name]
                change.over.set()

    # --- a page that asks --------------------------------------------------------------------------------------------

    async def _answer(self, user: User) -> Outcome:
        """What is known answers at once if it can. Else, and where an operator's hook has a say, a refresh does."""
        name = user.name
        if name not in self._under_way and self._authenticator.refresh_user_hook is None:
            outcome = await self._guarded(name, self._without_asking(user)) or self._outcomes.latest(name)
            if outcome is not None:
                return outcome
        await self._no_change(name)
        return await self._wait_for(user, self._under_way.get(name) or self._begin(name, user))

    async def _without_asking(self, user: User) -> Outcome | None:
        """The outcome, if it takes nobody else: for now also when the user has to stand in line."""
        found = await self._look(user)
        if isinstance(found, Outcome):
            return found
        if found.model is None or not self._many or user.name in self._changes:
            return None  # a refresh reads anew what is kept: an override that took its time has perhaps let one pass
        self._line.join(user.name, user)
        return await self._staying.on_what_is_known(user, found.model, final=False)

    async def _no_change(self, name: str) -> None:
        """Wait while what is kept of the user is being replaced."""
        while (change := self._changes.get(name)) is not None:
            await change.over.wait()

    @property
    def _many(self) -> bool:
        """Whether whoever comes now must wait until others have waited for their turn as well."""
        return len(self._under_way) >= 2 * self._at_once

    async def _wait_for(self, user: User, run: _UnderWay) -> Outcome:
        """The outcome of a refresh; without it, if that takes long."""
        run.waiting += 1
        signs: set[asyncio.Future[Any]] = {run.task, run.takes_long}
        try:
            await asyncio.wait(signs, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        finally:
            run.waiting -= 1
        if run.task.cancelled():
            return await self._answer(user) if run.stopped else Outcome(False)
        return run.task.result() if run.task.done() else await self._meanwhile(user, run)

    async def _meanwhile(self, user: User, run: _UnderWay) -> Outcome:
        """The answer while the provider's is still to come."""
        known = run.known
        if known is None:  # a hook takes its time
            noted = await self._staying.find_out(user)
            auth_state = await self._staying.auth_state(user, noted)
            known = await self._staying.known(user, auth_state, noted) if auth_state else None
        if known is None or known.model is None:
            return Outcome(False, final=False)
        return await self._staying.on_what_is_known(user, known.model, final=False)

    # --- a refresh ---------------------------------------------------------------------------------------------------

    def _begin(self, name: str, user: User) -> _UnderWay:
        self._line.leave(name)
        run = self._under_way[name] = _UnderWay()
        run.task = asyncio.ensure_future(self._refresh(name, user, run))
        run.task.add_done_callback(lambda _: self._under_way.pop(name, None))
        return run

    def _call(self, name: str, user: User) -> asyncio.Task[Outcome]:
        """The turn has come of somebody in line."""
        return (self._under_way.get(name) or self._begin(name, user)).task

    async def _refresh(self, name: str, user: User, run: _UnderWay) -> Outcome:
        outcome = await self._guarded(name, self._outcome(user, run))
        self._outcomes.keep(name, outcome, told=run.waiting > 0 or not outcome.final)
        return outcome

    async def _outcome(self, user: User, run: _UnderWay) -> Outcome:
        found = await self._look(user)
        if isinstance(found, Known):
            run.known = found
            found = await self._ask(user, run, found)
        return found if run.waiting else await self._write_down(user, found)

    async def _look(self, user: User) -> Outcome | Known:
        """The outcome, if the provider need not be asked or cannot be; else what is known of the user."""
        authenticator = self._authenticator
        if not _has_account(user):
            return Outcome(False)
        untold = self._outcomes.take_untold(user.name)
        if untold is not None and not untold.stays:
            return untold
        noted = await self._staying.find_out(user)
        await self._no_change(user.name)
        if not _has_account(user):
            return Outcome(False)
        auth_state = await self._staying.auth_state(user, noted)
        if not auth_state:
            authenticator.log.info("%s has no auth_state to refresh, and is asked to log in", user.name)
            return Outcome(False)
        if untold is not None:  # it is written down already; what has changed since is the rules, perhaps
            known = await self._staying.known(user, auth_state, noted)
            if authenticator.refresh_user_hook is not None:
                return Outcome(not self._staying.is_barred(user, known.model or noted))
            if known.model is not None:
                return await self._staying.on_what_is_known(user, known.model)
        if authenticator.refresh_user_hook is not None:
            told = await self._told_by_hook(user, auth_state, noted)
            if told is not None:
                return told
        known = await self._staying.known(user, auth_state, noted)
        outcome = await self._staying.while_young(user, known)
        if outcome is not None:
            return outcome
        if not authenticator.kept_token_info(auth_state).get("access_token") and not auth_state.get("refresh_token"):
            authenticator.log.info("No tokens of %s are kept (after a logout, say), who is asked to log in", user.name)
            return Outcome(False)
        if not authenticator.is_of_this_provider(auth_state):
            raise InvalidGrant(
                "another_provider", "what is kept of the login is of another provider than the one set now"
            )
        return await self._without_provider(user, known.model) if self.breaker.open else known

    async def _told_by_hook(self, user: User, auth_state: dict[str, Any], noted: AuthModel) -> Outcome | None:
        """The outcome by `refresh_user_hook`; None when it leaves it to us.

        It may keep in whom no rule lets in any more, but nobody past a block or a restriction.
        """
        authenticator = self._authenticator
        answer = await authenticator.call_hook(
            "refresh_user_hook", authenticator.refresh_user_hook, authenticator, user, auth_state
        )
        if not answer:
            return None if answer is None else Outcome(False)
        known = (await self._staying.known(user, auth_state, noted)).model or noted
        judged = {**known, **(answer if isinstance(answer, dict) else {}), **noted}  # of now, if it brings older ones
        if self._staying.is_barred(user, judged):
            return Outcome(False)
        final = self._staying.is_all_known(user, judged)
        if not isinstance(answer, dict):
            return Outcome(True, final=final)
        # A copy, as the hook may give all users one and the same; with who it is judged as, should it be told later.
        answer = {"identity": known.get("identity"), **answer}
        if answer.keys() & {"groups", "roles"}:
            authenticator.settle_roles(answer, was_admin=user.admin)
        if answer.get("auth_state"):
            keep_record(answer["auth_state"], auth_state)
            await authenticator.reconcile(answer, user)
        return Outcome(True, answer, final=final)

    async def _ask(self, user: User, run: _UnderWay, known: Known) -> Outcome:
        """What the provider says now."""
        authenticator = self._authenticator
        if self.breaker.in_doubt or self._many:
            run.takes_long.set_result(None)
        async with self._turns:
            await calm()
            await self.breaker.without_doubt()
            if not self.breaker.lets_through():
                return await self._without_provider(user, known.model)
            try:
                with self.breaker.asking():
                    model = await ask_again(authenticator, user, known.auth_state, known.record, self._clock())
            except (TransportError, ConfigurationError, TokenResponseError) as error:
                if isinstance(error, TokenResponseError) and says_no(error):
                    raise
                if not isinstance(error, OUTAGE):  # of which the breaker tells, once for all users
                    authenticator.log.warning("%s cannot be refreshed for now: %s", user.name, error.detail)
                if isinstance(error, NotHeard) and known.model is not None and self._unheard[user.name] < UNHEARD:
                    self._unheard[user.name] += 1
                    authenticator.log.info("This Hub had no time to hear what the provider says of %s", user.name)
                    return await self._staying.on_what_is_known(user, known.model, final=False)
                return await self._without_provider(user, known.model)
        self._outages.answered(user.name)
        del self._unheard[user.name]
        if not await self._staying.may_stay(user, model):
            return Outcome(False)
        await authenticator.reconcile(model, user)
        authenticator.settle_roles(model, was_admin=user.admin)
        return Outcome(True, model, final=self._staying.is_all_known(user, model))

    async def _write_down(self, user: User, outcome: Outcome) -> Outcome:
        """Do what the Hub would have done with a model for which no page waits any more."""
        model = outcome.model
        if model is None or not _has_account(user):
            return outcome
        if model.get("auth_state"):
            await user.save_auth_state(model["auth_state"])
        if anything_new(self._authenticator, user, model):
            write(self._authenticator, user, model)
        return replace(outcome, model=None)

    async def _without_provider(self, user: User, model: AuthModel | None) -> Outcome:
        """The provider could not answer: the user stays for a while, if the rules let them on what is known."""
        seconds = self._outages.failed(user.name, self._authenticator.refresh_outage_grace)
        if seconds >= self._authenticator.refresh_outage_grace or model is None:
            self._authenticator.log.warning(
                "%s is asked to log in again: the provider has not answered for %d s", user.name, seconds
            )
            return Outcome(False, final=False)
        return await self._staying.on_what_is_known(user, model, final=False)

    async def _guarded(self, name: str, work: Awaitable[T]) -> T | Outcome:
        """What `work` comes to. An error ends the session."""
        try:
            return await work
        except SuiteError as error:
            return self._log_end(name, error)
        except Exception as error:
            self._authenticator.log.exception("Refreshing %s failed", name)
            return self._log_end(name, HookError(f"unexpected {type(error).__name__} at refresh"))

    def _log_end(self, name: str, error: SuiteError) -> Outcome:
        known = isinstance(error, (InvalidGrant, TokenResponseError, InvalidToken, IdentityError, AccessDenied))
        log = self._authenticator.log.info if known else self._authenticator.log.error
        log("The session of %s ends: %s: %s", name, type(error).__name__, error.detail)
        return Outcome(False)

    def _have_hub_ask_again(self, user: User) -> None:
        """The Hub, told True, would wait for `auth_refresh_age`; an outage may be over long before that."""
        age = self._authenticator.auth_refresh_age

        def sooner() -> None:
            if user._auth_refreshed:
                user._auth_refreshed = time.monotonic() - age + min(age, ASK_AGAIN)

        # The Hub notes the time of this refresh as soon as the answer reaches it, in this same turn of the loop.
        asyncio.get_running_loop().call_soon(sooner)


def _has_account(user: User) -> bool:
    """False when it has been deleted since the page was asked for."""
    return bool(inspect(user.orm_user).persistent)
