"""The status page and its JSON form, through real Hubs: what they show, who may see it, and what can be done there."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote

import jupyterhub
import pytest
from jupyterhub import orm, roles
from jupyterhub.auth import DummyAuthenticator
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator
from oauthenticator_suite.hub.findings.finding import SEVERITIES, Finding
from oauthenticator_suite.hub.findings.running import ProviderFinding
from oauthenticator_suite.hub.observe.facts import (
    Fact,
    LoginSucceeded,
    ProviderAnswered,
    ProviderHealth,
    SessionsEnded,
)
from oauthenticator_suite.hub.observe.observers import Observers
from oauthenticator_suite.hub.status import status as status_module
from oauthenticator_suite.hub.status.page import duration
from oauthenticator_suite.hub.status.record import COUNTED_FOR, MAX_PROVIDERS, SLOT, StatusRecord, record_of
from oauthenticator_suite.hub.status.scope import READ_STATUS
from oauthenticator_suite.hub.status.status import recent_findings
from oauthenticator_suite.hub.store.store import store_of
from tests.conftest import generic_config
from tests.multi.conftest import at, config_of, entry
from tests.support import Browser, Hop, Hub, HubState
from tests.support.database import Cost, counting
from tests.support.facts import Witness, tell

pytestmark = pytest.mark.hub_versions

STATUS, API = "/hub/auth/status", "/hub/api/auth/status"
TOKEN = "the-token-of-a-monitoring-service"
CLIENT_SECRET = "this-is-the-client-secret-of-the-status-tests-0123456789"


def with_service(config: Config, *scopes: str, **custom: Any) -> Config:
    """The configuration with a service whose role has these scopes."""
    config.JupyterHub.services = [{"name": "monitor", "api_token": TOKEN}]
    config.JupyterHub.load_roles = [{"name": "monitoring", "scopes": [*scopes], "services": ["monitor"]}]
    config.JupyterHub.custom_scopes = custom
    return config


@pytest.fixture
def hub_with(provider: Any, hubs: Any) -> Callable[..., Any]:
    """`await hub_with(*scopes_of_the_service, **traits)`: a Hub of which alice is an administrator."""

    async def start(*scopes: str, custom: dict[str, Any] | None = None, **traits: Any) -> Hub:
        state = HubState()
        provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
        provider.client.client_secret = CLIENT_SECRET
        config = generic_config(provider, **{"admin_users": {"alice"}, "login_service": "Campus", **traits})
        return await hubs(with_service(config, *(scopes or (READ_STATUS,)), **(custom or {})), state)

    return start


async def admin_of(hub: Hub) -> Browser:
    browser = hub.browser()
    await browser.login("alice")
    return browser


async def json_of(hub: Hub, token: str = TOKEN) -> dict[str, Any]:
    answer = await ask_api(hub, token)
    assert answer.status == 200, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    found: dict[str, Any] = json.loads(answer.body)
    return found


async def ask_api(hub: Hub, token: str = TOKEN) -> Hop:
    return await hub.browser().request("GET", API, headers={"Authorization": f"Bearer {token}"})


def card(page: Hop) -> str:
    return page.text.partition("Error The error")[0]


# --- who may see it --------------------------------------------------------------------------------------------------


async def test_without_a_session_the_browser_goes_to_the_login_and_comes_back(hub_with: Any) -> None:
    hub = await hub_with()
    answer = await hub.browser().get(STATUS)
    assert answer.status == 302
    assert answer.location == f"{hub.url}/hub/login?next=%2Fhub%2Fauth%2Fstatus"
    browser = hub.browser()
    page = await browser.login("alice", next_url=STATUS)
    assert (page.path, page.status) == (STATUS, 200)


async def test_a_user_without_the_scope_gets_the_hubs_own_page(hub_with: Any) -> None:
    hub = await hub_with()
    browser = hub.browser()
    await browser.login("bob")
    for answer in (await browser.get(STATUS), await ask(browser, ask="everyone")):
        assert answer.status == 403
        assert "Campus" not in card(answer)
    assert store_of(hub.app.db).settings.get("everyone_must_sign_in_since") is None


async def test_admin_ui_alone_shows_the_page_and_lets_nobody_be_asked(hub_with: Any) -> None:
    hub = await hub_with()
    browser = hub.browser()
    await browser.login("bob")
    db = hub.app.db
    roles.create_role(db, {"name": "looker", "scopes": ["admin-ui"]})
    roles.grant_role(db, orm.User.find(db, "bob"), "looker")
    page = await browser.get(f"{STATUS}?user=alice")
    assert page.status == 200
    assert "Ways to sign in" in card(page)
    assert "<form" not in page.body.partition("<main")[2]
    for fields in ({"ask": "everyone"}, {"ask": "user", "user": "alice"}):
        assert (await ask(browser, **fields)).status == 403


async def test_a_scope_for_some_users_is_not_enough_to_ask(hub_with: Any) -> None:
    hub = await hub_with()
    browser = hub.browser()
    await browser.login("bob")
    db = hub.app.db
    group = orm.Group(name="class")
    db.add(group)
    db.commit()
    roles.create_role(db, {"name": "tutor", "scopes": ["admin-ui", "admin:users!group=class"]})
    roles.grant_role(db, orm.User.find(db, "bob"), "tutor")
    assert "<form" not in (await browser.get(STATUS)).body.partition("<main")[2]
    assert (await ask(browser, ask="user", user="bob")).status == 403


@pytest.mark.parametrize(
    ("scopes", "status"), [((READ_STATUS,), 200), (("admin-ui",), 200), (("read:users", "admin:users"), 403)]
)
async def test_the_scopes_of_a_service(hub_with: Any, scopes: tuple[str, ...], status: int) -> None:
    hub = await hub_with(*scopes)
    assert (await ask_api(hub)).status == status
    assert (await ask_api(hub, "another-token")).status == 403
    assert (await hub.browser().get(API)).status == 403
    page = await hub.browser().request("GET", STATUS, headers={"Authorization": f"Bearer {TOKEN}"})
    assert page.status == 302  # the page itself takes no tokens


async def test_the_scope_may_be_declared_by_the_operator_too(hub_with: Any) -> None:
    from jupyterhub.scopes import scope_definitions

    before = scope_definitions.pop(READ_STATUS, None)
    try:
        hub = await hub_with(custom={READ_STATUS: {"description": "As the operator says it."}})
        assert scope_definitions[READ_STATUS]["description"] == "As the operator says it."
        assert (await ask_api(hub)).status == 200
    finally:
        scope_definitions.pop(READ_STATUS, None)
        if before is not None:
            scope_definitions[READ_STATUS] = before


async def test_a_browsers_session_needs_the_xsrf_token_for_the_json_form(hub_with: Any) -> None:
    hub = await hub_with()
    browser = await admin_of(hub)
    await browser.get(STATUS)
    of_another_site = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
    assert (await browser.get(API, headers=of_another_site)).status == 403
    answer = await browser.get(API, headers={**of_another_site, "X-XSRFToken": browser.cookies["_xsrf"]})
    assert answer.status == 200


async def test_no_secret_token_or_claim_is_shown(hub_with: Any) -> None:
    hub = await hub_with(enable_auth_state=True, allow_all=False, allowed_users={"bob"})
    browser = await admin_of(hub)
    await hub.browser().login("carol")
    page, data = await browser.get(STATUS), (await ask_api(hub)).body
    assert "no allow rule matches" in card(page)
    for text in (page.body.partition("<main")[2].partition("</main>")[0], data):
        for hidden in (CLIENT_SECRET, "carol", "@", TOKEN, hub.state.crypt_key):
            assert hidden not in text
    assert (page.headers["cache-control"], page.headers["referrer-policy"]) == ("no-store", "same-origin")


# --- what it shows ---------------------------------------------------------------------------------------------------


async def test_a_provider_that_answers(hub_with: Any) -> None:
    hub = await hub_with()
    browser = await admin_of(hub)
    (way,) = (await json_of(hub))["ways"]
    assert (way["provider"], way["name"], way["state"], way["sign_ins"]) == ("generic", "Campus", "up", 1)
    assert way["since"] is not None
    assert way["answer_time"] >= 0
    page = card(await browser.get(STATUS))
    assert "Campus Working" in page
    assert "Sign-ins and answers are counted since the last start of JupyterHub" in page


async def test_a_provider_that_does_not_answer(hub_with: Any, provider: Any) -> None:
    hub = await hub_with()
    browser = await admin_of(hub)
    provider.faults.on("F15", at="token")
    await hub.browser().login("bob")
    (way,) = (await json_of(hub))["ways"]
    assert way["state"] == "down"
    assert way["since"] is not None
    assert "Campus Not answering" in card(await browser.get(STATUS))
    provider.faults.off()
    await hub.browser().login("bob")
    assert "Campus Working" in card(await browser.get(STATUS))


async def test_the_circuit_breaker_of_refreshes_counts(hub_with: Any, provider: Any) -> None:
    hub = await hub_with(enable_auth_state=True, user_data_max_age=0)
    await admin_of(hub)
    browser = hub.browser()
    await browser.login("bob")
    provider.faults.on("F15", at="userinfo")
    hub.app.users["bob"]._auth_refreshed = None
    assert (await browser.get("/hub/home")).status == 200
    status = await json_of(hub)
    assert status["ways"][0]["state"] == "down"
    assert status["queue"]["failing"] == 1


async def test_a_slow_provider(hub_with: Any) -> None:
    hub = await hub_with()
    browser = await admin_of(hub)
    for _ in range(100):
        hub.authenticator.observers.note(ProviderAnswered(provider="generic", request="token", result="200", seconds=4))
    assert "Campus Slow" in card(await browser.get(STATUS))
    assert (await json_of(hub))["ways"][0]["answer_time"] == 4


async def test_refusals_by_rule_with_reference(hub_with: Any) -> None:
    hub = await hub_with(allow_all=False, allowed_users={"bob"}, blocked_users={"bob"})
    browser = await admin_of(hub)
    assert "Nobody was refused." in card(await browser.get(STATUS))
    for name in ("carol", "carol", "bob"):
        await hub.browser().login(name)
    latest = store_of(hub.app.db).refusals.recent(2)
    shown = (await json_of(hub))["refusals"]
    assert [(each["rule"], each["count"], each["reference"]) for each in shown] == [
        ("blocked_users", 1, latest[0].reference),
        ("no allow rule matches", 2, latest[1].reference),
    ]
    page = card(await browser.get(STATUS))
    assert f"blocked_users Campus 1 {at_in(shown[0])} {latest[0].reference}" in page
    assert "oauthenticator-suite explain" in page


def at_in(refusal: dict[str, Any]) -> str:
    return str(refusal["at"]).replace("T", " ")[:16] + " UTC"


async def test_keys_and_secret(hub_with: Any) -> None:
    hub = await hub_with()
    browser = await admin_of(hub)
    keys, secret = (await json_of(hub))["keys"]
    assert (keys["kind"], secret["kind"]) == ("keys", "client_secret")
    assert keys["since"] < keys["until"]
    assert secret["until"] is None
    page = card(await browser.get(STATUS))
    assert "Keys of Campus" in page
    assert "Client secret for Campus" in page


async def test_a_secret_that_expires(hub_with: Any) -> None:
    now = time.time()
    hub = await hub_with(client_secret_expires_at=now + 20 * 86400)
    browser = await admin_of(hub)
    secret = (await json_of(hub))["keys"][1]
    assert secret["until"] == datetime.fromtimestamp(now + 20 * 86400, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    page = await browser.get(STATUS)
    assert "Expires 20" in card(page)
    assert "[secret-expires]" in card(page)
    hub.authenticator.client_secret_expires_at = now - 60
    assert "Expired 20" in card(await browser.get(STATUS))


async def test_the_refresh_queue(hub_with: Any) -> None:
    hub = await hub_with()
    browser = await admin_of(hub)
    refresher = hub.authenticator.refresher
    refresher._runs.update(bob=None)
    refresher._queue._waiting.update(carol=(refresher.clock() - 150, None), dave=(refresher.clock(), None))
    try:
        queue = (await json_of(hub))["queue"]
        page = card(await browser.get(STATUS))
    finally:
        refresher._runs.clear()
        refresher._queue._waiting.clear()
    assert (queue["waiting"], queue["running"], queue["failing"]) == (2, 1, 0)
    assert queue["oldest"] >= 150
    assert "Waiting 2 Running 1 Without an answer 0 Longest wait 2 min" in page


async def test_the_checks_run_again_after_an_hour(hub_with: Any) -> None:
    hub = await hub_with()
    now = time.time()
    assert "secret-expires" not in [finding.code for finding in recent_findings(hub.authenticator, now)]
    hub.authenticator.client_secret_expires_at = now + 86400
    assert "secret-expires" not in [finding.code for finding in recent_findings(hub.authenticator, now + 3599)]
    assert "secret-expires" in [finding.code for finding in recent_findings(hub.authenticator, now + 3600)]


async def test_a_wiki_with_oauth_1(hub_at_wiki: Any) -> None:
    """It has no keys, and its consumer has a secret."""
    hub = await hub_at_wiki(admin_users={"Alice"}, login_service="Wikimedia")
    browser = hub.browser()
    await browser.login("Alice", next_url=STATUS)
    page = await browser.get(STATUS)
    assert page.status == 200
    assert "Wikimedia Working" in card(page)
    assert "Client secret for Wikimedia" in card(page)
    assert "Keys of Wikimedia" not in card(page)


async def test_findings(hub_with: Any) -> None:
    hub = await hub_with(auth_refresh_age=0)
    browser = await admin_of(hub)
    found = (await json_of(hub))["findings"]
    severities = [finding["severity"] for finding in found]
    assert {"warning", "info"} <= set(severities)
    assert severities == sorted(severities, key=SEVERITIES.index)
    page = card(await browser.get(STATUS))
    for finding in found:
        assert f"[{finding['code']}]" in page
        assert set(finding) == {"provider", "severity", "code", "text"}


async def test_several_providers_on_one_page(provider: Any, hubs: Any) -> None:
    """A form has no provider, and a class of another package does not say how it is."""
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/auth/campus/authorize")
    passwords = {"passwords": {"ada": "lovelace"}, "allow_all": True}
    entries = [
        entry("campus", **at(provider), admin_users={"alice"}),
        entry("guests", DictionaryAuthenticator, **passwords),
        entry("other", DummyAuthenticator, allow_all=True),
    ]
    config = with_service(config_of(entries, username_collision="prefix"), READ_STATUS)
    hub = await hubs(config, state)
    browser = hub.browser()
    await browser.login("alice", at="campus")
    status = await json_of(hub)
    assert [(way["provider"], way["name"], way["state"], way["sign_ins"]) for way in status["ways"]] == [
        ("campus", "Campus", "up", 1),
        ("guests", "Guests", "local", 0),
        ("other", "Other", "unknown", 0),
    ]
    guest = hub.browser()
    form = await guest.get("/hub/login")
    await guest.submit(form, {"username": "ada", "password": "lovelace"}, action="/hub/auth/guests/login")
    assert guest.logged_in
    assert [way["sign_ins"] for way in (await json_of(hub))["ways"]] == [1, 1, 0]
    page = card(await browser.get(STATUS))
    for text in ("Campus Working", "Guests On this server", "Other Not known"):
        assert text in page
    assert "Sign-in status" in card(await browser.get("/hub/admin"))


async def test_a_form_alone(hubs: Any) -> None:
    config = Config()
    config.JupyterHub.authenticator_class = DictionaryAuthenticator
    config.DictionaryAuthenticator.update(passwords={"ada": "lovelace"}, allow_all=True, admin_users={"ada"})
    hub = await hubs(config)
    browser = hub.browser()
    page = await browser.open(f"/hub/login?next={STATUS}")
    page = await browser.submit(page, {"username": "ada", "password": "lovelace"}, action="/hub/login")
    assert (page.path, page.status) == (STATUS, 200)
    assert "On this server" in card(page)
    assert "Keys and secrets" not in card(page)


async def test_the_page_is_in_the_language_of_the_browser(hub_with: Any) -> None:
    hub = await hub_with(blocked_users={"bob"})
    browser = await admin_of(hub)
    await hub.browser().login("bob")
    page = await browser.get(f"{STATUS}?user=alice", headers={"Accept-Language": "de"})
    assert "Status der Anmeldung" in card(page)
    assert "Soll sich alice neu anmelden?" in card(page)
    arabic = await browser.get(STATUS, headers={"Accept-Language": "ar"})
    assert 'lang="ar" dir="rtl"' in arabic.body


@pytest.mark.skipif(jupyterhub.version_info[:2] < (6, 1), reason="the limits are those of the newest JupyterHub")
async def test_the_page_takes_two_statements_and_asks_nobody(hub_with: Any, provider: Any) -> None:
    """On top of those with which JupyterHub finds the user of any page; nothing is written."""
    hub = await hub_with(blocked_users={"bob"})
    browser = await admin_of(hub)
    for _ in range(3):
        await hub.browser().login("bob")
    await browser.get(STATUS)
    with counting(hub) as home:
        await browser.get("/hub/home")
    requests = len(provider.calls)
    with counting(hub) as page:
        assert (await browser.get(STATUS)).status == 200
    limit = Cost(home.cost_without_pings.statements + 2, home.commits)
    page.check(Cost(page.cost_without_pings.statements, page.commits), limit)
    assert len(provider.calls) == requests


# --- what can be done ------------------------------------------------------------------------------------------------


async def ask(browser: Browser, *, xsrf: str | None = None, **fields: str) -> Hop:
    """Submit a form of the page, as the browser would after its owner has confirmed it."""
    token = browser.cookies.get("_xsrf", "") if xsrf is None else xsrf
    return await browser.request("POST", STATUS, data={"_xsrf": token, **fields})


def noted(hub: Hub) -> list[Fact]:
    return Witness(hub).facts


@pytest.mark.parametrize("age", [300, 0])
async def test_everyone_is_asked_to_sign_in_again(hub_with: Any, age: int) -> None:
    hub = await hub_with(auth_refresh_age=age)
    admin, user, facts = await admin_of(hub), hub.browser(), noted(hub)
    await user.login("bob")
    page = await admin.get(STATUS)
    assert "Users who are signed in now, at most: 2" in card(page)
    answer = await admin.follow(await ask(admin, ask="everyone"))
    assert answer.path == "/hub/login"  # the administrator too
    assert (await user.get("/hub/home")).status == 302
    assert "The administrators of JupyterHub ask you to sign in again." in card(await user.open("/hub/home"))
    ended = [fact for fact in facts if isinstance(fact, SessionsEnded) and fact.by]
    assert ended == [SessionsEnded(provider="", username="", reason="asked", by="alice")]
    assert "event=session-ended reason=asked by=alice" in "\n".join(hub.log.at_least(logging.WARNING))
    await admin.login("alice")
    page = await admin.get(STATUS)
    assert "Everyone was last asked at " in card(page)
    assert "Users who are signed in now, at most: 1" in card(page)


async def test_one_user_is_asked_to_sign_in_again(hub_with: Any) -> None:
    hub = await hub_with()
    admin, user, other, facts = await admin_of(hub), hub.browser(), hub.browser(), noted(hub)
    await user.login("bob")
    await other.login("carol")
    page = await admin.get(STATUS)
    assert 'action="/hub/auth/status#user" method="get"' in page.body
    question = await admin.get(f"{STATUS}?user=bob")
    assert "Ask bob to sign in again? Last sign-in: 20" in card(question)
    assert (await user.get("/hub/home")).status == 200  # the question alone ends nothing
    done = await admin.submit(question, {"ask": "user"}, action=STATUS)
    assert (done.path, done.query) == (STATUS, {"user": "bob"})
    assert "The user bob must sign in again. The sessions ended at 20" in card(done)
    assert (await user.get("/hub/home")).status == 302
    assert (await other.get("/hub/home")).status == 200
    assert (await admin.get("/hub/home")).status == 200
    ended = [fact for fact in facts if isinstance(fact, SessionsEnded) and fact.by]
    assert ended == [SessionsEnded(provider="generic", username="bob", reason="asked", by="alice")]
    assert "event=session-ended provider=generic user=bob reason=asked by=alice" in "\n".join(
        hub.log.at_least(logging.INFO)
    )


async def test_a_user_who_does_not_exist(hub_with: Any) -> None:
    hub = await hub_with()
    admin, facts = await admin_of(hub), noted(hub)
    page = await admin.get(f"{STATUS}?user=%3Cb%3Enobody")
    assert page.status == 200
    assert "There is no user <b>nobody." in card(page)
    assert "&lt;b&gt;nobody" in page.body
    assert (await ask(admin, ask="user", user="nobody")).status == 400
    assert not [fact for fact in facts if isinstance(fact, SessionsEnded)]


@pytest.mark.parametrize("fields", [{}, {"ask": "user"}, {"ask": "else"}, {"ask": "everyone", "user": "bob"}])
async def test_an_incomplete_form_ends_nothing(hub_with: Any, fields: dict[str, str]) -> None:
    hub = await hub_with()
    admin = await admin_of(hub)
    await hub.browser().login("bob")
    await admin.get(STATUS)
    assert (await ask(admin, **fields)).status == 400
    assert (await admin.get(STATUS)).status == 200


@pytest.mark.parametrize("fields", [{"ask": "everyone"}, {"ask": "user", "user": "bob"}])
async def test_another_site_cannot_ask(hub_with: Any, fields: dict[str, str]) -> None:
    """Without the token of the page nothing happens, whether it is missing, wrong, or another browser's."""
    hub = await hub_with()
    admin, user, facts = await admin_of(hub), hub.browser(), noted(hub)
    await user.login("bob")
    await admin.get(STATUS)
    await user.get("/hub/home")
    for token in ("", "x", user.cookies["_xsrf"]):
        assert (await ask(admin, xsrf=token, **fields)).status == 403
    assert (await user.get("/hub/home")).status == 200
    assert not [fact for fact in facts if isinstance(fact, SessionsEnded)]


