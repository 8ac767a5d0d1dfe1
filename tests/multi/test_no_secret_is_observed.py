"""No secret is in a fact, an event, a metric or a line of the log at level INFO, whatever happens to a user."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator, MWOAuthenticator
from oauthenticator_suite.hub.observe.json_log import JSONFormatter
from tests.conftest import generic_config
from tests.fakes.mediawiki import FakeMediaWiki
from tests.fakes.openid_provider import FakeProvider
from tests.hub.test_events import Sink
from tests.hub.wikis import NATIVE, OAUTH_2
from tests.multi.conftest import at, config_of, entry
from tests.support import Browser, Hub, HubState
from tests.support.facts import Witness

EMAIL, NAME, PASSWORD, WRONG = (
    "alice@secret.example",
    "Family-Name-X",
    "correct-horse-battery",
    "staple-of-the-wrong-horse",
)
SESSION_ID = "jupyterhub-session-id"
"""A cookie that signs no one in. JupyterHub itself writes its value to the log when it sets a cookie against CSRF."""

STORED = {"enable_auth_state": True, "user_data_max_age": 0, "revoke_tokens_on_logout": True}


class Watch:
    """Everything that is observed on a Hub, and the secrets that were seen."""

    def __init__(self, hub: Hub, sink: Sink) -> None:
        self.hub, self._sink, self._witness = hub, sink, Witness(hub)
        self.secrets = {EMAIL, NAME, PASSWORD, WRONG}

    async def learn(self, browser: Browser, username: str = "") -> None:
        """Take the browser's cookies, and the tokens that are stored for the user, as secrets."""
        cookies = {value for name, value in browser.cookies_seen if len(value) >= 16 and name != SESSION_ID}
        self.secrets |= cookies
        found = await self.hub.auth_state(username) if username else None
        self.secrets |= set(_tokens_in(found or {}))

    async def told(self) -> str:
        """All that was told, as text."""
        hub = self.hub
        lines = [JSONFormatter().format(record) for record in hub.log.records if record.levelno >= logging.INFO]
        metrics = await hub.browser().get("/hub/metrics")
        assert "jupyterhub_suite_" in metrics.body
        assert self._sink.lines
        return "\n".join([*lines, *self._sink.lines, *map(repr, self._witness.facts), metrics.body])


def _tokens_in(data: Mapping[str, Any]) -> Iterator[str]:
    for name, value in data.items():
        if isinstance(value, Mapping):
            yield from _tokens_in(value)
        elif isinstance(value, str) and len(value) >= 16 and ("token" in name.lower() or "secret" in name.lower()):
            yield value


def watched(config: Config, sink: Sink) -> Config:
    config.EventLogger.handlers = [sink]
    config.JupyterHub.authenticate_prometheus = False
    return config


def refresh_due(hub: Hub, name: str) -> None:
    """As if `auth_refresh_age` had passed for this user, with any kind of authenticator."""
    hub.app.users[name]._auth_refreshed = None
    for each in (hub.authenticator, *getattr(hub.authenticator, "children", {}).values()):
        if hasattr(each, "refresher"):
            each.refresher._outcomes.forget(name)


async def log_out(hub: Hub, browser: Browser) -> None:
    await browser.open("/hub/logout", headers={"Referer": f"{hub.url}/hub/home"})


async def at_a_provider(hubs: Any, provider: FakeProvider) -> Watch:
    """A login, a refresh, a logout, a failed callback, a denial at a refresh and one at a login."""
    state, sink = HubState(), Sink()
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    hub = await hubs(watched(generic_config(provider, **STORED), sink), state)
    watch, browser = Watch(hub, sink), hub.browser()
    await browser.login("alice")
    await watch.learn(browser, "alice")
    refresh_due(hub, "alice")
    assert (await browser.get("/hub/home")).status == 200
    await watch.learn(browser, "alice")
    await log_out(hub, browser)
    await hub.browser().open(await hub.browser().walk_to_callback("alice"))
    await browser.login("alice")
    await watch.learn(browser, "alice")
    hub.authenticator.blocked_users = {"alice"}
    refresh_due(hub, "alice")
    await browser.get("/hub/home")
    assert (await browser.login("alice")).status == 403
    await watch.learn(browser)
    watch.secrets |= {*provider.codes_issued, provider.client.client_secret}
    return watch


def form_config(**more: Any) -> dict[str, Any]:
    return {"passwords": {"alice": PASSWORD}, "allow_all": True, "failure_delay": 0, **more}


