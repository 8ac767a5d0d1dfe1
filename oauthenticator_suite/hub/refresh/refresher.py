"""Refresh: whether a signed-in user may stay signed in.

JupyterHub asks at every request once `auth_refresh_age` has passed. `Refresher.refresh` is the walk:

1. an outcome of the last seconds answers;
2. stored data answer while they are young, and while the provider is down;
3. otherwise the provider is asked, the answer is evaluated and written, and JupyterHub is told True.

An outage is not a logout: users stay for `refresh_outage_grace`. A grant that has ended, another subject, or a decision
against the user ends the session.

At most one refresh per user runs at any time, and its outcome answers all waiting requests, because a refresh token
that the provider rotates is good once (RFC 9700 §4.14.2). A request waits for `MAX_WAIT` at most; the refresh continues
without it. When more users are due than the provider is asked about at a time, requests do not wait, and the users are
queued.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from typing import Any

from jupyterhub.user import User

from ...errors import (
    ClientRefused,
    ClockDifference,
    ConfigurationError,
    DatabaseFailed,
    HookError,
    InvalidResponse,
    SuiteError,
    TokenResponseError,
    TransportError,
    UnreadableRecord,
    UserLimit,
)
from ..accounts.account_sync import is_persistent, write
from ..accounts.auth_state import encrypted_auth_state, kept_auth_state, store_unsaved
from ..base.access import decision_about
from ..base.admission import admission
from ..base.stored_groups import bound_groups
from ..database import database_access
from ..resilience.circuit_breaker import OUTAGE, CircuitBreaker
from ..resilience.loop_pacing import LoopPacing
from ..resilience.outage_clock import OutageClock
from ..resilience.refresh_queue import RefreshQueue
from ..resilience.user_faults import UserBackoff
from ..sessions.observed import note_refresh
from ..sessions.outcome import Outcome, Reason
from .client_refusals import ClientRefusals
from .decision import RefreshDecision, Stored
from .grace import GracePeriod
from .hook import ask_hook
from .lines import RefreshLines
from .outcomes import Outcomes
from .pauses import Pauses, all_paused
from .ports import RefreshedAuthenticator, RefreshPipeline
from .renewal import Renewal, ends_session

RETRY_AFTER = 20.0
"""Seconds until JupyterHub refreshes a user again after a refresh that could not ask the provider."""

MAX_WAIT = 3.0
"""Seconds that a request waits for its user's refresh. Then stored data answer it, and the refresh continues."""

REQUESTS_PER_ITERATION = 10
"""Requests of due users that are let through per iteration of the event loop: each takes some milliseconds."""