# --- the link on the admin page --------------------------------------------------------------------------------------


async def test_the_admin_page_has_a_link(hub_with: Any) -> None:
    hub = await hub_with()
    browser = await admin_of(hub)
    page = await browser.get("/hub/admin")
    assert page.status == 200
    assert '<a class="nav-link" href="/hub/auth/status" lang="en">Sign-in status</a>' in page.body
    assert 'id="react-admin-hook"' in page.body
    assert STATUS not in (await browser.get("/hub/home")).body
    other = hub.browser()
    await other.login("bob")
    assert (await other.get("/hub/admin")).status == 403
    assert (await hub.browser().get("/hub/admin")).status == 302


@pytest.mark.parametrize(
    ("template", "has_link"),
    [
        ("{% extends 'templates/admin.html' %}{% block main %}<p>Ours</p>{{ super() }}{% endblock %}", True),
        ("<p>Ours</p>", False),
    ],
)
async def test_an_operators_admin_page(hub_with: Any, tmp_path: Any, template: str, has_link: bool) -> None:
    """It stays; a template without JupyterHub's menu has no link."""
    (tmp_path / "admin.html").write_text(template)
    hub = await hub_with()
    hub.app.tornado_settings["jinja2_env"].loader.loaders[1].searchpath.insert(0, str(tmp_path))
    page = await (await admin_of(hub)).get("/hub/admin")
    assert page.status == 200
    assert "<p>Ours</p>" in page.body
    assert (STATUS in page.body) is has_link


