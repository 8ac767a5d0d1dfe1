"""Every metric: name, type, labels and meaning. The code and the page of the documentation are both made from this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args, get_type_hints

from ..facts import AccountBound, LoggedOut, Refreshed, SessionsEnded, Throttled
from .labels import REASONS, REQUEST_VALUES, RESULTS, UNANSWERED

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True, slots=True)
class Definition:
    """A metric.

    Attributes
    ----------
    name:
        The name in Prometheus without JupyterHub's prefix: ``suite_logins_total``.
    kind:
        Its type.
    meaning:
        One sentence, for ``# HELP``.
    labels:
        The possible values by label; empty where they come from the configuration.
    buckets:
        The upper limits of a histogram's buckets, in seconds.
    """

    name: str
    kind: Kind
    meaning: str
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    buckets: tuple[float, ...] = ()


def _values(fact: type, attribute: str) -> tuple[str, ...]:
    """The possible values of an attribute of a fact, whose type is a `Literal`."""
    return get_args(get_type_hints(fact)[attribute])


OUTCOMES = _values(Refreshed, "outcome")
ENDED = _values(SessionsEnded, "reason")
BEGUN_BY = _values(LoggedOut, "by")
THROTTLED_SCOPES = _values(Throttled, "scope")
HOW_BOUND = _values(AccountBound, "how")
SUCCESS, FAILURE = "success", "failure"
FROM_PROVIDER, FROM_STORED = "provider", "stored"
FINDING_SEVERITIES = ("error", "warning", "info")

_EACH: dict[str, tuple[str, ...]] = {"provider": ()}

LOGIN_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 60.0)
REQUEST_BUCKETS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)

# --- what happens ----------------------------------------------------------------------------------------------------

ATTEMPTS = Definition(
    "suite_login_attempts_total",
    "counter",
    "Logins that have begun: the browser was sent to the provider, or the form was submitted.",
    _EACH,
)
LOGINS = Definition("suite_logins_total", "counter", "Logins that have succeeded.", _EACH)
NEW_ACCOUNTS = Definition(
    "suite_new_accounts_total", "counter", "Logins that have created an account on the Hub.", _EACH
)
FAILURES = Definition(
    "suite_login_failures_total",
    "counter",
    "Logins that have failed, by reason. Refused users count as access_denied.",
    {**_EACH, "reason": REASONS},
)
REFUSED_BY_RULE = Definition(
    "suite_refusals_total", "counter", "Logins that the access rules have refused, by rule.", {**_EACH, "rule": ()}
)
LOGIN_SECONDS = Definition(
    "suite_login_duration_seconds",
    "histogram",
    "Time from the return from the provider, or the submitted form, to the response.",
    {**_EACH, "result": (SUCCESS, FAILURE)},
    LOGIN_BUCKETS,
)
REQUEST_SECONDS = Definition(
    "suite_provider_request_duration_seconds",
    "histogram",
    "Time of a request to the provider, until the end of the response.",
    {**_EACH, "request": REQUEST_VALUES, "result": RESULTS},
    REQUEST_BUCKETS,
)
REQUEST_FAILURES = Definition(
    "suite_provider_failures_total",
    "counter",
    "Requests that the provider did not answer, refused for a time, or answered with a 5xx status or unreadable data.",
    {**_EACH, "result": UNANSWERED},
)
REFRESHES = Definition(
    "suite_refreshes_total",
    "counter",
    "Refreshes of signed-in users, by outcome, and by whether the provider was asked or stored data answered.",
    {**_EACH, "outcome": OUTCOMES, "source": (FROM_PROVIDER, FROM_STORED)},
)
DENIALS = Definition(
    "suite_denials_total",
    "counter",
    "Signed-in users who lost their access at a refresh, by rule.",
    {**_EACH, "rule": ()},
)
SESSIONS_ENDED = Definition(
    "suite_sessions_ended_total",
    "counter",
    "Ends of the sessions of one user in all browsers, by reason. An end for all users counts once.",
    {**_EACH, "reason": ENDED},
)
LOGOUTS = Definition("suite_logouts_total", "counter", "Logouts, by who began them.", {**_EACH, "by": BEGUN_BY})
THROTTLED = Definition(
    "suite_throttled_total",
    "counter",
    "Logins with a form whose password was not checked, because too many had failed.",
    {**_EACH, "scope": THROTTLED_SCOPES},
)
RIGHTS = Definition(
    "suite_rights_changes_total",
    "counter",
    "Rights that users gained or lost by a login, a refresh or a denial.",
    {**_EACH, "right": ("admin", "group", "role"), "change": ("gained", "lost")},
)
BOUND = Definition(
    "suite_accounts_bound_total",
    "counter",
    "Accounts that have got an owner at the provider, or another one.",
    {**_EACH, "how": HOW_BOUND},
)

# --- the present state -----------------------------------------------------------------------------------------------

PROVIDER_UP = Definition(
    "suite_provider_up",
    "gauge",
    "1 when the last request of each kind was answered, 0 when one of them failed or got a status of 5xx.",
    _EACH,
)
PROVIDER_CHANGED = Definition(
    "suite_provider_changed_timestamp_seconds",
    "gauge",
    "When suite_provider_up has got its present value.",
    _EACH,
)
CIRCUIT_OPEN = Definition(
    "suite_circuit_breaker_open",
    "gauge",
    "1 while refreshes do not ask the provider because it does not answer, except for single probes.",
    _EACH,
)
QUEUE_WAITING = Definition(
    "suite_refreshes_waiting", "gauge", "Refreshes that wait for their turn to ask the provider.", _EACH
)
QUEUE_RUNNING = Definition("suite_refreshes_running", "gauge", "Refreshes that run.", _EACH)
QUEUE_OLDEST = Definition(
    "suite_refresh_oldest_wait_seconds",
    "gauge",
    "How long the refresh that has waited longest has waited for its turn; 0 when none waits.",
    _EACH,
)
FAILING = Definition(
    "suite_refresh_users_failing",
    "gauge",
    "Users whose last refresh has failed, because the provider did not answer.",
    _EACH,
)
KEYS_FETCHED = Definition(
    "suite_provider_keys_fetched_timestamp_seconds",
    "gauge",
    "When the keys that verify the provider's tokens were fetched.",
    _EACH,
)
KEYS_FAILING = Definition(
    "suite_provider_keys_failing",
    "gauge",
    "1 when the last attempt to fetch the provider's keys has failed.",
    _EACH,
)
SECRET_CHANGED = Definition(
    "suite_client_secret_changed_timestamp_seconds", "gauge", "When the client secret has changed.", _EACH
)
SECRET_EXPIRES = Definition(
    "suite_client_secret_expiry_timestamp_seconds",
    "gauge",
    "When the client secret expires, if that is known.",
    _EACH,
)
CERTIFICATE_EXPIRES = Definition(
    "suite_client_certificate_expiry_timestamp_seconds",
    "gauge",
    "When the first of this client's certificates expires.",
    _EACH,
)
DENIED_USERS = Definition(
    "suite_denied_users",
    "gauge",
    "Users who are denied now: their tokens are refused until a permitted login. Counted at most once a minute.",
)
FINDINGS = Definition(
    "suite_configuration_findings",
    "gauge",
    "What the checks of the configuration have found at the start of the Hub.",
    {**_EACH, "severity": FINDING_SEVERITIES},
)
AUTHENTICATOR_INFO = Definition(
    "suite_authenticator_info",
    "gauge",
    "Always 1. The labels have the class of the authenticator, and the version of this package.",
    {**_EACH, "authenticator_class": (), "version": ()},
)

COUNTED: tuple[Definition, ...] = (
    ATTEMPTS,
    LOGINS,
    NEW_ACCOUNTS,
    FAILURES,
    REFUSED_BY_RULE,
    LOGIN_SECONDS,
    REQUEST_SECONDS,
    REQUEST_FAILURES,
    REFRESHES,
    DENIALS,
    SESSIONS_ENDED,
    LOGOUTS,
    THROTTLED,
    RIGHTS,
    BOUND,
)
"""Metrics of what happens, from facts. They begin at 0 with each start of the Hub."""

PRESENT: tuple[Definition, ...] = (
    PROVIDER_UP,
    PROVIDER_CHANGED,
    CIRCUIT_OPEN,
    QUEUE_WAITING,
    QUEUE_RUNNING,
    QUEUE_OLDEST,
    FAILING,
    KEYS_FETCHED,
    KEYS_FAILING,
    SECRET_CHANGED,
    SECRET_EXPIRES,
    CERTIFICATE_EXPIRES,
    DENIED_USERS,
    FINDINGS,
    AUTHENTICATOR_INFO,
)
"""Metrics of the present state, read when Prometheus asks."""

METRICS = (*COUNTED, *PRESENT)
"""All metrics, in the order of the documentation."""
