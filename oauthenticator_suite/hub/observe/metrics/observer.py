"""`Metrics`: counts facts, and reads the present state of the ways to sign in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from logging import Logger, LoggerAdapter
from typing import Any, Protocol
from weakref import ref

from jupyterhub.metrics import metrics_prefix
from prometheus_client import CollectorRegistry, Counter, Histogram, Metric
from prometheus_client.core import GaugeMetricFamily

from ..facts import (
    AccountBound,
    Configured,
    Fact,
    FailedLogin,
    LoggedOut,
    LoginBegan,
    LoginSucceeded,
    ProviderAnswered,
    Refreshed,
    RightsChanged,
    SessionsEnded,
    Throttled,
)
from ..observers import Handlers
from ..state import ProviderState
from . import definitions as of
from .definitions import Definition
from .labels import CANCELLED, DOWN, NO_RULE, OTHER, UNANSWERED, bounded, reason_of, result_of, rule_of

COUNT_EVERY = 60.0
"""Seconds between two counts of denied users in the database, however often Prometheus asks."""

FORGET_AFTER = 600.0
"""Seconds after which a failure of one kind of request no longer counts when requests of other kinds are answered."""

MAX_RULES = 100
"""Rules of a way to sign in that are values of a label at most: an operator's class may make rules from data."""


class Observed(Protocol):
    """The part of the Hub's authenticator that metrics read."""

    log: Logger | LoggerAdapter[Any]

    @property
    def observed_ways(self) -> Mapping[str, Any]:
        """The ways to sign in: the authenticators by their names in facts."""

    def observed_states(self) -> list[ProviderState]:
        """The present state of each way to sign in."""

    def count_denied_users(self) -> int | None:
        """How many users are denied now; None when it cannot be found out."""


