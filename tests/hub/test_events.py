"""Events through JupyterHub's event log, the lines of the log, and the JSON formatter."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from jupyter_events import EventLogger
from jupyterhub.app import JupyterHub
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator
from oauthenticator_suite.hub.observe import log_lines
from oauthenticator_suite.hub.observe.events import EVENT_ID, EventWriter, event_of, schemas
from oauthenticator_suite.hub.observe.facts import (
    FACTS,
    AccountBound,
    FailedLogin,
    LoggedOut,
    LoginBegan,
    LoginSucceeded,
    RightsChanged,
    SessionsEnded,
    UserRefused,
)
from oauthenticator_suite.hub.observe.json_log import JSONFormatter
from oauthenticator_suite.hub.observe.log_lines import FIELDS, LogWriter, fields_of, logfmt
from tests.conftest import generic_config
from tests.fakes.openid_provider import FakeProvider
from tests.multi.conftest import at, config_of, entry
from tests.support import Hub, HubState, reference_on, refresh_is_due
from tests.support.facts import Witness, tell

pytestmark = pytest.mark.hub_versions


class Sink(logging.Handler):
    """A handler of events that keeps them."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    def events(self) -> list[tuple[str, dict[str, Any]]]:
        """The events since the last call: the kind, and what the schema describes."""
        found = [json.loads(line) for line in self.lines]
        self.lines.clear()
        kinds = [event["__schema__"].removeprefix(EVENT_ID) for event in found]
        shown = [{name: value for name, value in event.items() if name[0] != "_"} for event in found]
        return [
            (kind, {n: v for n, v in each.items() if n != "taskName"}) for kind, each in zip(kinds, shown, strict=True)
        ]

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.events()]


@pytest.fixture
def watched(hubs: Any, provider: FakeProvider) -> Callable[..., Any]:
    """`hub, sink = await watched(trait=value, …)`."""

    async def start(**traits: Any) -> tuple[Hub, Sink]:
        state, sink = HubState(), Sink()
        provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
        config = generic_config(provider, **traits)
        config.EventLogger.handlers = [sink]
        return await hubs(config, state), sink

    return start


async def test_what_is_configured_and_a_login(watched: Any) -> None:
    hub, sink = await watched(enable_auth_state=True)
    ((kind, start),) = sink.events()
    assert (kind, start["provider"], start["authenticator_class"]) == (
        "configuration",
        "generic",
        "GenericOAuthenticator",
    )
    assert start["settings"]["allow_all"] is True
    await hub.browser().login("alice")
    (bound, (kind, login)) = sink.events()
    assert bound[0] == "account"
    assert kind == "login"
    assert login.pop("seconds") > 0
    assert login == {"provider": "generic", "username": "alice", "is_new": True}


async def test_each_kind_of_refused_or_failed_login(watched: Any, provider: FakeProvider) -> None:
    hub, sink = await watched(enable_auth_state=True, blocked_users={"bob"})
    await hub.browser().login("alice")
    sink.events()
    page = await hub.browser().login("bob")
    ((kind, refused),) = sink.events()
    assert kind == "refusal"
    assert refused == {
        "provider": "generic", "username": "bob", "rule": "blocked_users", "status": 403,
        "reference": reference_on(page, hub),
        "rules": [
            {"kind": "blocked", "name": "blocked_users", "result": True},
            {"kind": "admin", "name": "admin_users", "result": False},
            {"kind": "allowed", "name": "allow_all", "result": True},
            {"kind": "allowed", "name": "allowed_users", "result": False},
        ],
    }  # fmt: skip
    provider.users["alice"]["sub"] = "another"
    await hub.browser().login("alice")
    ((kind, conflict),) = sink.events()
    assert (kind, conflict["outcome"], conflict["error"]) == ("account", "refused", "AccountConflict")
    callback = await hub.browser().walk_to_callback("alice")
    await hub.browser().open(callback)
    ((kind, failed),) = sink.events()
    assert (kind, failed["error"], failed["code"]) == ("login-error", "AttemptError", "missing")


async def test_the_groups_of_a_refused_user(watched: Any, provider: FakeProvider) -> None:
    """A group whose name may be an e-mail address is counted, and not named."""
    provider.users["alice"]["groups"] = ["students", "staff", "alice@secret.example"]
    groups = {"manage_groups": True, "auth_state_groups_key": "oauth_user.groups", "allowed_groups": {"admins"}}
    hub, sink = await watched(scope=["openid", "profile", "groups"], allow_all=False, **groups)
    sink.events()
    await hub.browser().login("alice")
    ((kind, refused),) = sink.events()
    assert kind == "refusal"
    assert (refused["groups"], refused["groups_left_out"]) == (["staff", "students"], 1)
    assert {"kind": "allowed", "name": "allowed_groups", "result": False} in refused["rules"]


