"""`hub.observe.metrics`: what each fact counts, values of labels that are bounded, and one Hub at a time."""

from __future__ import annotations

import gc
import logging
import re
import subprocess
import weakref
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from oauthenticator_suite import errors
from oauthenticator_suite.hub.observe.facts import (
    FACTS,
    AccountBound,
    Configured,
    Fact,
    FailedLogin,
    LoggedOut,
    LoginBegan,
    LoginSucceeded,
    ProviderAnswered,
    ProviderHealth,
    Refreshed,
    RightsChanged,
    SessionsEnded,
    Throttled,
    UserRefused,
)
from oauthenticator_suite.hub.observe.metrics.definitions import COUNTED, METRICS, Definition
from oauthenticator_suite.hub.observe.metrics.exposition import RunningHub, count_in_metrics
from oauthenticator_suite.hub.observe.metrics.labels import REASONS, request_of, result_of
from oauthenticator_suite.hub.observe.metrics.observer import COUNT_EVERY, FORGET_AFTER, Metrics
from oauthenticator_suite.hub.observe.state import ProviderState
from oauthenticator_suite.policy.access import AccessPolicy, Rule
from tests.support.facts import tell
from tests.support.system_tools import require_program

AT = {"provider": "github"}
WHO = {**AT, "username": "alice"}


class Way:
    """An authenticator, as metrics read it."""

    def __init__(self, *rules: str, options: tuple[str, ...] = ("allowed_users", "allowed_organizations")) -> None:
        self._rules = rules
        self._options = options

    def policy(self) -> AccessPolicy:
        return AccessPolicy(required=tuple(Rule(name, lambda identity: True) for name in self._rules))

    def trait_names(self, **metadata: Any) -> list[str]:
        return list(self._options)


class Hub:
    """The Hub's authenticator, as metrics read it."""

    def __init__(self, **ways: Way) -> None:
        self.log = logging.getLogger("tests.metrics")
        self.observed_ways = ways or {"github": Way()}
        self.states: list[ProviderState] = []
        self.denied: int | None = 0
        self.counts = 0

    def observed_states(self) -> list[ProviderState]:
        return self.states

    def count_denied_users(self) -> int | None:
        self.counts += 1
        return self.denied


def samples(collector: Any) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """By name and labels, as Prometheus reads them."""
    registry = CollectorRegistry()
    registry.register(collector)
    text = generate_latest(registry).decode()
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = sample.name, tuple(sorted(sample.labels.items()))
            assert key not in found, "the same series twice"
            found[key] = sample.value
    return found


class Watch:
    """A Hub, its metrics, and the time that they go by."""

    def __init__(self, hub: Hub | None = None) -> None:
        self.hub = hub or Hub()
        self.now = 1_000_000.0
        self.metrics = Metrics(self.hub, lambda: self.now)

    def tell(self, *facts: Fact) -> Watch:
        tell(self.metrics, *facts)
        return self

    def value(self, name: str, **labels: str) -> float | None:
        return samples(self.metrics).get((f"jupyterhub_{name}", tuple(sorted(labels.items()))))


def refreshed(outcome: Any, **more: Any) -> Refreshed:
    return Refreshed(**WHO, outcome=outcome, **more)


def failed(error: str, **more: Any) -> FailedLogin:
    return FailedLogin(**AT, error=error, status=403, **more)