class Metrics:
    """The metrics of one Hub.

    Parameters
    ----------
    authenticator:
        The Hub's authenticator. Only a weak reference is kept.
    clock:
        Returns the time in seconds since the epoch.
    """

    def __init__(self, authenticator: Observed, clock: Callable[[], float] = time.time) -> None:
        self._authenticator = ref(authenticator)
        self._clock = clock
        ways = authenticator.observed_ways
        active = {name: _active_rules(each) for name, each in ways.items()}
        self._rules = {
            name: frozenset(each.trait_names(config=True)).union(active[name]) for name, each in ways.items()
        }
        self._providers = {name: name for name in ("", *ways)}  # the values of the label; "" is the whole Hub
        self._registry = CollectorRegistry()
        self._counted: dict[str, Any] = {each.name: _made(each, self._registry) for each in of.COUNTED}
        self._up: dict[str, tuple[bool, float]] = {}
        self._failing: dict[str, dict[str, float]] = {}  # by provider: when the last request of a kind has failed
        self._configured: dict[str, Configured] = {}
        self._denied: tuple[float, int | None] = (float("-inf"), None)
        self._has_reported = False
        self._series: dict[tuple[str, ...], Any] = {}  # by the metric's name, the provider and the other labels
        self.handlers: Handlers = {
            LoginBegan: self._began,
            LoginSucceeded: self._succeeded,
            FailedLogin: self._failed,
            Refreshed: self._refreshed,
            SessionsEnded: self._ended,
            LoggedOut: self._logged_out,
            Throttled: self._throttled,
            RightsChanged: self._rights_changed,
            AccountBound: self._bound,
            ProviderAnswered: self._answered,
            Configured: self._configured_now,
        }
        for name, rules in active.items():
            self._begin_at_zero(name, rules)

    # --- facts -------------------------------------------------------------------------------------------------------

    def _began(self, fact: LoginBegan) -> None:
        self._child(of.ATTEMPTS, fact).inc()

    def _succeeded(self, fact: LoginSucceeded) -> None:
        self._child(of.LOGINS, fact).inc()
        self._child(of.LOGIN_SECONDS, fact, of.SUCCESS).observe(fact.seconds)
        if fact.is_new:
            self._child(of.NEW_ACCOUNTS, fact).inc()

    def _failed(self, fact: FailedLogin) -> None:
        self._child(of.FAILURES, fact, reason_of(fact.error, fact.code)).inc()
        self._child(of.LOGIN_SECONDS, fact, of.FAILURE).observe(fact.seconds)
        if fact.rule:
            self._child(of.REFUSED_BY_RULE, fact, self._rule(fact, fact.rule)).inc()

    def _refreshed(self, fact: Refreshed) -> None:
        source = of.FROM_PROVIDER if fact.asked else of.FROM_STORED
        self._child(of.REFRESHES, fact, fact.outcome, source).inc()
        if fact.outcome == "denied":
            self._child(of.DENIALS, fact, self._rule(fact, fact.rule)).inc()

    def _ended(self, fact: SessionsEnded) -> None:
        self._child(of.SESSIONS_ENDED, fact, fact.reason).inc()

    def _logged_out(self, fact: LoggedOut) -> None:
        self._child(of.LOGOUTS, fact, fact.by).inc()

    def _throttled(self, fact: Throttled) -> None:
        self._child(of.THROTTLED, fact, fact.scope).inc()

    def _rights_changed(self, fact: RightsChanged) -> None:
        found = {
            ("admin", "gained"): int(fact.admin is True),
            ("admin", "lost"): int(fact.admin is False),
            ("group", "gained"): len(fact.groups_gained),
            ("group", "lost"): len(fact.groups_lost),
            ("role", "gained"): len(fact.roles_gained),
            ("role", "lost"): len(fact.roles_lost),
        }
        for (right, change), number in found.items():
            if number:
                self._child(of.RIGHTS, fact, right, change).inc(number)

    def _bound(self, fact: AccountBound) -> None:
        self._child(of.BOUND, fact, fact.how).inc()

    def _answered(self, fact: ProviderAnswered) -> None:
        result = result_of(fact.result)
        self._child(of.REQUEST_SECONDS, fact, fact.request, result).observe(fact.seconds)
        if result in UNANSWERED:
            self._child(of.REQUEST_FAILURES, fact, result).inc()
        if result != CANCELLED:
            provider = self._providers.get(fact.provider, OTHER)
            self._note_health(provider, fact.request, is_answered=result not in DOWN)

    def _note_health(self, provider: str, request: str, *, is_answered: bool) -> None:
        failing, now = self._failing.setdefault(provider, {}), self._clock()
        if is_answered:
            failing.pop(request, None)
            for other in [each for each, at in failing.items() if now - at >= FORGET_AFTER]:
                del failing[other]
        else:
            failing[request] = now
        before = self._up.get(provider)
        if before is None or before[0] is bool(failing):
            self._up[provider] = (not failing, now)

    def _configured_now(self, fact: Configured) -> None:
        self._configured[self._providers.get(fact.provider, OTHER)] = fact

    def _child(self, definition: Definition, fact: Fact, *values: str) -> Any:
        """The series of a metric for the fact's provider and these values of the other labels."""
        key = (definition.name, fact.provider, *values)
        series = self._series.get(key)
        return self._bounded(definition, key) if series is None else series

    def _bounded(self, definition: Definition, key: tuple[str, ...]) -> Any:
        """The series for values of which the first fact has come: each value that is not known counts as ``other``."""
        _, provider, *values = key
        _, *possible = definition.labels.values()
        labels = [self._providers.get(provider, OTHER), *map(bounded, values, possible)]
        series = self._counted[definition.name].labels(*labels)
        if labels == [provider, *values]:
            self._series[key] = series
        return series

    def _rule(self, fact: Fact, rule: str) -> str:
        return rule_of(rule, self._rules.get(fact.provider, frozenset()))

    def _begin_at_zero(self, provider: str, active: list[str]) -> None:
        """Make the series that are known from the start. Without this, Prometheus would not see each first event.

        `active` are the rules that the options of this way to sign in define.
        """
        known = {"provider": [provider], "rule": [NO_RULE, *(rule_of(rule, self._rules[provider]) for rule in active)]}
        for definition in of.COUNTED:
            if definition is not of.REQUEST_SECONDS:  # most of its series never exist
                for labels in product(*(known.get(name, values) for name, values in definition.labels.items())):
                    self._counted[definition.name].labels(*labels)

    # --- Prometheus asks ---------------------------------------------------------------------------------------------

    def collect(self) -> Iterator[Metric]:
        """All metrics, with their present values."""
        yield from self._registry.collect()
        families = {each.name: GaugeMetricFamily(*head(each), labels=[*each.labels]) for each in of.PRESENT}
        for definition, labels, value in self._present():
            families[definition.name].add_metric(list(labels), value)
        yield from families.values()

    def _present(self) -> Iterator[tuple[Definition, tuple[str, ...], float]]:
        for provider, (is_up, since) in self._up.items():
            yield of.PROVIDER_UP, (provider,), float(is_up)
            yield of.PROVIDER_CHANGED, (provider,), since
        for provider, fact in self._configured.items():
            yield of.AUTHENTICATOR_INFO, (provider, fact.authenticator_class, fact.version), 1.0
            for severity in of.FINDING_SEVERITIES:
                yield of.FINDINGS, (provider, severity), float(fact.findings.get(severity, 0))
        denied = self._denied_users()
        if denied is not None:
            yield of.DENIED_USERS, (), float(denied)
        for state in self._states():
            for definition, value in self._values(state):
                if value is not None:
                    yield definition, (state.provider,), float(value)

    def _values(self, state: ProviderState) -> Iterator[tuple[Definition, float | None]]:
        now = self._clock()
        yield of.CIRCUIT_OPEN, state.is_failing
        yield of.QUEUE_WAITING, state.refreshes_waiting
        yield of.QUEUE_RUNNING, state.refreshes_running
        yield of.QUEUE_OLDEST, state.oldest_wait
        yield of.FAILING, state.refreshes_failing
        yield of.KEYS_FETCHED, state.keys_fetched_at
        yield of.KEYS_FAILING, state.keys_are_failing
        if state.secret_age is not None:
            yield of.SECRET_CHANGED, round(now - state.secret_age)
        if state.secret_expires_in is not None:
            yield of.SECRET_EXPIRES, round(now + state.secret_expires_in)
        yield of.CERTIFICATE_EXPIRES, state.certificate_expires_at

    def _states(self) -> list[ProviderState]:
        """The present states; none of them when they cannot be read, so that all other metrics of the Hub are shown."""
        authenticator = self._authenticator()
        if authenticator is None:
            return []
        try:
            return authenticator.observed_states()
        except Exception:
            if not self._has_reported:
                authenticator.log.exception("The present state of the logins cannot be read for the metrics")
            self._has_reported = True
            return []

    def _denied_users(self) -> int | None:
        authenticator, now = self._authenticator(), self._clock()
        counted_at, number = self._denied
        if authenticator is not None and not 0 <= now - counted_at < COUNT_EVERY:
            number = authenticator.count_denied_users()
            self._denied = (now, number)
        return number


def head(definition: Definition) -> tuple[str, str]:
    """Name and help for a metric of `prometheus_client`."""
    prefix = f"{metrics_prefix}_" if metrics_prefix else ""
    return prefix + definition.name, definition.meaning


def _made(definition: Definition, registry: CollectorRegistry) -> Counter | Histogram:
    name, meaning = head(definition)
    labels = [*definition.labels]
    if definition.kind == "histogram":
        return Histogram(name, meaning, labels, registry=registry, buckets=definition.buckets)
    return Counter(name, meaning, labels, registry=registry)


def _active_rules(authenticator: Any) -> list[str]:
    """The names of the rules that a way to sign in has when the Hub starts; none where its class has no policy."""
    try:
        policy = authenticator.policy()
        return [rule.name for rule in (*policy.required, *policy.blocked, *policy.admin, *policy.allowed)][:MAX_RULES]
    except Exception:  # noqa: BLE001 - of another package, or of an operator
        return []