def test_what_the_rules_said_is_kept_until_the_login_has_failed() -> None:
    sink = Sink()
    writer = EventWriter(EventLogger(handlers=[sink]))
    rules, failed = (("allowed", "allow_all", False),), {"provider": "github", "error": "AccessDenied", "status": 403}
    for number in range(150):
        tell(writer, UserRefused(provider="github", reference=str(number), username="", rule="r", rules=rules))
    for reference in ("149", "149", "0"):
        tell(writer, FailedLogin(reference=reference, rule="r", **failed))
    assert [len(event["rules"]) for _, event in sink.events()] == [1, 0, 0]


async def test_refreshes_can_be_left_out(watched: Any) -> None:
    for is_on in (True, False):
        hub, sink = await watched(enable_auth_state=True, user_data_max_age=0, event_on_refresh=is_on)
        browser = hub.browser()
        await browser.login("alice")
        sink.events()
        refresh_is_due(hub)
        await browser.get("/hub/home")
        assert sink.kinds() == ["refresh"] * is_on
        await browser.open("/hub/logout", headers={"Referer": f"{hub.url}/hub/home"})
        assert sink.kinds() == ["session-ended", "logout"]


async def test_hashed_usernames(watched: Any) -> None:
    hub, sink = await watched(enable_auth_state=True, hash_event_usernames=True)
    await hub.browser().login("alice")
    await hub.browser().login("alice")
    names = {event["username"] for _, event in sink.events() if "username" in event}
    assert len(names) == 1
    assert "alice" not in names
    await hub.browser().login("bob")
    assert not names & {event["username"] for _, event in sink.events()}


async def test_without_a_handler_nothing_is_registered(hub_at_provider: Any) -> None:
    hub = await hub_at_provider()
    assert not [name for name in hub.app.eventlog.schemas.schema_ids if name.startswith(EVENT_ID)]


SECRETS = ("correct-horse-battery", "alice@secret.example", "Family-Name-X", "s3cret-client")


async def test_no_token_claim_or_address_in_any_event_or_line(watched: Any, provider: FakeProvider) -> None:
    provider.users["alice"].update(email=SECRETS[1], name=SECRETS[2], email_verified=True)
    hub, sink = await watched(enable_auth_state=True, user_data_max_age=0, revoke_tokens_on_logout=True)
    facts = Witness(hub).facts
    browser = hub.browser()
    await browser.login("alice")
    auth_state = await hub.auth_state("alice")
    refresh_is_due(hub)
    await browser.get("/hub/home")
    await browser.open("/hub/logout", headers={"Referer": f"{hub.url}/hub/home"})
    hub.authenticator.blocked_users = {"alice"}
    await hub.browser().login("alice")
    tokens = [value for name, value in auth_state.items() if name.endswith("_token") and isinstance(value, str)]
    assert tokens
    planted = [*tokens, *SECRETS, provider.client.client_secret, provider.users["alice"]["sub"]]
    written = "\n".join([*sink.lines, *map(repr, facts)])
    assert "alice" in written
    assert [secret for secret in planted if secret in written] == []


async def test_names_typed_into_a_form_are_not_in_events(hubs: Any) -> None:
    sink, config = Sink(), Config()
    config.EventLogger.handlers = [sink]
    config.JupyterHub.authenticator_class = DictionaryAuthenticator
    config.DictionaryAuthenticator.passwords = {"alice": SECRETS[0]}
    config.DictionaryAuthenticator.enable_auth_state = False
    config.DictionaryAuthenticator.allow_all = True
    config.DictionaryAuthenticator.failure_delay = 0
    hub = await hubs(config)
    browser = hub.browser()
    page = await browser.open("/hub/login")
    await browser.submit(page, {"username": SECRETS[0], "password": "alice"})  # a user has mixed up the two fields
    assert not [line for line in sink.lines if SECRETS[0] in line]
    assert "login-error" in sink.kinds()


async def test_children(hubs: Any, provider: FakeProvider) -> None:
    state, sink = HubState(), Sink()
    provider.client.redirect_uris.add(f"{state.url}/hub/auth/campus/authorize")
    entries = [
        entry("campus", **at(provider, hash_event_usernames=True)),
        entry("staff", DictionaryAuthenticator, passwords={"alice": "correct-horse"}, allow_all=True),
    ]
    config = config_of(entries, username_collision="prefix")
    config.EventLogger.handlers = [sink]
    hub = await hubs(config, state)
    assert [event["provider"] for _, event in sink.events()] == ["campus", "staff"]
    await hub.browser().login("bob", at="campus")
    assert {event["provider"] for _, event in sink.events()} == {"campus"}
    assert not [line for line in sink.lines if "bob" in line]


# --- schemas ---------------------------------------------------------------------------------------------------------