# --- the counters ----------------------------------------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000_000.0

    def __call__(self) -> float:
        return self.now


def answered(result: str = "200", seconds: float = 0.1) -> ProviderAnswered:
    return ProviderAnswered(provider="campus", request="token", result=result, seconds=seconds)


def test_sign_ins_of_the_last_day() -> None:
    clock = Clock()
    record = StatusRecord(clock)
    for _ in range(int(3 * COUNTED_FOR / SLOT)):
        tell(record, LoginSucceeded(provider="campus", username="alice", seconds=0.1))
        clock.now += SLOT
    assert record.of("campus").sign_ins(clock.now) == COUNTED_FOR / SLOT - 1
    clock.now += COUNTED_FOR
    assert record.of("campus").sign_ins(clock.now) == 0
    assert len(record.of("campus")._sign_ins) <= COUNTED_FOR / SLOT + 1


@pytest.mark.parametrize("failure", ["ProviderUnreachable", "ProviderTimeout", "ProviderBusy", "503"])
def test_since_when_a_provider_answers_or_not(failure: str) -> None:
    clock = Clock()
    record = StatusRecord(clock)
    assert record.of("campus").answering_since is None
    times = {}
    for result in ("200", "401", failure, failure, "200", "InvalidResponse"):
        clock.now += 10
        times.setdefault(result, clock.now)
        tell(record, answered(result))
        of = record.of("campus")
        assert of.failing_since == (times[failure] if result == failure else None)
    assert of.answering_since == 1_000_000_000 + 50