COUNTS: list[tuple[Fact, str, dict[str, str], float]] = [
    (LoginBegan(**AT), "suite_login_attempts_total", {}, 1),
    (LoginSucceeded(**WHO, seconds=0.2), "suite_logins_total", {}, 1),
    (LoginSucceeded(**WHO, seconds=0.2), "suite_new_accounts_total", {}, 0),
    (LoginSucceeded(**WHO, seconds=0.2, is_new=True), "suite_new_accounts_total", {}, 1),
    (LoginSucceeded(**WHO, seconds=0.2), "suite_login_duration_seconds_sum", {"result": "success"}, 0.2),
    (LoginSucceeded(**WHO, seconds=0.2), "suite_login_duration_seconds_bucket", {"result": "success", "le": "0.1"}, 0),
    (LoginSucceeded(**WHO, seconds=0.2), "suite_login_duration_seconds_bucket", {"result": "success", "le": "0.25"}, 1),
    (failed("ProviderTimeout"), "suite_login_failures_total", {"reason": "provider_timeout"}, 1),
    (failed("ProviderTimeout", seconds=9.0), "suite_login_duration_seconds_sum", {"result": "failure"}, 9.0),
    (failed("AttemptError", code="expired"), "suite_login_failures_total", {"reason": "attempt_expired"}, 1),
    (
        failed("AuthorizationResponseError", code="access_denied"),
        "suite_login_failures_total",
        {"reason": "cancelled"},
        1,
    ),
    (
        failed("AuthorizationResponseError", code="invalid_state"),
        "suite_login_failures_total",
        {"reason": "authorization_response_error"},
        1,
    ),
    (failed("AccessDenied", rule="allowed_users"), "suite_login_failures_total", {"reason": "access_denied"}, 1),
    (failed("AccessDenied", rule="allowed_users"), "suite_refusals_total", {"rule": "allowed_users"}, 1),
    (failed("AccessDenied", rule="no allow rule matches"), "suite_refusals_total", {"rule": "no_allow_rule"}, 1),
    (refreshed("valid"), "suite_refreshes_total", {"outcome": "valid", "source": "stored"}, 1),
    (refreshed("unknown", asked=True), "suite_refreshes_total", {"outcome": "unknown", "source": "provider"}, 1),
    (refreshed("denied", rule="allowed_users"), "suite_denials_total", {"rule": "allowed_users"}, 1),
    (SessionsEnded(**WHO, reason="idle"), "suite_sessions_ended_total", {"reason": "idle"}, 1),
    (LoggedOut(**WHO, by="provider"), "suite_logouts_total", {"by": "provider"}, 1),
    (Throttled(**AT, scope="address", seconds=3.0), "suite_throttled_total", {"scope": "address"}, 1),
    (RightsChanged(**WHO, admin=True), "suite_rights_changes_total", {"right": "admin", "change": "gained"}, 1),
    (RightsChanged(**WHO, admin=False), "suite_rights_changes_total", {"right": "admin", "change": "lost"}, 1),
    (
        RightsChanged(**WHO, groups_gained=("a", "b"), roles_lost=("c",)),
        "suite_rights_changes_total",
        {"right": "group", "change": "gained"},
        2,
    ),
    (RightsChanged(**WHO, roles_lost=("c",)), "suite_rights_changes_total", {"right": "role", "change": "lost"}, 1),
    (AccountBound(**WHO, how="renamed"), "suite_accounts_bound_total", {"how": "renamed"}, 1),
    (
        ProviderAnswered(**AT, request="token", result="200", seconds=0.3),
        "suite_provider_request_duration_seconds_sum",
        {"request": "token", "result": "2xx"},
        0.3,
    ),
    (
        ProviderAnswered(**AT, request="userinfo", result="ProviderTimeout", seconds=20.0),
        "suite_provider_request_duration_seconds_count",
        {"request": "userinfo", "result": "timeout"},
        1,
    ),
    (
        ProviderAnswered(**AT, request="userinfo", result="503", seconds=0.1),
        "suite_provider_failures_total",
        {"result": "5xx"},
        1,
    ),
    (
        Configured(**AT, authenticator_class="GitHubOAuthenticator", version="1.0", findings={"warning": 2}),
        "suite_configuration_findings",
        {"severity": "warning"},
        2,
    ),
    (
        Configured(**AT, authenticator_class="GitHubOAuthenticator", version="1.0"),
        "suite_authenticator_info",
        {"authenticator_class": "GitHubOAuthenticator", "version": "1.0"},
        1,
    ),
]


@pytest.mark.parametrize(("fact", "name", "labels", "value"), COUNTS)
def test_a_fact_is_counted(fact: Fact, name: str, labels: dict[str, str], value: float) -> None:
    assert Watch().tell(fact).value(name, **AT, **labels) == value


def test_every_fact_is_counted_or_follows_from_another() -> None:
    """A refusal is followed by the failed login, and a circuit breaker is read when Prometheus asks."""
    assert {type(fact) for fact, *_ in COUNTS} == {*FACTS} - {UserRefused, ProviderHealth}
    watch = Watch()
    before = samples(watch.metrics)
    watch.tell(UserRefused(**WHO, reference="4DNB", rule="allowed_users"), ProviderHealth(**AT, is_up=False))
    assert {key: value for key, value in samples(watch.metrics).items() if "_created" not in key[0]} == {
        key: value for key, value in before.items() if "_created" not in key[0]
    }


