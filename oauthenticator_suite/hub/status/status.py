"""The status of sign-ins on one Hub: what is shown, and where it is read."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from weakref import WeakKeyDictionary

from jupyterhub.auth import Authenticator
from sqlalchemy.orm import Session

from ..findings.finding import SEVERITIES
from ..findings.running import findings_by_provider
from ..findings.secrets import secrets_in, without
from ..observe.state import ProviderState
from ..options.status_page import status_page_of
from ..resilience.circuit_breaker import SLOW
from ..sessions.asking import AsksToSignIn
from ..store.refusals import RuleRefusals
from ..store.settings import EVERYONE_MUST_SIGN_IN_SINCE
from ..store.store import store_of
from .record import COUNTED_FOR, ProviderRecord, StatusRecord

State = Literal["up", "slow", "down", "not_asked", "local", "unknown"]
"""The state of a way to sign in.

``not_asked``: no request has been sent to the provider since the start of the Hub. ``local``: users sign in on the Hub
itself. ``unknown``: its class belongs to another package, which does not say.
"""

FINDINGS_KEPT = 3600.0
"""Seconds after which the checks of the configuration run again."""

RULES_SHOWN = 50
"""Rules of which refusals are shown."""


class ShowsStatus(AsksToSignIn, Protocol):
    """The part of the Hub's authenticator that is read. `SuiteAuthenticator` and `MultiAuthenticator` have it."""

    @property
    def observed_ways(self) -> Mapping[str, Authenticator]:
        """The ways to sign in, by their names in facts."""

    def observed_states(self) -> list[ProviderState]:
        """The present state of each way to sign in whose class belongs to this package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WayStatus:
    """One way to sign in. Times are seconds since the epoch; None stands for what is not known.

    Attributes
    ----------
    provider:
        Its name in URLs, options and facts.
    name:
        Its name for users.
    since:
        Since when it has been in this state.
    answer_time:
        The median of the provider's last answers, in seconds.
    sign_ins:
        The sign-ins of the last 24 hours, counted since the start of the Hub.
    status_url:
        The provider's own status page; empty if none is known.
    """

    provider: str
    name: str
    state: State
    since: float | None
    answer_time: float | None
    sign_ins: int
    status_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStatus:
    """The provider's keys, or the client secret.

    Attributes
    ----------
    kind:
        ``keys`` or ``client_secret``.
    since:
        When the keys were fetched, or the secret was changed.
    until:
        When the next login fetches the keys again, or the secret expires.
    is_failing:
        Whether the last attempt to fetch the keys has failed.
    """

    provider: str
    kind: Literal["keys", "client_secret"]
    since: float | None
    until: float | None
    is_failing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueStatus:
    """The refreshes of signed-in users, of all providers.

    Attributes
    ----------
    waiting, running:
        How many wait in the queue, and how many run.
    failing:
        The number of users without an answer of the provider since their last refresh.
    oldest:
        How long the first user in the queue has been waiting, in seconds.
    """

    waiting: int = 0
    running: int = 0
    failing: int = 0
    oldest: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingStatus:
    """A finding of `oauthenticator-suite check`, with the name of the way to sign in; empty for the Hub's own."""

    provider: str
    severity: str
    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Everything that the status page shows.

    Attributes
    ----------
    as_of:
        When it was read.
    counted_since:
        The start of the Hub: sign-ins and answers are counted in memory.
    refusals:
        The refusals of the last 24 hours by provider and rule, the latest first.
    everyone_asked_at:
        When all users were last asked to sign in again.
    signed_in:
        The number of users who can be signed in: with a login within the lifetime of the Hub's cookie, whose sessions
        have not been ended since.
    """

    as_of: float
    counted_since: float
    ways: Sequence[WayStatus]
    findings: Sequence[FindingStatus]
    refusals: Sequence[RuleRefusals]
    queue: QueueStatus
    keys: Sequence[KeyStatus]
    everyone_asked_at: float | None
    signed_in: int


def read_status(
    authenticator: ShowsStatus,
    db: Session,
    record: StatusRecord,
    now: float,
    *,
    session_lifetime: float,
) -> Status:
    """The status, from memory and with two SQL statements.

    Parameters
    ----------
    authenticator:
        The Hub's.
    record:
        What was counted.
    now:
        Seconds since the epoch.
    session_lifetime:
        The lifetime of the Hub's cookie, in seconds.
    """
    store, states = store_of(db), authenticator.observed_states()
    asked_at = store.settings.get(EVERYONE_MUST_SIGN_IN_SINCE)
    by_provider = {state.provider: state for state in states}
    return Status(
        as_of=now,
        counted_since=record.since,
        ways=[
            _way(
                provider,
                name_of(authenticator, provider),
                by_provider.get(provider),
                record.of(provider),
                now,
                status_url=status_page_of(way),
            )
            for provider, way in authenticator.observed_ways.items()
        ],
        findings=recent_findings(authenticator, now),
        refusals=store.refusals.by_rule(now - COUNTED_FOR, RULES_SHOWN),
        queue=_queue(states),
        keys=[key for state in states for key in _keys(state, now)],
        everyone_asked_at=asked_at,
        signed_in=store.accounts.count_signed_in(max(now - session_lifetime, asked_at or 0.0)),
    )


def name_of(authenticator: ShowsStatus, provider: str) -> str:
    """The name of a way to sign in for users."""
    names: Mapping[str, str] = getattr(authenticator, "names", {})
    return names.get(provider) or str(authenticator.observed_ways[provider].login_service or provider)


_findings: WeakKeyDictionary[Any, tuple[float, list[FindingStatus]]] = WeakKeyDictionary()


def recent_findings(authenticator: Any, now: float) -> list[FindingStatus]:
    """The findings about the running Hub. They are at most `FINDINGS_KEPT` seconds old.

    The options of a running Hub do not change, but files do, and a secret comes closer to its end.
    """
    known = _findings.get(authenticator)
    if known is None or not 0 <= now - known[0] < FINDINGS_KEPT:
        secrets = secrets_in(authenticator.config, os.environ)
        found = [
            FindingStatus(
                provider=provider, severity=found.severity, code=found.code, text=without(str(found), secrets)
            )
            for provider, found in sorted(
                findings_by_provider(authenticator), key=lambda each: SEVERITIES.index(each.finding.severity)
            )
        ]
        known = _findings[authenticator] = now, found
    return known[1]


def _way(
    provider: str, name: str, state: ProviderState | None, record: ProviderRecord, now: float, *, status_url: str
) -> WayStatus:
    answer_time = record.answer_time(now)
    found: tuple[State, float | None] = "up", record.answering_since
    if state is None:
        found = "unknown", None
    elif state.is_failing is None:
        found = "local", None
    elif state.is_failing or record.failing_since is not None:
        since = [at for at in (state.failing_since, record.failing_since) if at is not None]
        found = "down", min(since, default=None)
    elif state.is_slow or (answer_time or 0.0) >= SLOW:
        found = "slow", record.answering_since
    elif record.answering_since is None and state.keys_fetched_at is None:
        found = "not_asked", None
    return WayStatus(
        provider=provider,
        name=name,
        state=found[0],
        since=found[1],
        answer_time=answer_time,
        sign_ins=record.sign_ins(now),
        status_url=status_url,
    )


def _queue(states: Sequence[ProviderState]) -> QueueStatus:
    return QueueStatus(
        waiting=sum(state.refreshes_waiting or 0 for state in states),
        running=sum(state.refreshes_running or 0 for state in states),
        failing=sum(state.refreshes_failing or 0 for state in states),
        oldest=max((state.oldest_wait or 0.0 for state in states), default=0.0),
    )


def _keys(state: ProviderState, now: float) -> list[KeyStatus]:
    found = []
    if state.keys_are_failing is not None:
        found.append(
            KeyStatus(
                provider=state.provider,
                kind="keys",
                since=state.keys_fetched_at,
                until=state.keys_due_at,
                is_failing=state.keys_are_failing,
            )
        )
    if state.has_secret:
        age, left = state.secret_age, state.secret_expires_in
        found.append(
            KeyStatus(
                provider=state.provider,
                kind="client_secret",
                since=None if age is None else now - age,
                until=None if left is None else now + left,
            )
        )
    return found