async def with_a_form(hubs: Any, provider: FakeProvider) -> Watch:
    """A wrong password, many failures, a login, a refresh and a denial."""
    sink, config = Sink(), Config()
    config.JupyterHub.authenticator_class = DictionaryAuthenticator
    config.DictionaryAuthenticator.update(form_config(enable_auth_state=True))
    hub = await hubs(watched(config, sink))
    watch, browser = Watch(hub, sink), hub.browser()
    page = await browser.open("/hub/login")
    await browser.submit(page, {"username": "alice", "password": PASSWORD})
    refresh_due(hub, "alice")
    await browser.get("/hub/home")
    await watch.learn(browser, "alice")
    hub.authenticator.blocked_users = {"alice"}
    refresh_due(hub, "alice")
    await browser.get("/hub/home")
    other = hub.browser()
    for name, password in [("alice", WRONG), *[("bob", WRONG)] * 12, ("alice", PASSWORD)]:
        await other.submit(await other.open("/hub/login"), {"username": name, "password": password})
    await watch.learn(other)
    return watch


async def of_several(hubs: Any, provider: FakeProvider) -> Watch:
    """Logins at two of several, a refresh, a logout and a refusal."""
    state, sink = HubState(), Sink()
    provider.client.redirect_uris.add(f"{state.url}/hub/auth/campus/authorize")
    entries = [
        entry("campus", **at(provider, user_data_max_age=0, revoke_tokens_on_logout=True)),
        entry("staff", DictionaryAuthenticator, **form_config()),
    ]
    config = config_of(entries, username_collision="prefix", enable_auth_state=True)
    hub = await hubs(watched(config, sink), state)
    watch, browser, other = Watch(hub, sink), hub.browser(), hub.browser()
    await browser.login("alice", at="campus")
    await watch.learn(browser, "campus:alice")
    refresh_due(hub, "campus:alice")
    await browser.get("/hub/home")
    await watch.learn(browser, "campus:alice")
    await log_out(hub, browser)
    hub.authenticator.children["campus"].blocked_users = {"campus:alice"}
    await browser.login("alice", at="campus")
    for password in (WRONG, PASSWORD):
        page = await other.open("/hub/login?next=%2Fhub%2Fhome")
        await other.submit(page, {"username": "alice", "password": password}, action="/hub/auth/staff/login")
    await watch.learn(browser)
    await watch.learn(other, "staff:alice")
    watch.secrets |= {*provider.codes_issued, provider.client.client_secret}
    return watch


def _lines_with(secrets: set[str], told: str) -> list[str]:
    return [line for line in told.splitlines() if any(secret in line for secret in secrets)]


@pytest.mark.parametrize("scenario", [at_a_provider, with_a_form, of_several], ids=lambda each: each.__name__)
async def test_no_secret(scenario: Any, hubs: Any, provider: FakeProvider) -> None:
    provider.users["alice"].update(email=EMAIL, name=NAME, email_verified=True)
    watch = await scenario(hubs, provider)
    told = await watch.told()
    assert "alice" in told
    assert len(watch.secrets) >= 6
    assert [secret for secret in watch.secrets if secret in told] == [], _lines_with(watch.secrets, told)


@pytest.mark.parametrize("way", [NATIVE, OAUTH_2], ids=["native", "oauth2"])
async def test_no_secret_of_a_wiki(hubs: Any, wiki: FakeMediaWiki, way: dict[str, str]) -> None:
    user = next(iter(wiki.users.values()))
    user.email, user.realname = EMAIL, NAME
    name = user.username.replace(" ", "_")
    state, sink, config = HubState(), Sink(), Config()
    wiki.consumer.callback_url = f"{state.url}/hub/oauth_callback"
    wiki.consumer.oauth_version = way["oauth_version"]
    config.JupyterHub.authenticator_class = MWOAuthenticator
    config.MWOAuthenticator.update(way)
    config.MWOAuthenticator.update(
        mw_index_url=wiki.index_url, client_id=wiki.consumer.key, client_secret=wiki.consumer.secret
    )
    config.MWOAuthenticator.update(allow_all=True, enable_auth_state=True, user_data_max_age=0)
    hub = await hubs(watched(config, sink), state)
    watch, browser = Watch(hub, sink), hub.browser()
    assert (await browser.login(user.username)).status == 200
    await watch.learn(browser, name)
    refresh_due(hub, name)
    await browser.get("/hub/home")
    await watch.learn(browser, name)
    await log_out(hub, browser)
    hub.authenticator.blocked_users = {name}
    await browser.login(user.username)
    await watch.learn(browser)
    watch.secrets.add(wiki.consumer.secret)
    told = await watch.told()
    assert name in told
    assert len(watch.secrets) >= 6
    assert [secret for secret in watch.secrets if secret in told] == [], _lines_with(watch.secrets, told)
