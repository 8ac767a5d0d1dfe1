"""The facts about refreshes, logouts and the ends of sessions: each is stated once, where it happens."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from traitlets.config import Config

from oauthenticator_suite import GenericOAuthenticator
from oauthenticator_suite.hub.database import after_commit, one_transaction
from oauthenticator_suite.hub.observe.facts import ProviderAnswered, ProviderHealth, SessionsEnded
from oauthenticator_suite.hub.observe.metrics.labels import REQUEST_VALUES
from tests.fakes.openid_provider import FakeProvider
from tests.multi.conftest import at
from tests.support import Browser, Hub, HubState, refresh_is_due
from tests.support.facts import Witness
from tests.support.signed_in import SERVICE_TOKEN, WorldOf

pytestmark = pytest.mark.hub_versions

KEPT = {"enable_auth_state": True, "user_data_max_age": 0}


async def signed_in(hub: Hub, name: str = "alice") -> tuple[Witness, Browser]:
    browser = hub.browser()
    await browser.login(name)
    return Witness(hub), browser


async def due(hub: Hub, browser: Browser, name: str = "alice") -> None:
    refresh_is_due(hub, name)
    await browser.get("/hub/home")


async def test_a_refresh_that_asks_the_provider(hub_at_provider: Any) -> None:
    hub = await hub_at_provider(**KEPT)
    witness, browser = await signed_in(hub)
    await due(hub, browser)
    assert witness.summary() == [("Refreshed", {"username": "alice", "outcome": "valid", "asked": True})]


async def test_a_refresh_by_stored_data(hub_at_provider: Any) -> None:
    hub = await hub_at_provider(enable_auth_state=True)
    witness, browser = await signed_in(hub)
    await due(hub, browser)
    assert witness.summary() == [("Refreshed", {"username": "alice", "outcome": "valid"})]
    await browser.get("/hub/home")  # not due
    assert witness.summary() == []


async def test_an_outage_and_its_end(hub_at_provider: Any, provider: FakeProvider) -> None:
    hub = await hub_at_provider(**KEPT)
    witness, browser = await signed_in(hub)
    provider.faults.on("F15", at="userinfo")
    await due(hub, browser)
    assert witness.only(ProviderAnswered).result == "500"
    assert witness.summary() == [
        ("ProviderHealth", {"is_up": False, "reason": "ProviderUnreachable"}),
        ("Refreshed", {"username": "alice", "outcome": "unknown", "asked": True}),
    ]
    provider.faults.off("F15")
    hub.authenticator.refresher.breaker._open_until = 0
    await due(hub, browser)
    assert witness.only(ProviderHealth).is_up
    assert witness.names() == ["ProviderHealth", "Refreshed"]


async def test_a_grant_that_has_ended(hub_at_provider: Any, provider: FakeProvider) -> None:
    hub = await hub_at_provider(**KEPT)
    witness, browser = await signed_in(hub)
    provider.revoke_everything()
    await due(hub, browser)
    facts = witness.summary()
    assert facts == [
        ("Refreshed", {"username": "alice", "outcome": "sign_in_again", "reason": "grant_ended", "asked": True}),
        ("SessionsEnded", {"username": "alice", "reason": "grant_ended"}),
    ]
    await browser.get("/hub/home")
    assert witness.summary() == []


async def test_a_user_who_is_blocked(hub_at_provider: Any) -> None:
    hub = await hub_at_provider(**KEPT)
    witness, browser = await signed_in(hub)
    hub.authenticator.blocked_users = {"alice"}
    await due(hub, browser)
    assert witness.summary()[:2] == [
        ("Refreshed", {"username": "alice", "outcome": "denied", "rule": "blocked_users"}),
        ("SessionsEnded", {"username": "alice", "reason": "denied"}),
    ]


class Passing(GenericOAuthenticator):
    """An override that asks ``super()``."""

    verdict: Any = None

    async def refresh_user(self, user: Any, handler: Any = None, **kwargs: Any) -> Any:
        answer = await super().refresh_user(user, handler, **kwargs)
        return answer if self.verdict is None else self.verdict


async def test_an_override_that_calls_super_is_one_refresh(hubs: Any, provider: FakeProvider) -> None:
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = Config()
    config.JupyterHub.authenticator_class = Passing
    config.Passing = Config(at(provider, **KEPT))
    hub = await hubs(config, state)
    witness, browser = await signed_in(hub)
    await due(hub, browser)
    assert witness.summary() == [("Refreshed", {"username": "alice", "outcome": "valid", "asked": True})]
    hub.authenticator.verdict = False
    await due(hub, browser)
    assert [fact for fact in witness.summary() if fact[0] == "SessionsEnded"] == [
        ("SessionsEnded", {"username": "alice", "reason": "other"})
    ]


async def test_a_logout(hub_at_provider: Any) -> None:
    hub = await hub_at_provider(**KEPT)
    witness, browser = await signed_in(hub)
    page = await browser.open("/hub/home")
    await browser.open("/hub/logout", headers={"Referer": page.url})
    assert not browser.logged_in
    assert witness.summary() == [
        ("SessionsEnded", {"username": "alice", "reason": "logout"}),
        ("LoggedOut", {"username": "alice", "by": "user", "everywhere": True}),
    ]


async def test_a_logout_of_one_browser(hub_at_provider: Any) -> None:
    hub = await hub_at_provider(**KEPT, logout_scope="browser")
    witness, browser = await signed_in(hub)
    await browser.open("/hub/logout", headers={"Referer": f"{hub.url}/hub/home"})
    assert witness.summary() == [("LoggedOut", {"username": "alice", "by": "user"})]


async def test_a_logout_by_the_provider(hub_at_provider: Any, provider: FakeProvider) -> None:
    hub = await hub_at_provider(**KEPT, backchannel_logout=True)
    provider.client.backchannel_logout_uri = f"{hub.url}/hub/oauth_backchannel_logout"
    witness, _ = await signed_in(hub)
    assert (await provider.log_out("alice")).status == 200
    assert witness.summary() == [
        ("SessionsEnded", {"username": "alice", "reason": "provider_logout"}),
        ("LoggedOut", {"username": "alice", "by": "provider", "everywhere": True}),
    ]


async def test_an_operator_asks_one_user_and_everyone(world_of: WorldOf) -> None:
    world = await world_of("dictionary")
    browser = await world.sign_in()
    witness = Witness(world.hub)

    async def ask(body: Any) -> None:
        headers = {"Authorization": f"Bearer {SERVICE_TOKEN}"}
        page = await world.hub.browser().request("POST", "/hub/auth/sign-in-again", headers=headers, json=body)
        assert page.status == 200

    await ask({"users": [world.name]})
    asked = witness.only(SessionsEnded)
    assert (asked.username, asked.reason) == (world.name, "asked")
    assert asked.by
    witness.take()
    browser = await world.sign_in()
    witness.take()
    await ask({"everyone": True})
    assert witness.only(SessionsEnded) == replace(asked, provider="", username="")
    witness.take()
    world.due()
    await browser.get("/hub/home")
    assert witness.summary() == [
        ("Refreshed", {"username": world.name, "outcome": "sign_in_again", "reason": "asked"}),
        ("SessionsEnded", {"username": world.name, "reason": "asked"}),
    ]


async def test_what_is_noted_after_a_commit(hub_at_provider: Any) -> None:
    hub = await hub_at_provider(**KEPT)
    called: list[str] = []
    db = hub.app.db

    def fails() -> None:
        with one_transaction(db, "a test"):
            after_commit(db, lambda: called.append("rolled back"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    with one_transaction(db, "a test"):
        with one_transaction(db, "a test in a test"):
            after_commit(db, lambda: called.append("inner"))
        after_commit(db, lambda: called.append("outer"))
        assert called == []
    assert called == ["inner", "outer"]
    after_commit(db, lambda: called.append("at once"))
    assert called == ["inner", "outer", "at once"]


async def test_requests_to_the_provider(hub_at_provider: Any) -> None:
    hub = await hub_at_provider(**KEPT)
    witness, browser = await signed_in(hub)
    browser = hub.browser()
    await browser.login("bob")
    answered = [(fact.request, fact.result) for fact in witness.all(ProviderAnswered)]
    assert answered == [("token", "200"), ("userinfo", "200")]
    assert {fact.request for fact in witness.all(ProviderAnswered)} <= set(REQUEST_VALUES)
    assert all(fact.seconds > 0 for fact in witness.all(ProviderAnswered))
