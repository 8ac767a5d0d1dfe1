"""``/hub/metrics`` of a real Hub, read as Prometheus reads it: logins, refusals, an outage, refreshes, a logout."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from traitlets.config import Config, PyFileConfigLoader

from oauthenticator_suite import DictionaryAuthenticator, __version__
from oauthenticator_suite.local.forms.throttle import PAIR_FREE
from tests.conftest import generic_config
from tests.fakes.openid_provider import FakeProvider
from tests.multi.conftest import at, config_of, entry, sign_in
from tests.support import Hub, HubState, Time, refreshes_ended

pytestmark = pytest.mark.hub_versions

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "monitoring" / "jupyterhub_config.py"
TOKEN = "the-token-of-prometheus"
STORED = {"enable_auth_state": True, "user_data_max_age": 0, "provider_timeout": 0.5}


@pytest.fixture
def of_prometheus(tmp_path: Path) -> Config:
    """The configuration in examples/monitoring, which gives Prometheus a token."""
    (tmp_path / "prometheus-token").write_text(f"{TOKEN}\n")
    text = EXAMPLE.read_text(encoding="utf-8")
    (tmp_path / "here.py").write_text(text.replace("/etc/jupyterhub", str(tmp_path)), encoding="utf-8")
    config: Config = PyFileConfigLoader("here.py", str(tmp_path)).load_config()
    return config


class Scrape:
    """The metrics of one request: `scrape("suite_logins_total", provider="generic")` is a value, or None."""

    def __init__(self, text: str) -> None:
        self.families = {family.name: family for family in text_string_to_metric_families(text)}
        self._values: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
        for family in self.families.values():
            for sample in family.samples:
                key = sample.name, frozenset(sample.labels.items())
                assert key not in self._values, f"{key} twice"
                self._values[key] = sample.value

    def __call__(self, name: str, **labels: str) -> float | None:
        return self._values.get((f"jupyterhub_{name}", frozenset(labels.items())))

    def providers(self) -> set[str]:
        return {dict(labels)["provider"] for name, labels in self._values if "provider" in dict(labels)}


async def scrape(hub: Hub, token: str = TOKEN) -> Scrape:
    answer = await hub.browser().get("/hub/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status == 200
    return Scrape(answer.body)


Start = Callable[..., Awaitable[Hub]]


@pytest.fixture
def start(hubs: Any, provider: FakeProvider, of_prometheus: Config) -> Start:
    async def started(**traits: Any) -> Hub:
        state = HubState()
        provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
        config = generic_config(provider, **traits)
        config.merge(of_prometheus)
        return await hubs(config, state)

    return started


GENERIC = {"provider": "generic"}


async def test_only_a_token_with_the_scope_reads_them(start: Start) -> None:
    hub = await start()
    browser = hub.browser()
    assert (await browser.get("/hub/metrics")).status in (302, 403)
    await browser.login("alice")
    assert (await browser.get("/hub/metrics")).status == 403
    other = hub.app.users["alice"].new_api_token()
    assert (await hub.browser().get("/hub/metrics", headers={"Authorization": f"Bearer {other}"})).status == 403
    assert (await scrape(hub))("suite_logins_total", **GENERIC) == 1
    assert (await scrape(hub)).providers() == {"generic"}


async def test_a_login_and_a_refusal(start: Start, provider: FakeProvider) -> None:
    hub = await start(blocked_users={"bob"})
    before = await scrape(hub)
    assert before("suite_logins_total", **GENERIC) == 0
    assert before("suite_refusals_total", **GENERIC, rule="blocked_users") == 0
    await hub.browser().login("alice")
    assert (await hub.browser().login("bob")).status == 403
    after = await scrape(hub)
    expected = {
        ("suite_login_attempts_total",): 2,
        ("suite_logins_total",): 1,
        ("suite_new_accounts_total",): 1,
        ("suite_login_failures_total", "reason", "access_denied"): 1,
        ("suite_refusals_total", "rule", "blocked_users"): 1,
        ("suite_login_duration_seconds_count", "result", "success"): 1,
        ("suite_login_duration_seconds_count", "result", "failure"): 1,
        ("suite_provider_up",): 1,
        ("suite_circuit_breaker_open",): 0,
        ("suite_refreshes_waiting",): 0,
        ("suite_refresh_oldest_wait_seconds",): 0,
        ("suite_refresh_users_failing",): 0,
    }
    found = {key: after(key[0], **GENERIC, **dict([key[1:]] if key[1:] else [])) for key in expected}
    assert found == expected
    for request in ("token", "userinfo"):
        name = "suite_provider_request_duration_seconds_count"
        assert after(name, **GENERIC, request=request, result="2xx") == 2
    assert after("suite_provider_keys_fetched_timestamp_seconds", **GENERIC)
    assert after("suite_denied_users") == 0


async def test_an_outage_and_a_refresh(start: Start, provider: FakeProvider) -> None:
    provider.access_token_lifetime = 100_000
    hub = await start(**STORED)
    clock, browser = Time(hub), hub.browser()
    await browser.login("alice")

    clock.passes(301)
    assert (await browser.get("/hub/home")).status == 200
    await refreshes_ended(hub.authenticator)
    now = await scrape(hub)
    assert now("suite_refreshes_total", **GENERIC, outcome="valid", source="provider") == 1

    provider.faults.on("F16", at="userinfo")
    clock.passes(301)
    assert (await browser.get("/hub/home")).status == 200
    await refreshes_ended(hub.authenticator)
    now = await scrape(hub)
    assert now("suite_refreshes_total", **GENERIC, outcome="unknown", source="provider") == 1
    assert now("suite_provider_up", **GENERIC) == 0
    assert now("suite_circuit_breaker_open", **GENERIC) == 1
    assert (now("suite_provider_failures_total", **GENERIC, result="5xx") or 0) >= 1
    down_since = now("suite_provider_changed_timestamp_seconds", **GENERIC)

    assert (await hub.browser().login("bob")).status == 503
    now = await scrape(hub)
    assert now("suite_login_failures_total", **GENERIC, reason="provider_busy") == 1
    assert now("suite_provider_changed_timestamp_seconds", **GENERIC) == down_since

    provider.faults.off("F16")
    clock.passes(301)
    assert (await browser.get("/hub/home")).status == 200
    await refreshes_ended(hub.authenticator)
    now = await scrape(hub)
    assert now("suite_provider_up", **GENERIC) == 1
    assert now("suite_circuit_breaker_open", **GENERIC) == 0
    assert now("suite_refreshes_total", **GENERIC, outcome="valid", source="provider") == 2


async def test_the_end_of_sessions(start: Start, provider: FakeProvider) -> None:
    hub = await start(**STORED)
    clock, browser = Time(hub), hub.browser()
    await browser.login("alice")
    hub.authenticator.blocked_users = {"alice"}
    clock.passes(301)
    assert (await browser.get("/hub/home")).status == 302
    now = await scrape(hub)
    assert now("suite_refreshes_total", **GENERIC, outcome="denied", source="stored") == 1
    assert now("suite_denials_total", **GENERIC, rule="blocked_users") == 1
    assert now("suite_sessions_ended_total", **GENERIC, reason="denied") == 1
    hub.authenticator.blocked_users = set()
    other = hub.browser()
    await other.login("bob")
    await other.open("/hub/logout")
    assert (await scrape(hub))("suite_logouts_total", **GENERIC, by="user") == 1


async def test_what_the_configuration_is_and_what_the_checks_found(start: Start) -> None:
    hub = await start(auto_login=True)
    now = await scrape(hub)
    (info,) = [labels for name, labels in now._values if name == "jupyterhub_suite_authenticator_info"]
    assert dict(info) == {**GENERIC, "authenticator_class": "GenericOAuthenticator", "version": __version__}
    found = {
        name: now("suite_configuration_findings", **GENERIC, severity=name) for name in ("error", "warning", "info")
    }
    logged = [finding.severity for finding in hub.authenticator.found_at_start]
    assert found == {name: logged.count(name) for name in found}
    assert sum(value or 0 for value in found.values()) > 0


async def test_rights_and_owners(start: Start, provider: FakeProvider) -> None:
    provider.users["alice"]["groups"] = ["staff", "news"]
    hub = await start(**STORED, manage_groups=True, scope=["openid", "profile", "groups"], admin_groups={"staff"})
    await hub.browser().login("alice")
    now = await scrape(hub)
    assert now("suite_accounts_bound_total", **GENERIC, how="first_login") == 1
    assert now("suite_rights_changes_total", **GENERIC, right="admin", change="gained") == 1
    assert now("suite_rights_changes_total", **GENERIC, right="group", change="gained") == 2
    provider.users["alice"]["groups"] = ["news"]
    await hub.browser().login("alice")
    now = await scrape(hub)
    assert now("suite_rights_changes_total", **GENERIC, right="admin", change="lost") == 1
    assert now("suite_rights_changes_total", **GENERIC, right="group", change="lost") == 1


async def test_too_many_attempts(hubs: Any, of_prometheus: Config) -> None:
    config = Config()
    config.JupyterHub.authenticator_class = DictionaryAuthenticator
    config.DictionaryAuthenticator.update(passwords={"ada": "lovelace"}, failure_delay=0, allow_all=True)
    config.merge(of_prometheus)
    hub = await hubs(config)
    browser = hub.browser()
    page = await browser.open("/hub/login")
    for _ in range(PAIR_FREE + 1):
        page = await browser.submit(page, {"username": "ada", "password": "wrong"})
    assert page.status == 429
    form = {"provider": "dictionary"}
    now = await scrape(hub)
    assert now("suite_login_failures_total", **form, reason="login_failed") == PAIR_FREE
    assert now("suite_login_failures_total", **form, reason="too_many_attempts") == 1
    assert now("suite_throttled_total", **form, scope="pair") == 1


async def test_a_hub_that_starts_again_begins_with_zero(start: Start) -> None:
    """In one process, as in tests: each metric is shown once, and is of the Hub that runs."""
    for _ in range(2):
        hub = await start()
        await hub.browser().login("alice")
        assert (await scrape(hub))("suite_logins_total", **GENERIC) == 1


async def test_several_ways(hubs: Any, provider: FakeProvider, of_prometheus: Config) -> None:
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/auth/campus/authorize")
    form = {"passwords": {"ada": "lovelace"}, "failure_delay": 0, "allow_all": True}
    config = config_of(
        [entry("campus", **at(provider)), entry("staff", DictionaryAuthenticator, **form)], enable_auth_state=True
    )
    config.merge(of_prometheus)
    hub = await hubs(config, state)
    await hub.browser().login("alice", at="campus")
    await sign_in(hub.browser(), "ada", "lovelace", "staff")
    await sign_in(hub.browser(), "ada", "wrong", "staff")
    now = await scrape(hub)
    assert now.providers() == {"campus", "staff"}
    assert now("suite_logins_total", provider="campus") == 1
    assert now("suite_logins_total", provider="staff") == 1
    assert now("suite_login_failures_total", provider="staff", reason="login_failed") == 1
    assert now("suite_provider_up", provider="campus") == 1
    assert now("suite_provider_up", provider="staff") is None
    assert "alice" not in repr(now._values)
    assert "127.0.0.1" not in repr([key for key in now._values if "suite" in key[0]])