def test_the_circuit_breaker_is_heard() -> None:
    clock = Clock()
    record = StatusRecord(clock)
    tell(record, ProviderHealth(provider="campus", is_up=False))
    assert record.of("campus").failing_since == clock.now
    tell(record, ProviderHealth(provider="campus", is_up=True))
    assert record.of("campus").failing_since is None


def test_the_answer_time_is_the_median_of_the_last_hour() -> None:
    clock = Clock()
    record = StatusRecord(clock)
    for seconds in (9, 0.2, 0.1, 0.3):
        tell(record, answered(seconds=seconds))
        clock.now += 1
    assert record.of("campus").answer_time(clock.now) == pytest.approx(0.25)
    assert record.of("campus").answer_time(clock.now + 3601) is None


def test_the_counters_are_bounded() -> None:
    record = StatusRecord(Clock())
    for number in range(2 * MAX_PROVIDERS):
        tell(record, ProviderAnswered(provider=f"p{number}", request="token", result="200", seconds=0.1))
    assert len(record._providers) == MAX_PROVIDERS


def test_there_is_one_record_for_a_hub() -> None:
    observers = Observers(logging.getLogger("test"))
    assert record_of(observers) is record_of(observers)
    assert record_of(observers) is not record_of(Observers(logging.getLogger("test")))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0, "0 s"),
        (0.1234, "123 ms"),
        (3.24, "3.2 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3600 + 20 * 60, "1 h 20 min"),
        (86400, "1 d"),
        (90 * 86400 + 3 * 3600 + 59, "90 d 3 h"),
        (86400 + 59, "1 d"),
    ],
)
def test_durations(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize("name", ["a\u200bb", "a\x7fb", "a\u2028b"])
async def test_a_name_that_no_user_can_have(hub_with: Any, name: str) -> None:
    admin = await admin_of(await hub_with())
    page = await admin.get(f"/hub/auth/status?user={quote(name)}")
    assert page.status in (200, 400)
    assert (await ask(admin, ask="user", user=name)).status == 400


async def test_a_finding_shows_no_secret_of_the_configuration(hub_with: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Finding("its-own", "warning", "c.GenericOAuthenticator.client_secret", f"is {CLIENT_SECRET}", "Change it")
    monkeypatch.setattr(status_module, "findings_by_provider", lambda authenticator: [ProviderFinding("generic", told)])
    hub = await hub_with()
    found = await json_of(hub)
    assert "its-own" in json.dumps(found)
    assert CLIENT_SECRET not in json.dumps(found)
    assert CLIENT_SECRET not in (await (await admin_of(hub)).get("/hub/auth/status")).body