def test_every_metric_is_counted_by_some_fact() -> None:
    names = {name for _, name, *_ in COUNTS}
    assert [each.name for each in COUNTED if not any(name.startswith(each.name) for name in names)] == []


def test_the_first_event_is_an_increase() -> None:
    """A series that begins with 1 has no increase in Prometheus: so it is there from the start, with 0."""
    watch = Watch(Hub(github=Way("campus_only"), form=Way()))
    for provider in ("github", "form"):
        assert watch.value("suite_logins_total", provider=provider) == 0
        assert watch.value("suite_login_failures_total", provider=provider, reason="provider_timeout") == 0
        assert watch.value("suite_throttled_total", provider=provider, scope="username") == 0
    assert watch.value("suite_refusals_total", provider="github", rule="campus_only") == 0
    assert watch.value("suite_refusals_total", provider="form", rule="campus_only") is None


# --- labels ----------------------------------------------------------------------------------------------------------


def test_every_error_is_a_reason() -> None:
    classes = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.SuiteError)]
    for cls in {*classes} - {errors.SuiteError, errors.AttemptError}:
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        assert name in REASONS
        assert Watch().tell(failed(cls.__name__)).value("suite_login_failures_total", **AT, reason=name) == 1


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("200", "2xx"), ("204", "2xx"), ("302", "3xx"), ("401", "4xx"), ("429", "429"), ("500", "5xx"), ("503", "5xx"),
        ("ProviderTimeout", "timeout"), ("ProviderUnreachable", "unreachable"), ("InvalidResponse", "invalid"),
        ("cancelled", "cancelled"), ("", "other"), ("600", "other"), ("2000", "other"), ("²00", "other"), ("x", "other"),
    ],
)  # fmt: skip
def test_the_result_of_a_request(given: str, value: str) -> None:
    assert result_of(given) == value


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("token request", "token"), ("token", "other"), ("request for the provider's keys", "keys"),
        ("the user's membership of a-secret-organization", "memberships"), ("the user's e-mail addresses", "emails"),
        ("the user's Google groups", "memberships"), ("https://login.example.org", "other"), ("", "other"),
    ],
)  # fmt: skip
def test_the_label_of_a_request(label: str, value: str) -> None:
    assert request_of(label) == value


def test_a_rule_of_an_operators_class_is_a_value_if_it_is_there_from_the_start() -> None:
    watch = Watch(Hub(github=Way("campus_only")))
    watch.tell(failed("AccessDenied", rule="campus_only"), failed("AccessDenied", rule="only for alice@example.org"))
    assert watch.value("suite_refusals_total", **AT, rule="campus_only") == 1
    assert watch.value("suite_refusals_total", **AT, rule="other") == 1


def test_a_class_that_makes_rules_from_data_makes_few_series() -> None:
    watch = Watch(Hub(github=Way(*(f"group {number}" for number in range(5000)))))
    assert len([name for name, _ in samples(watch.metrics) if name == "jupyterhub_suite_refusals_total"]) < 250


def test_a_policy_that_fails_leaves_the_options() -> None:
    way = Way()
    way.policy = lambda: 1 / 0  # type: ignore[method-assign, assignment]
    watch = Watch(Hub(github=way)).tell(failed("AccessDenied", rule="allowed_users"))
    assert watch.value("suite_refusals_total", **AT, rule="allowed_users") == 1


HOSTILE = st.text(max_size=30).map(lambda text: f"HOSTILE{text}")
NUMBER = st.floats(0, 100)


@st.composite
def hostile_facts(draw: Any) -> Fact:
    """A fact whose texts all come from outside."""
    who = {"provider": draw(st.just("github") | HOSTILE), "username": draw(HOSTILE)}
    at = {"provider": who["provider"]}
    return draw(
        st.sampled_from([
            LoginBegan(**at),
            LoginSucceeded(**who, seconds=draw(NUMBER)),
            FailedLogin(**who, error=draw(HOSTILE), status=403, rule=draw(HOSTILE), code=draw(HOSTILE)),
            FailedLogin(**who, error="AccessDenied", status=403, rule=draw(HOSTILE)),
            FailedLogin(**who, error="AttemptError", status=400, code=draw(HOSTILE)),
            Refreshed(**who, outcome="denied", rule=draw(HOSTILE)),
            Refreshed(**who, outcome=draw(HOSTILE)),
            SessionsEnded(**who, reason=draw(HOSTILE)),
            LoggedOut(**who, by=draw(HOSTILE)),
            AccountBound(**who, how=draw(HOSTILE)),
            RightsChanged(**who, groups_gained=(draw(HOSTILE),)),
            Throttled(**at, scope=draw(HOSTILE), seconds=1.0),
            ProviderAnswered(**at, request=draw(HOSTILE), result=draw(HOSTILE), seconds=draw(NUMBER)),
        ])
    )  # fmt: skip


