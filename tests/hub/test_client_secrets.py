"""The client secret: two of them during a rotation, its age, and its end."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from base64 import b64encode
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote_plus

import pytest
from sqlalchemy import select
from traitlets import TraitError
from traitlets.config import Config

from oauthenticator_suite import GenericOAuthenticator, MWOAuthenticator
from oauthenticator_suite.errors import ClientRefused, ConfigurationError, InvalidGrant, ProviderUnreachable, SuiteError
from oauthenticator_suite.hub.findings.finding import find
from oauthenticator_suite.hub.oauth.client_secrets import PREFER_CURRENT_AFTER, ClientSecrets
from oauthenticator_suite.hub.oauth.expiry import ONE_DAY
from oauthenticator_suite.hub.oauth.secret_watch import reminders
from oauthenticator_suite.hub.store.tables import SETTINGS
from tests.conftest import generic_config
from tests.fakes.openid_provider import FakeProvider
from tests.support import HubState, Time, refreshes_ended, start_hub
from tests.support.logs import LogCapture

pytestmark = pytest.mark.hub_versions

OLD, NEW = "the-former-secret-of-this-client", "the-secret-that-was-made-today:%+"
NAMES = select(SETTINGS.c.name)
GOOD = {"issuer": "https://login.example", "client_id": "hub", "client_secret": NEW, "allow_all": True}


def statuses(provider: FakeProvider, since: int = 0) -> list[int]:
    return [call.status for call in provider.requests_to("token")][since:]


def knows(provider: FakeProvider, secret: str) -> None:
    """From now on the provider accepts this secret alone."""
    provider.client.client_secret = secret
    provider.secrets |= {OLD, NEW}


def nothing_leaks(hub: Any) -> None:
    forms = [
        form for secret in (OLD, NEW) for form in (secret, quote_plus(secret), b64encode(secret.encode()).decode())
    ]
    assert not [form for form in forms if form in hub.log.text]


# --- two secrets ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
async def test_logins_go_on_while_the_provider_changes_to_the_new_secret(
    method: str, provider: FakeProvider, hub_at_provider: Any
) -> None:
    provider.client.auth_method = method
    knows(provider, OLD)
    hub = await hub_at_provider(client_secret=NEW, previous_client_secret=OLD)
    assert (await hub.browser().login("alice")).status == 200
    assert statuses(provider) == [401, 200]
    (line,) = hub.log.lines_with("accepts previous_client_secret")
    assert line.startswith("WARNING")
    assert (await hub.browser().login("bob")).status == 200
    assert statuses(provider, 2) == [200]  # the Hub remembers which one works

    knows(provider, NEW)
    assert (await hub.browser().login("alice")).status == 200
    assert statuses(provider, 3) == [401, 200]
    (line,) = hub.log.lines_with("previous_client_secret can be removed")
    assert "accepts GenericOAuthenticator.client_secret" in line
    assert (await hub.browser().login("bob")).status == 200
    assert statuses(provider, 5) == [200]
    nothing_leaks(hub)


async def test_the_new_secret_is_tried_again_every_hour(provider: FakeProvider, hub_at_provider: Any) -> None:
    knows(provider, OLD)
    hub = await hub_at_provider(client_secret=NEW, previous_client_secret=OLD)
    now = time.time()
    secrets = hub.authenticator.connection.secrets
    for name, later, expected in (
        ("alice", 0, [401, 200]),
        ("bob", 3590, [200]),
        ("alice", PREFER_CURRENT_AFTER, [401, 200]),
    ):
        secrets._clock = lambda later=later: now + later
        asked = provider.count("token")
        assert (await hub.browser().login(name)).status == 200
        assert statuses(provider, asked) == expected, name
    assert len(hub.log.lines_with("WARNING")) >= 1
    assert [line.split()[0] for line in hub.log.lines_with("accepts previous_client_secret")] == ["WARNING", "INFO"]


async def test_a_wrong_secret_alone_is_sent_once(provider: FakeProvider, hub_at_provider: Any) -> None:
    hub = await hub_at_provider(client_secret=NEW)
    assert (await hub.browser().login("alice")).status == 502
    assert statuses(provider) == [401]


async def test_two_wrong_secrets(provider: FakeProvider, hub_at_provider: Any) -> None:
    hub = await hub_at_provider(client_secret=NEW, previous_client_secret=OLD)
    assert (await hub.browser().login("alice")).status == 502
    assert statuses(provider) == [401, 401]
    assert hub.log.lines_with("The provider refuses client_secret and previous_client_secret")
    assert not hub.log.lines_with("accepts")
    nothing_leaks(hub)


async def test_both_secrets_in_files_that_change(provider: FakeProvider, hub_at_provider: Any, tmp_path: Path) -> None:
    """A rotation without a restart: first the former secret is copied, then the new one is written."""
    secret, previous = tmp_path / "secret", tmp_path / "previous"
    secret.write_text(f"{OLD}\n")
    knows(provider, OLD)
    hub = await hub_at_provider(
        client_secret="", client_secret_file=str(secret), previous_client_secret_file=str(previous)
    )
    assert (await hub.browser().login("alice")).status == 200
    previous.write_text(f"{OLD}\n")
    assert (await hub.browser().login("bob")).status == 200
    secret.write_text(f"{NEW}\n")
    assert (await hub.browser().login("alice")).status == 200
    assert statuses(provider) == [200, 200, 401, 200]
    knows(provider, NEW)
    previous.write_text("")
    assert (await hub.browser().login("bob")).status == 200
    assert statuses(provider, 4) == [200]
    nothing_leaks(hub)


async def test_a_previous_file_that_becomes_unreadable_stops_no_login(
    provider: FakeProvider, hub_at_provider: Any, tmp_path: Path
) -> None:
    previous = tmp_path / "previous"
    previous.write_text(OLD)
    hub = await hub_at_provider(previous_client_secret_file=str(previous))
    previous.unlink()
    previous.mkdir()
    for name in ("alice", "bob"):
        assert (await hub.browser().login(name)).status == 200
    assert len(hub.log.lines_with(f"previous_client_secret_file, {str(previous)!r}, cannot be read")) == 1


async def test_a_refresh_token_is_sent_again_with_the_other_secret(
    provider: FakeProvider, hub_at_provider: Any
) -> None:
    """The provider has not used it: it rotates refresh tokens, and would revoke the grant of one that it sees twice."""
    provider.access_token_lifetime = 1
    knows(provider, OLD)
    hub = await hub_at_provider(
        client_secret=OLD, previous_client_secret=NEW, enable_auth_state=True, user_data_max_age=0
    )
    clock, browser = Time(hub), hub.browser("alice")
    assert (await browser.login()).status == 200
    for secret in (NEW, OLD):
        knows(provider, secret)
        asked = provider.count("token")
        clock.passes(700)
        assert (await browser.get("/hub/home")).status == 200
        await refreshes_ended(hub.authenticator)
        assert statuses(provider, asked) == [401, 200]
    assert not hub.log.lines_with("must sign in again")


async def signs_in_at_the_second_request(cls: type, provider: FakeProvider, hubs: Any) -> None:
    """A user signs in at a Hub with this class, although the provider knows the former secret only."""
    knows(provider, OLD)
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = generic_config(provider, client_secret=NEW, previous_client_secret=OLD)
    config.JupyterHub.authenticator_class = cls
    hub = await hubs(config, state)
    assert (await hub.browser().login("alice")).status == 200
    assert statuses(provider) == [401, 200]


class WithHeaders(GenericOAuthenticator):
    """As a class written for another package."""

    def build_token_info_request_headers(self) -> dict[str, str]:
        return {**super().build_token_info_request_headers(), "X-Hub": "1"}


async def test_an_override_of_the_headers_gets_the_other_secret(provider: FakeProvider, hubs: Any) -> None:
    provider.client.auth_method = "client_secret_basic"
    await signs_in_at_the_second_request(WithHeaders, provider, hubs)
    assert [call.headers.get("x-hub") for call in provider.requests_to("token")] == ["1", "1"]


class WithCredentials(GenericOAuthenticator):
    """As a class written for another package: the fields of its token request have the credentials of the options."""

    def build_access_tokens_request_params(self, handler: Any, data: Any = None) -> dict[str, Any]:
        own = {"client_id": self.client_id, "client_secret": self.client_secret}
        return {**super().build_access_tokens_request_params(handler, data), **own}


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
async def test_an_override_that_adds_the_secret_of_the_options_gets_the_other_one(
    method: str, provider: FakeProvider, hubs: Any
) -> None:
    provider.client.auth_method = method
    await signs_in_at_the_second_request(WithCredentials, provider, hubs)
    sent = [NEW, OLD] if method == "client_secret_post" else [None, None]
    assert [call.fields.get("client_secret") for call in provider.requests_to("token")] == sent


async def test_tokens_are_revoked_with_the_other_secret(provider: FakeProvider, hub_at_provider: Any) -> None:
    provider.client.auth_method = "client_secret_post"
    knows(provider, OLD)
    hub = await hub_at_provider(
        client_secret=OLD, previous_client_secret=NEW, enable_auth_state=True, revoke_tokens_on_logout=True
    )
    browser = hub.browser("alice")
    await browser.login()
    knows(provider, NEW)
    await browser.open("/hub/logout")
    assert len(hub.log.lines_with("of alice was revoked")) == 2
    assert sorted(call.status for call in provider.requests_to("revoke")) == [200, 200, 401, 401]


@pytest.mark.parametrize(("current", "previous"), [(OLD, ""), (NEW, OLD), (OLD, NEW), (NEW, "")])
async def test_id_tokens_that_are_signed_with_either_secret(
    current: str, previous: str, provider: FakeProvider, hub_at_provider: Any
) -> None:
    knows(provider, OLD)
    provider.faults.on("F43-secret")
    hub = await hub_at_provider(
        client_secret=current, previous_client_secret=previous, id_token_signed_response_alg={"HS256"}
    )
    secrets = hub.authenticator.connection.secrets
    expected = 200 if OLD in (current, previous) else 502
    if expected == 200 and previous:
        secrets._previous_accepted = None
    assert (await hub.browser().login("alice")).status == expected


# --- which answers lead to a second request ---------------------------------------------------------------------------


def secrets_of(**options: Any) -> ClientSecrets:
    given = {
        "client_secret": NEW,
        "client_secret_file": "",
        "previous_client_secret": OLD,
        "previous_client_secret_file": "",
        "client_secret_expires_at": 0.0,
        "log": logging.getLogger("secrets"),
    }
    return ClientSecrets(SimpleNamespace(**{**given, **options}), "GenericOAuthenticator")


def refusal(error: str = "invalid_client", *, credentials: bool = True) -> ClientRefused:
    refused = ClientRefused(error, "the token request was refused")
    refused.credentials = credentials
    return refused


async def asked_with(secrets: ClientSecrets, *answers: Exception | str) -> tuple[list[str], Any]:
    """The secrets that were sent, and the answer or the exception."""
    sent: list[str] = []

    async def request() -> str:
        sent.append(secrets.in_use())
        await asyncio.sleep(0)
        answer = answers[len(sent) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer

    try:
        return sent, await secrets.authenticated(request)
    except SuiteError as error:
        return sent, error


@pytest.mark.parametrize(
    ("answers", "sent", "afterwards"),
    [
        pytest.param(["yes"], [NEW], NEW, id="accepted"),
        pytest.param([refusal(), "yes"], [NEW, OLD], OLD, id="refused"),
        pytest.param([refusal("unauthorized_client", credentials=False)], [NEW], NEW, id="may not use this grant"),
        pytest.param([InvalidGrant("invalid_grant")], [NEW], NEW, id="the code is used"),
        pytest.param([ProviderUnreachable("no answer")], [NEW], NEW, id="no answer"),
        pytest.param([refusal(), InvalidGrant("invalid_grant")], [NEW, OLD], OLD, id="authenticated, but no grant"),
        pytest.param([refusal(), refusal(credentials=False)], [NEW, OLD], OLD, id="authenticated, but not allowed"),
        pytest.param([refusal(), ProviderUnreachable("no answer")], [NEW, OLD], NEW, id="nothing is known"),
        pytest.param([refusal(), refusal()], [NEW, OLD], NEW, id="both refused"),
    ],
)
async def test_which_secret_is_sent(answers: list[Any], sent: list[str], afterwards: str) -> None:
    secrets = secrets_of()
    assert (await asked_with(secrets, *answers))[0] == sent
    assert secrets.in_use() == afterwards
    assert secrets.others() == [OLD if afterwards == NEW else NEW]


async def test_requests_at_the_same_moment_do_not_mix_their_secrets() -> None:
    secrets = secrets_of()
    one, other = await asyncio.gather(
        asked_with(secrets, refusal(), "yes"), asked_with(secrets, InvalidGrant("invalid_grant"))
    )
    assert one[0] == [NEW, OLD]
    assert other[0] == [NEW]


async def test_the_other_secret_of_one_client_is_not_that_of_another() -> None:
    """An override may ask another provider while it builds the request."""
    secrets, elsewhere = secrets_of(), secrets_of(client_secret="another client's", previous_client_secret="")
    sent = []

    async def request() -> str:
        sent.append((secrets.in_use(), elsewhere.in_use()))
        if len(sent) == 1:
            raise refusal()
        return "yes"

    await secrets.authenticated(request)
    assert sent == [(NEW, "another client's"), (OLD, "another client's")]


async def test_a_secret_that_changes_while_a_request_is_built() -> None:
    """The request has the secret that counts as sent: so a refusal is answered with the other one."""
    secrets = secrets_of(client_secret=OLD, previous_client_secret=NEW)
    sent = []

    async def request() -> str:
        secrets._options.client_secret, secrets._options.previous_client_secret = NEW, OLD
        sent.append(secrets.in_use())
        if len(sent) == 1:
            raise refusal()
        return "yes"

    assert await secrets.authenticated(request) == "yes"
    assert sent == [OLD, NEW]
    assert secrets.in_use() == NEW


async def test_another_secret_is_forgotten_when_the_options_change() -> None:
    """A file has changed: what the provider said was about another secret."""
    secrets = secrets_of()
    await asked_with(secrets, refusal(), "yes")
    assert secrets.in_use() == OLD
    secrets._options.client_secret = "a third one"
    assert secrets.in_use() == "a third one"
    secrets._options.client_secret, secrets._options.previous_client_secret = NEW, "a fourth one"
    assert secrets.in_use() == NEW


async def test_the_same_secret_twice_is_one() -> None:
    secrets = secrets_of(previous_client_secret=NEW)
    assert (await asked_with(secrets, refusal()))[0] == [NEW]
    assert secrets.others() == []


# --- the start-up -----------------------------------------------------------------------------------------------------


def make(cls: Any = GenericOAuthenticator, **traits: Any) -> Any:
    config = Config()
    config[cls.__name__].update(traits)
    return cls(config=config)


def found(code: str, **traits: Any) -> list[str]:
    return [str(finding) for finding in find(make(**{**GOOD, **traits}), "start") if finding.code == code]


def test_previous_secrets_that_stop_the_start_up(tmp_path: Path) -> None:
    (tmp_path / "previous").write_text(f"{OLD}\n{OLD}\n")
    (line,) = found("previous-secret", previous_client_secret=OLD, previous_client_secret_file=str(tmp_path / "no"))
    assert "previous_client_secret and c.GenericOAuthenticator.previous_client_secret_file are set" in line
    (line,) = found("previous-secret", previous_client_secret=OLD, client_secret="")
    assert "is set, and client_secret is not" in line
    (line,) = found("previous-secret", previous_client_secret_file=str(tmp_path / "previous"))
    assert f"previous_client_secret_file, {str(tmp_path / 'previous')!r}, has several lines" in line
    for file in ("missing", "empty"):
        (tmp_path / "empty").write_text("\n")
        assert found("previous-secret", previous_client_secret_file=str(tmp_path / file)) == []
    assert found("previous-secret", previous_client_secret=OLD) == []


def test_a_previous_secret_that_is_the_current_one(tmp_path: Path) -> None:
    (line,) = found("previous-secret-unused", previous_client_secret=NEW)
    assert "previous_client_secret has the same secret" in line
    assert NEW not in line
    (tmp_path / "previous").write_text(f"{NEW}\n")
    (line,) = found("previous-secret-unused", previous_client_secret_file=str(tmp_path / "previous"))
    assert "previous_client_secret_file has" in line
    assert found("previous-secret-unused", previous_client_secret=OLD) == []
    assert found("previous-secret-unused", client_secret="", client_secret_file=str(tmp_path / "no")) == []


def test_oauth_1_signs_with_one_secret() -> None:
    with pytest.raises(ConfigurationError, match="previous_client_secret has no meaning here"):
        make(
            MWOAuthenticator, client_id="hub", client_secret=NEW, previous_client_secret=OLD, allow_all=True
        ).check_configuration()


# --- the end of the secret --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (0, 0.0),
        (1_806_451_200, 1_806_451_200.0),
        ("1806451200", 1_806_451_200.0),
        ("2027-03-31", 1_806_451_200.0),
        (" 2027-03-31T00:00:00Z", 1_806_451_200.0),
        ("2027-03-31T01:00:00+01:00", 1_806_451_200.0),
        (date(2027, 3, 31), 1_806_451_200.0),
        (datetime(2027, 3, 31, tzinfo=timezone.utc), 1_806_451_200.0),
        (datetime(2027, 3, 31), 1_806_451_200.0),
    ],
)
def test_a_time(given: Any, seconds: float) -> None:
    assert make(**GOOD, client_secret_expires_at=given).client_secret_expires_at == seconds


@pytest.mark.parametrize("given", ["31.03.2027", "soon", "", -1, True, None, "nan", "inf", float("inf"), [1]])
def test_what_is_no_time(given: Any) -> None:
    with pytest.raises(TraitError, match=r"client_secret_expires_at must be a date such as 2027-03-31"):
        _ = make(**GOOD, client_secret_expires_at=given).client_secret_expires_at


def test_milliseconds() -> None:
    with pytest.raises(TraitError, match="divide it by 1000"):
        _ = make(**GOOD, client_secret_expires_at=1_806_451_200_000).client_secret_expires_at


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (31 * ONE_DAY, ""),
        (12.5 * ONE_DAY, "expires in 12 days, on 20"),
        (1.5 * ONE_DAY, "expires in 36 hours"),
        (1.5 * 3600, "expires in 90 minutes"),
        (-5, "expired on 20"),
    ],
)
def test_the_start_up_warns_of_the_end(left: float, words: str) -> None:
    lines = found("secret-expires", client_secret_expires_at=time.time() + left + 1)
    assert len(lines) == bool(words)
    assert all(words in line and "Create a new one" in line for line in lines)


def test_an_end_without_a_secret() -> None:
    (line,) = found("secret-expiry-without-secret", client_secret="", client_secret_expires_at="2027-03-31")
    assert "client_secret_expires_at is set, and there is no client secret" in line
    assert found("secret-expiry-without-secret", client_secret_expires_at="2027-03-31") == []


async def test_an_expired_secret_does_not_stop_the_hub(hub_at_provider: Any) -> None:
    hub = await hub_at_provider(client_secret_expires_at=datetime.now(timezone.utc) - timedelta(days=1))
    (line,) = hub.log.lines_with("[secret-expires]")
    assert line.startswith("WARNING")
    assert (await hub.browser().login("alice")).status == 200
    assert hub.authenticator.client_secret_expires_in() == pytest.approx(-ONE_DAY, abs=120)


def test_it_is_said_once_a_day_and_loudly_in_the_last_week() -> None:
    log = LogCapture()
    logger = logging.getLogger("reminder")
    logger.addHandler(log)
    authenticator = make(**GOOD, client_secret_expires_at=1000 * ONE_DAY)
    authenticator.log = logger
    waiting: list[Any] = []
    (reminder,) = reminders(authenticator, lambda seconds, call: waiting.append((seconds, call)))
    reminder.start()
    said = {}
    for day in range(960, 1003):
        authenticator.connection.secrets._clock = lambda day=day: day * ONE_DAY
        (seconds, call), waiting[:] = waiting[0], []
        assert seconds == ONE_DAY
        before = len(log.records)
        call()
        said[day] = [record.levelname for record in log.records[before:]]
    logger.removeHandler(log)
    assert [day for day, names in said.items() if not names] == list(range(960, 970))
    assert {tuple(said[day]) for day in range(970, 993)} == {("WARNING",)}
    assert {tuple(said[day]) for day in range(993, 1003)} == {("ERROR",)}
    assert NEW not in log.text
    assert "c.GenericOAuthenticator.client_secret expires in 7 days, on 1972-09-27 00:00 UTC" in log.text


def test_no_reminder_without_an_end() -> None:
    assert reminders(make(**GOOD), lambda *call: None) == []


# --- its age ----------------------------------------------------------------------------------------------------------


async def test_the_age_goes_on_after_a_restart_until_the_secret_changes(
    provider: FakeProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, now = HubState(tmp_path), time.time()

    async def age(days: float, **traits: Any) -> float:
        later = SimpleNamespace(time=lambda: now + days * ONE_DAY)
        monkeypatch.setattr("oauthenticator_suite.hub.oauth.secret_watch.time", later)
        async with start_hub(generic_config(provider, **traits), state) as hub:
            authenticator = hub.authenticator
            authenticator.connection.secrets._clock = lambda: now + days * ONE_DAY
            stored = [row for row in hub.app.db.execute(NAMES).scalars() if row.startswith("client_secret:")]
            assert stored
            assert not any(OLD in name or NEW in name for name in stored)
            return authenticator.client_secret_age()

    assert await age(0, client_secret=NEW) == pytest.approx(0, abs=1)
    assert await age(4, client_secret=NEW) == pytest.approx(4 * ONE_DAY, abs=1)
    assert await age(5, client_secret=OLD) == pytest.approx(0, abs=1)
    assert await age(7, client_secret=OLD) == pytest.approx(2 * ONE_DAY, abs=1)


def test_the_age_of_a_file_and_of_nothing(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(NEW)
    os.utime(file, (time.time() - 50 * ONE_DAY,) * 2)
    assert secrets_of(client_secret_file=str(file)).age() == pytest.approx(50 * ONE_DAY, abs=60)
    assert secrets_of(client_secret_file=str(tmp_path / "no")).age() is None
    assert secrets_of(client_secret="").age() is None
    assert secrets_of().age() == pytest.approx(0, abs=60)
    assert secrets_of().expires_in() is None