def examples() -> list[Any]:
    """A fact of each class, with all its values."""
    values: dict[str, Any] = {
        "provider": "github", "username": "alice", "seconds": 0.5, "status": 403, "error": "AttemptError",
        "outcome": "valid", "by": "user", "reason": "denied", "rule": "blocked_users", "reference": "7QK2-M4XD",
        "how": "by_name", "scope": "pair", "request": "token", "result": "200", "is_up": False,
        "authenticator_class": "GitHubOAuthenticator", "version": "0.1", "asked": True,
    }  # fmt: skip
    return [fact(**{name: values[name] for name in fact.__dataclass_fields__ if name in values}) for fact in FACTS]


@pytest.mark.parametrize("fact", examples(), ids=lambda fact: type(fact).__name__)
def test_each_event_follows_its_schema(fact: Any) -> None:
    sink = Sink()
    writer = EventWriter(EventLogger(handlers=[sink]))
    tell(writer, fact)
    found = event_of(fact)
    assert len(sink.lines) == (found is not None)
    if found is not None:
        kind, data = found
        optional = {"groups", "groups_left_out"} if kind == "refusal" else set()
        assert set(schemas()[kind]["required"]) == set(schemas()[kind]["properties"]) - optional == set(data)


def test_each_schema_has_an_id_a_version_and_descriptions() -> None:
    assert len(schemas()) == 11
    for kind, schema in schemas().items():
        assert schema["$id"] == f"{EVENT_ID}{kind}"
        assert schema["version"] == "1"
        assert schema["title"]
        assert all(each["description"] for each in schema["properties"].values())


# --- lines of the log ------------------------------------------------------------------------------------------------


async def test_one_line_for_a_login_and_one_for_a_refusal(hub_at_provider: Any) -> None:
    hub = await hub_at_provider(blocked_users={"bob"})
    await hub.browser().login("alice")
    (line,) = hub.log.lines_with("event=login")
    assert "event=login provider=generic user=alice is_new=true seconds=" in line
    page = await hub.browser().login("bob")
    reference = reference_on(page, hub)
    (record,) = (each for each in hub.log.records if reference in each.getMessage())
    assert getattr(record, FIELDS) == {
        "event": "refusal", "provider": "generic", "user": "bob", "rule": "blocked_users", "reference": reference,
        "status": 403,
    }  # fmt: skip


def test_values_of_more_than_a_word_are_quoted() -> None:
    fact = RightsChanged(provider="a b", username='x"\n', groups_gained=("staff",))
    assert logfmt(fields_of(fact)) == r'event=rights provider="a b" user="x\"\n" groups_gained="[\"staff\"]"'
    fact = LoggedOut(provider="github", username="alice", by="user")
    assert logfmt(fields_of(fact)) == "event=logout provider=github user=alice by=user everywhere=false"


@pytest.mark.parametrize(
    ("fact", "level"),
    [
        (LoggedOut(provider="github", username="alice", by="user"), logging.INFO),
        (SessionsEnded(provider="github", username="alice", reason="idle"), logging.INFO),
        (SessionsEnded(provider="", username="", reason="asked", by="admin"), logging.WARNING),
        (AccountBound(provider="github", username="alice", how="renamed"), logging.INFO),
        (AccountBound(provider="github", username="alice", how="by_name"), logging.WARNING),
        (LoginBegan(provider="github"), None),
    ],
)
def test_the_level_of_a_line(caplog: pytest.LogCaptureFixture, fact: Any, level: int | None) -> None:
    log = logging.getLogger("tests.events")
    caplog.set_level(logging.INFO, log.name)
    tell(LogWriter(log), fact)
    assert [record.levelno for record in caplog.records] == ([] if level is None else [level])


def test_no_line_is_formatted_whose_level_is_off(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    log = logging.getLogger("tests.events")
    caplog.set_level(logging.ERROR, log.name)
    formatted: list[Any] = []
    monkeypatch.setattr(log_lines, "fields_of", formatted.append)
    tell(LogWriter(log), LoggedOut(provider="github", username="alice", by="user"))
    assert formatted == []


def test_a_record_as_json() -> None:
    fields = fields_of(LoginSucceeded(provider="github", username="alice", seconds=0.12345))
    record = logging.LogRecord("JupyterHub", logging.INFO, "file.py", 1, "%s", ("a\nline",), None)
    setattr(record, FIELDS, {**fields, "level": "not replaced"})
    line = JSONFormatter("%(message)s", None, "%").format(record)
    assert "\n" not in line
    found = json.loads(line)
    assert found.pop("time").endswith("+00:00")
    assert found == {
        "level": "INFO", "logger": "JupyterHub", "message": "a\nline", "event": "login", "provider": "github",
        "user": "alice", "is_new": False, "seconds": 0.123,
    }  # fmt: skip


def test_jupyterhub_uses_the_formatter() -> None:
    app = JupyterHub(logging_config={
        "formatters": {"console": {"class": "oauthenticator_suite.hub.observe.json_log.JSONFormatter"}}
    })  # fmt: skip
    formatters = {type(handler.formatter) for handler in app.log.handlers}
    assert formatters == {JSONFormatter}
    JupyterHub.clear_instance()