@given(st.lists(hostile_facts(), max_size=20))
def test_no_text_from_outside_is_in_a_metric(facts: list[Fact]) -> None:
    watch = Watch().tell(*facts)
    assert "HOSTILE" not in repr(samples(watch.metrics))


def test_series_of_unknown_values_are_not_kept_for_each_value() -> None:
    watch = Watch()
    for number in range(100):
        by: Any = f"x{number}"
        watch.tell(Throttled(provider=f"p{number}", scope="pair", seconds=1.0), LoggedOut(**WHO, by=by))
    assert watch.value("suite_throttled_total", provider="other", scope="pair") == 100
    assert watch.value("suite_logouts_total", **AT, by="other") == 100
    assert watch.metrics._series == {}


# --- the present state -----------------------------------------------------------------------------------------------


def answered(result: str) -> ProviderAnswered:
    return ProviderAnswered(**AT, request="token", result=result, seconds=0.1)


def test_a_provider_is_up_or_down_since() -> None:
    watch = Watch()
    assert watch.value("suite_provider_up", **AT) is None
    watch.tell(answered("200"))
    assert watch.value("suite_provider_up", **AT) == 1
    watch.now += 60
    watch.tell(answered("ProviderTimeout"))
    watch.now += 60
    watch.tell(answered("503"), answered("ProviderUnreachable"), answered("cancelled"))
    assert watch.value("suite_provider_up", **AT) == 0
    assert watch.value("suite_provider_changed_timestamp_seconds", **AT) == 1_000_060
    watch.tell(answered("403"))
    assert watch.value("suite_provider_up", **AT) == 1
    assert watch.value("suite_provider_changed_timestamp_seconds", **AT) == 1_000_120


def test_a_provider_of_which_one_endpoint_fails_is_down_all_the_time() -> None:
    watch = Watch()
    for minute in range(3):
        watch.tell(answered("200"), ProviderAnswered(**AT, request="userinfo", result="503", seconds=0.1))
        watch.now += 60
        watch.tell(answered("200"))
        assert watch.value("suite_provider_up", **AT) == 0, minute
        assert watch.value("suite_provider_changed_timestamp_seconds", **AT) == 1_000_000
    watch.now += FORGET_AFTER
    watch.tell(answered("200"))
    assert watch.value("suite_provider_up", **AT) == 1


def test_the_present_state_is_read_when_prometheus_asks() -> None:
    watch = Watch()
    watch.hub.states = [
        ProviderState(
            provider="github",
            is_failing=True,
            refreshes_waiting=7,
            refreshes_running=3,
            refreshes_failing=4,
            oldest_wait=31.0,
            keys_fetched_at=999_000.0,
            keys_are_failing=False,
            secret_age=1000.0,
            secret_expires_in=-50.0,
            certificate_expires_at=999_960.0,
        )
    ]
    expected = {
        "suite_circuit_breaker_open": 1,
        "suite_refreshes_waiting": 7,
        "suite_refresh_oldest_wait_seconds": 31,
        "suite_refresh_users_failing": 4,
        "suite_refreshes_running": 3,
        "suite_provider_keys_fetched_timestamp_seconds": 999_000,
        "suite_provider_keys_failing": 0,
        "suite_client_secret_changed_timestamp_seconds": 999_000,
        "suite_client_secret_expiry_timestamp_seconds": 999_950,
        "suite_client_certificate_expiry_timestamp_seconds": 999_960,
    }
    assert {name: watch.value(name, **AT) for name in expected} == expected
    watch.hub.states = [ProviderState(provider="github")]
    assert {name: watch.value(name, **AT) for name in expected} == dict.fromkeys(expected)