@dataclass(slots=True)
class _Run:
    """A refresh that has not ended.

    `stored` is known once it is read. `waiting` counts the requests that wait. `asked`
    is set when the provider is asked. `slow` is set when no request should
    wait, `stopped` when a login or a logout has cancelled the refresh.
    """

    task: asyncio.Task[Outcome] = field(init=False)
    stored: Stored | None = None
    waiting: int = 0
    asked: bool = False
    stopped: bool = False
    slow: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Refresher:
    """The refreshes of one authenticator. `clock` returns seconds since the epoch."""

    def __init__(
        self,
        authenticator: RefreshedAuthenticator,
        pipeline: RefreshPipeline,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._authenticator = authenticator
        self._pipeline = pipeline
        self.clock = clock

        def now() -> float:
            return self.clock()

        self._decision = RefreshDecision(authenticator, now)
        self._renewal = Renewal(authenticator, pipeline)
        self._outcomes = Outcomes(now)
        self._outages = OutageClock(now)
        self._backoff = UserBackoff(now)
        self._lines = RefreshLines(authenticator)
        self._grace = GracePeriod(authenticator, self._decision, self._outages, self._backoff, self._lines)
        self.breaker = CircuitBreaker(now, authenticator.log, self._lines.note_health)
        self._client_refusals = ClientRefusals(now, authenticator.log)
        self._runs: dict[str, _Run] = {}
        self._pauses = Pauses()
        # logins go first: refreshes take at most half of the connections
        self._max_runs: int = max(1, authenticator.max_provider_connections // 2)
        self._slots = asyncio.Semaphore(self._max_runs)
        self._queue = RefreshQueue(self._max_runs, self._start_queued, now)
        self._pacing = LoopPacing(REQUESTS_PER_ITERATION)

    @property
    def waiting(self) -> int:
        """How many users wait in the queue for a refresh."""
        return len(self._queue)

    @property
    def running(self) -> int:
        """How many refreshes run."""
        return len(self._runs)

    @property
    def failing(self) -> int:
        """About how many users the provider has not answered since."""
        return len(self._outages)

    @property
    def oldest_wait(self) -> float:
        """Seconds for which the first user in the queue has been waiting."""
        return self._queue.oldest_wait

    # --- a request asks ----------------------------------------------------------------------------------------------

    async def refresh(self, user: User) -> Outcome:
        """The outcome for the user, at a request."""
        turn = self._pacing.turn()
        if turn is not None:
            await turn
        outcome = await self._guarded(user, self._recent_or_new_outcome(user))
        if outcome.stays and not outcome.final:
            self._retry_soon(user)
        return outcome

    async def _recent_or_new_outcome(self, user: User) -> Outcome:
        return self._outcomes.recent(user.name) or await self._outcome_for_request(user)

    async def _outcome_for_request(self, user: User) -> Outcome:
        name, stored = user.name, None
        if name not in self._runs and self._authenticator.refresh_user_hook is None:
            found = await self._read(user)
            if isinstance(found, Outcome):
                return found
            stored = found
            if stored.sign_in.identity is not None and self._is_crowded and name not in self._pauses:
                self._queue.join(name, user)
                return await self._decision.on_stored_data(user, stored)
        await self._pauses.over(name)
        return self._outcomes.recent(name) or await self._wait_for(
            user, self._runs.get(name) or self._start(user, stored)
        )

    @property
    def _is_crowded(self) -> bool:
        """Whether a new refresh would have to wait for others that wait as well."""
        return len(self._runs) >= 2 * self._max_runs

    async def _wait_for(self, user: User, run: _Run) -> Outcome:
        """The outcome of a refresh; by stored data, when it takes too long."""
        run.waiting += 1
        events: set[asyncio.Future[Any]] = {run.task, run.slow}
        try:
            await asyncio.wait(events, timeout=MAX_WAIT, return_when=asyncio.FIRST_COMPLETED)
        finally:
            run.waiting -= 1
        if run.task.cancelled():
            # Otherwise the Hub stops. That ends no session.
            return await self._outcome_for_request(user) if run.stopped else Outcome(True, final=False)
        if run.task.done():
            return run.task.result()
        stored = run.stored or await self._read_stored(user)
        if stored is None or stored.sign_in.identity is None:
            return Outcome(False, final=False)
        return await self._decision.on_stored_data(user, stored)

    def _retry_soon(self, user: User) -> None:
        """Have JupyterHub ask again after `RETRY_AFTER`: told True, it would wait for `auth_refresh_age`."""
        age = self._authenticator.auth_refresh_age

        def sooner() -> None:
            if user._auth_refreshed:
                user._auth_refreshed = time.monotonic() - age + min(age, RETRY_AFTER)

        # JupyterHub notes the time of this refresh when the answer reaches it, in this iteration of the event loop.
        asyncio.get_running_loop().call_soon(sooner)

    # --- one refresh -------------------------------------------------------------------------------------------------

    def _start(self, user: User, stored: Stored | None = None) -> _Run:
        name = user.name
        self._queue.leave(name)
        run = self._runs[name] = _Run()
        run.task = asyncio.ensure_future(self._run(user, run, stored))
        run.task.add_done_callback(lambda _: self._runs.pop(name, None))
        return run

    def _start_queued(self, name: str, user: User) -> asyncio.Task[Outcome]:
        return (self._runs.get(name) or self._start(user)).task

    async def _run(self, user: User, run: _Run, stored: Stored | None) -> Outcome:
        name = user.name  # a failed write expires it, and then it can be read only when the database works again
        outcome = await self._guarded(user, self._refreshed(user, run, stored))
        if run.asked:
            outcome = note_refresh(self._authenticator, name, outcome, asked=True)
        self._outcomes.store(name, outcome, told=run.waiting > 0 or not outcome.final)
        if not outcome.stays and not run.waiting:  # no request will do it soon
            self._authenticator.endings.answer(user, None, outcome)
        return outcome

    async def _refreshed(self, user: User, run: _Run, stored: Stored | None) -> Outcome:
        found = stored if stored is not None and stored.is_current(user) else await self._read(user)
        if isinstance(found, Outcome):
            return found
        run.stored = found
        return await self._ask_provider(user, run, found)

    async def _read(self, user: User) -> Outcome | Stored:
        """The outcome, if stored data decide or the provider cannot be asked; else the stored data."""
        authenticator = self._authenticator
        untold = self._outcomes.take_untold(user.name)
        if untold is not None and not untold.stays:
            return untold
        stored = await self._read_stored(user)
        if stored is None:
            return Outcome(False, reason=Reason.NO_LOGIN)
        if authenticator.refresh_user_hook is not None:
            outcome = await ask_hook(authenticator, self._decision, user, stored, was_kept=untold is not None)
            if outcome is not None:
                return outcome
        auth_state = stored.sign_in.auth_state or {}
        if authenticator.endings.has_ended(user, auth_state):
            authenticator.log.debug("The provider has ended the grant of %s: must sign in again", user.name)
            return await self._decision.on_ended(user, stored, Reason.GRANT_ENDED)
        outcome = await self._decision.while_young(user, stored, was_kept=untold is not None)
        if outcome is not None:
            return outcome
        if not stored.sign_in.token_info.get("access_token") and not auth_state.get("refresh_token"):
            authenticator.log.debug("No tokens of %s are stored (after a logout?): must sign in again", user.name)
            return await self._decision.on_ended(user, stored, Reason.LOGOUT)
        if not authenticator.is_of_this_provider(auth_state):
            self._lines.has_no_login(user.name, f"The stored login of {user.name} is of another provider")
            return await self._decision.on_ended(user, stored, Reason.NO_LOGIN)
        if self.breaker.is_open or self._backoff.is_paused(user.name):
            return await self._grace.without_provider(user, stored)
        return stored

    async def _read_stored(self, user: User) -> Stored | None:
        """The stored data; None when there are none.

        Facts are looked up first. After that, reading, deciding and writing rights is one step without waiting (unless
        an override waits), and no login can happen in between.
        """
        try:
            facts = await self._authenticator.facts_about(user.name)
        except TransportError as error:  # raised by an override
            self._lines.without_facts(user.name, error)
            facts = {}
        await self._pauses.over(user.name)
        if not is_persistent(user):
            return None
        with suppress(DatabaseFailed):  # then they stay in memory
            store_unsaved(user)
        encrypted = encrypted_auth_state(user)
        auth_state = await kept_auth_state(user)
        if not auth_state:
            self._lines.has_no_login(user.name, f"{user.name} has no stored auth_state")
            return None
        return Stored(self._pipeline.from_stored(auth_state, user), facts, encrypted)

    async def outcome_of_answer(self, user: User, answer: Any) -> Outcome:
        """The outcome for a user, after an override of `refresh_user` has answered True, a model, or nothing."""
        return await self._guarded(user, self._outcome_of_answer(user, answer))

    async def _outcome_of_answer(self, user: User, answer: Any) -> Outcome:
        stored = await self._read_stored(user)
        if not answer or stored is None:
            return Outcome(bool(answer))
        model = answer if isinstance(answer, Mapping) else {}
        return self._decision.on_hook(user, stored, {**stored.sign_in.auth_model, **model})

    async def _ask_provider(self, user: User, run: _Run, stored: Stored) -> Outcome:
        authenticator, breaker = self._authenticator, self.breaker
        if breaker.is_slow or self._is_crowded:
            run.slow.set_result(None)
        async with self._slots:
            await breaker.not_slow()
            if not breaker.admits(user.name):
                return await self._grace.without_provider(user, stored)
            run.asked = True
            try:
                with breaker.request(user.name), admission(signing_in=False) as current:
                    current.note_facts(user.name, stored.facts)
                    sign_in = await self._renewal.read_again(user, stored.sign_in, self.clock())
            except (TransportError, ConfigurationError, TokenResponseError, ClockDifference) as error:
                if isinstance(error, TokenResponseError) and ends_session(error):
                    authenticator.endings.note_ended_grant(user, await kept_auth_state(user) or {})
                    raise
                # a user can make an answer unreadable, with a text of a megabyte in the profile
                own = isinstance(error, (UserLimit, InvalidResponse)) or user.name in breaker.user_faults
                if own or isinstance(error, ClockDifference):
                    self._backoff.failed(user.name, getattr(error, "retry_after", None), own=own)
                if isinstance(error, ClientRefused):
                    self._client_refusals.refused(user.name, error)
                elif own or not isinstance(error, OUTAGE):  # an outage is logged by the breaker, once for all users
                    self._lines.cannot_refresh(user.name, error)
                return await self._grace.without_provider(user, stored)
        outcome = await self._decision.on_answer(user, sign_in, stored.facts)
        outdated = authenticator.seconds_outdated(sign_in, stored.facts, self.clock()) if outcome.stays else 0.0
        if outdated > authenticator.refresh_outage_grace:
            why = f"claims that only the ID token has are outdated for {int(outdated)} s"
            return self._lines.must_sign_in(user.name, why, Outcome(False, reason=Reason.GRANT_ENDED))
        if outcome.stays:
            bound_groups(authenticator, sign_in.auth_model)
            await authenticator.reconcile(sign_in.auth_model, user)
            authenticator.managed_roles.complete(sign_in.auth_model, was_admin=user.admin, user=user)
            await write(authenticator, user, sign_in.auth_model)
        self._backoff.forget(user.name)
        if outcome.stays and not outcome.final:
            arguments = user.name, sign_in.auth_model, sign_in.identity, stored.facts
            if not decision_about(authenticator, *arguments).retry:
                return self._grace.with_incomplete_answer(user, outcome)
        self._outages.answered(user.name)
        return outcome

    async def _guarded(self, user: User, work: Coroutine[Any, Any, Outcome]) -> Outcome:
        """The result of `work`. An error ends the session, unless the Hub's own data could not be read or written."""
        name = "a user"  # until it is read: after a failed write it comes from the database again
        try:
            with database_access(user.db, "the refresh of a user"):
                name = user.name
                return await work
        except (DatabaseFailed, UnreadableRecord) as error:
            return self._grace.without_own_data(name, error)
        except SuiteError as error:
            return self._lines.ended(name, error)
        except Exception as error:
            self._authenticator.log.exception("Refreshing %s failed", name)
            return self._lines.ended(name, HookError(f"unexpected {type(error).__name__} at refresh"))
        finally:
            work.close()  # if it has not started

    # --- a login or a logout -----------------------------------------------------------------------------------------

    def paused(self, name: str) -> AbstractAsyncContextManager[None]:
        """Stop the user's refresh, and begin none, while a login or a logout replaces the stored data.

        Earlier outcomes are forgotten. The user's requests wait until this ends.
        """
        return all_paused((self,), name)

    def begin_pause(self, name: str) -> asyncio.Task[Any] | None:
        """Begin no refresh of the user from now on. Returns one that runs and was told to stop."""
        self._pauses.begin(name)
        self._queue.leave(name)
        self._forget(name)
        run = self._runs.get(name)
        if run is None:
            return None
        run.stopped = True
        run.task.cancel()
        return run.task

    def has_stopped(self, name: str) -> None:
        """Forget what the stopped refresh has left, and start the next one."""
        self._queue.start_next()
        self._forget(name)

    def end_pause(self, name: str) -> None:
        """Allow refreshes of the user again."""
        self._pauses.end(name)

    def _forget(self, name: str) -> None:
        self._outcomes.forget(name)
        self._outages.forget(name)
        self._backoff.forget(name)
