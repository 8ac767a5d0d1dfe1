"""The present state of a way to sign in, as metrics and pages show it."""

from __future__ import annotations

import logging
import os
import time
from typing import Any

import pytest
from jupyterhub import orm

from oauthenticator_suite import DictionaryAuthenticator
from oauthenticator_suite.hub.observe.state import ProviderState
from oauthenticator_suite.hub.resilience.refresh_queue import RefreshQueue
from oauthenticator_suite.hub.store.store import store_of
from tests.support import Time, refreshes_ended

pytestmark = pytest.mark.hub_versions

STORED = {"enable_auth_state": True, "user_data_max_age": 0, "provider_timeout": 0.5}


def the_state(hub: Any) -> ProviderState:
    (state,) = hub.authenticator.observed_states()
    return state


async def test_while_the_provider_answers(hub_at_provider: Any) -> None:
    before = time.time()
    hub = await hub_at_provider(**STORED)
    await hub.browser().login("alice")
    state = the_state(hub)
    assert (state.provider, state.is_failing, state.failing_since) == ("generic", False, None)
    assert (state.refreshes_waiting, state.refreshes_running) == (0, 0)
    assert state.keys_fetched_at is not None
    assert before <= state.keys_fetched_at <= time.time()
    assert state.keys_are_failing is False


async def test_during_an_outage_and_after_it(hub_at_provider: Any, provider: Any) -> None:
    provider.access_token_lifetime = 100_000
    hub = await hub_at_provider(**STORED)
    clock = Time(hub)
    browser = hub.browser()
    await browser.login("alice")
    clock.passes(301)
    began = clock.now()
    provider.faults.on("F16", at="userinfo")
    assert (await browser.get("/hub/home")).status == 200
    since = the_state(hub).failing_since
    assert since is not None
    assert began <= since <= clock.now()
    clock.passes(301)
    assert (await browser.get("/hub/home")).status == 200
    assert the_state(hub).failing_since == since, "since the first failure"
    provider.faults.off("F16")
    clock.passes(301)
    assert (await browser.get("/hub/home")).status == 200
    await refreshes_ended(hub.authenticator)
    assert the_state(hub).is_failing is False


async def test_queue(hub: Any) -> None:
    refresher = hub.authenticator.refresher
    refresher._runs.update(alice=None, bob=None)
    assert the_state(hub).oldest_wait == 0
    refresher._queue._waiting.update(carol=(refresher.clock() - 30, None), dave=(refresher.clock(), None))
    assert (the_state(hub).refreshes_waiting, the_state(hub).refreshes_running) == (2, 2)
    assert the_state(hub).oldest_wait >= 30
    refresher._runs.clear()
    refresher._queue._waiting.clear()


def test_an_empty_queue_has_no_length() -> None:
    assert len(RefreshQueue(1, lambda name, user: None)) == 0  # type: ignore[arg-type, return-value]


async def test_keys_that_cannot_be_fetched(hub_at_provider: Any, provider: Any) -> None:
    hub = await hub_at_provider()
    await hub.browser().login("alice")
    fetched = the_state(hub).keys_fetched_at
    issuer = hub.authenticator.connection.issuer
    provider.faults.on("F16", at="jwks")
    await issuer._renew_keys["login"]()
    assert (the_state(hub).keys_fetched_at, the_state(hub).keys_are_failing) == (fetched, True)


async def test_a_form_asks_no_provider() -> None:
    form = DictionaryAuthenticator(enable_auth_state=False)
    assert form.observed_states() == [ProviderState(provider="dictionary")]
    assert form.observed_ways == {"dictionary": form}
    assert form.count_denied_users() is None


@pytest.mark.parametrize("kind", ["oauth", "several"])
async def test_denied_users_are_counted(world_of: Any, kind: str) -> None:
    world = await world_of(kind)
    await world.sign_in()
    assert world.hub.authenticator.count_denied_users() == 0
    store = store_of(world.hub.app.db)
    store.accounts.deny(orm.User.find(world.hub.app.db, world.name), "blocked_users", 1.0)
    world.hub.app.db.commit()
    assert world.hub.authenticator.count_denied_users() == 1
    world.hub.app.db.connection().exec_driver_sql("DROP TABLE suite_accounts")
    assert world.hub.authenticator.count_denied_users() is None
    assert world.hub.log.at_least(logging.ERROR) == []
    world.hub.app.db.rollback()


async def test_several_ways(world_of: Any) -> None:
    world = await world_of("several")
    parent = world.hub.authenticator
    assert list(parent.observed_ways) == ["campus", "dictionary"]
    states = {state.provider: state for state in parent.observed_states()}
    assert states["campus"].is_failing is False
    assert states["dictionary"] == ProviderState(provider="dictionary")


async def test_the_age_and_the_end_of_the_secret(hub_at_provider: Any, provider: Any, tmp_path: Any) -> None:
    file = tmp_path / "secret"
    file.write_text(provider.client.client_secret)
    changed = time.time() - 1000
    os.utime(file, (changed, changed))
    hub = await hub_at_provider(client_secret="", client_secret_file=str(file), client_secret_expires_at="2100-01-01")
    state = the_state(hub)
    assert state.secret_age is not None
    assert state.secret_age >= 1000
    assert state.secret_expires_in is not None
    assert state.secret_expires_in > 365 * 86400
    file.unlink()
    assert the_state(hub).secret_age is None