def test_a_state_that_cannot_be_read_leaves_all_other_metrics(caplog: pytest.LogCaptureFixture) -> None:
    watch = Watch().tell(LoginBegan(**AT))
    watch.hub.observed_states = lambda: 1 / 0  # type: ignore[method-assign, assignment, return-value]
    for _ in range(2):
        assert watch.value("suite_login_attempts_total", **AT) == 1
    assert len(caplog.records) == 1


def test_denied_users_are_counted_once_a_minute() -> None:
    watch = Watch()
    watch.hub.denied = 3
    for _ in range(3):
        assert watch.value("suite_denied_users") == 3
    assert watch.hub.counts == 1
    watch.hub.denied = None
    watch.now += COUNT_EVERY
    assert watch.value("suite_denied_users") is None
    assert watch.hub.counts == 2


# --- one Hub at a time -----------------------------------------------------------------------------------------------


def test_the_metrics_of_the_next_hub_take_the_place_of_the_earlier_ones() -> None:
    registry = CollectorRegistry()
    running = RunningHub(registry)
    first, second = Watch(Hub(github=Way())), Watch(Hub(gitlab=Way()))
    running.show(first.metrics)
    first.tell(LoginBegan(**AT))
    assert 'jupyterhub_suite_login_attempts_total{provider="github"} 1.0' in generate_latest(registry).decode()
    running.show(second.metrics)
    text = generate_latest(registry).decode()
    assert 'jupyterhub_suite_login_attempts_total{provider="gitlab"} 0.0' in text
    assert "github" not in text


def test_a_hub_that_is_gone_leaves_nothing_behind() -> None:
    registry = CollectorRegistry()
    running = RunningHub(registry)
    watch = Watch()
    running.show(watch.metrics)
    gone = weakref.ref(watch.metrics), weakref.ref(watch.hub)
    del watch
    gc.collect()
    assert [each() for each in gone] == [None, None]
    assert generate_latest(registry) == b""


def test_metrics_keep_no_hub_alive() -> None:
    watch = Watch()
    watch.hub = Hub()
    gc.collect()
    assert watch.value("suite_logins_total", **AT) == 0
    assert watch.value("suite_denied_users") is None


def test_a_metric_of_other_code_with_one_of_the_names_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from prometheus_client import Counter

    registry = CollectorRegistry()
    Counter("jupyterhub_suite_logins", "another", registry=registry)
    monkeypatch.setattr("oauthenticator_suite.hub.observe.metrics.exposition.RUNNING_HUB", RunningHub(registry))
    hub = Hub()
    tell(count_in_metrics(hub, None), LoginBegan(**AT))
    assert ["not shown" in record.getMessage() for record in caplog.records] == [True]


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("each", METRICS, ids=lambda each: each.name)
def test_names_follow_the_practice_of_prometheus(each: Definition) -> None:
    assert re.fullmatch(r"suite(_[a-z0-9]+)+", each.name)
    assert each.name.endswith("_total") is (each.kind == "counter")
    in_seconds = each.kind == "histogram" or "timestamp" in each.name or "_wait_" in each.name
    assert each.name.endswith("_seconds") is in_seconds
    assert bool(each.buckets) is (each.kind == "histogram")
    assert list(each.buckets) == sorted(each.buckets)
    assert each.meaning.endswith(".")
    for label, values in each.labels.items():
        assert re.fullmatch(r"[a-z_]+", label)
        assert all(re.fullmatch(r"[a-z0-9_]+", value) for value in values)


def test_each_metric_is_exposed_with_its_type_and_help() -> None:
    watch = Watch()
    registry = CollectorRegistry()
    registry.register(watch.metrics)  # type: ignore[arg-type]
    families = {family.name: family for family in text_string_to_metric_families(generate_latest(registry).decode())}
    for each in METRICS:
        family = families[f"jupyterhub_{each.name.removesuffix('_total')}"]
        assert (family.type, family.documentation) == (each.kind, each.meaning)


def test_prometheus_has_no_objection_to_the_names() -> None:
    watch = Watch().tell(*(fact for fact, *_ in COUNTS))
    watch.hub.states = [ProviderState(provider="github", is_failing=False, keys_fetched_at=1.0, secret_age=1.0)]
    registry = CollectorRegistry()
    registry.register(watch.metrics)  # type: ignore[arg-type]
    promtool = require_program("promtool", "/usr/bin", "prometheus")
    text = generate_latest(registry)
    checked = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, timeout=60)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")
