"""A provider that is down, as people see it who are signed in: pages as ever, for the grace; then a login.

Time passes by hand here, for the Hub and for the authenticator.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from oauthenticator_suite import GenericOAuthenticator
from tests.conftest import generic_config
from tests.support import HubState, Time, check_invariants, refreshes_ended, start_hub

pytestmark = pytest.mark.hub_versions

PEOPLE = ("alice", "bob", "carol")
KEPT = {"enable_auth_state": True, "scope": ["openid", "profile", "email", "groups"], "manage_groups": True}
AGE = 300  # the Hub's auth_refresh_age

OUTAGES = {"500": "F15", "503": "F16", "silence": "F1", "a reset": "F3", "no connection": None}


class World:
    """A Hub that three people have signed in to."""

    def __init__(self, hub, provider):
        self.hub = hub
        self.provider = provider
        self.time = Time(hub)
        self.browsers = {name: hub.browser(name) for name in PEOPLE}

    async def login(self):
        for browser in self.browsers.values():
            assert (await browser.login()).status == 200
        self.time.passes(AGE)
        return self

    async def page(self, name="alice"):
        return (await self.browsers[name].get("/hub/home")).status

    async def pages(self):
        return [await self.page(name) for name in PEOPLE]

    def asked(self):
        """How often the provider was asked, or was to be asked, about users."""
        return len([line for line in self.hub.log.lines_with("userinfo request") if line.startswith("DEBUG")])

    def groups(self, name="alice"):
        return sorted(group.name for group in self.hub.app.users[name].groups)

    @asynccontextmanager
    async def outage(self, kind="500") -> AsyncIterator[None]:
        fault = OUTAGES[kind]
        if fault is None:
            await self.provider.go_down()
        else:
            self.provider.faults.on(fault, at="userinfo")
        yield
        if fault is None:
            await self.provider.come_back()
        else:
            self.provider.faults.off(fault)
            self.provider.released.set()


@pytest.fixture
def world(hub_at_provider, provider):
    """`await world(**traits)`: everybody's data are due whenever the Hub asks."""
    provider.access_token_lifetime = 100_000

    async def start(**traits):
        hub = await hub_at_provider(**{**KEPT, "user_data_max_age": 0, "provider_timeout": 0.5, **traits})
        return await World(hub, provider).login()

    return start


@pytest.mark.parametrize("kind", OUTAGES)
async def test_an_outage_from_its_beginning_to_its_end(world, provider, kind):
    """Pages for all; one asks the provider, now and then; one warning. Afterwards all is fresh within a minute."""
    here = await world(refresh_outage_grace=3600)
    async with here.outage(kind):
        asked = here.asked()
        assert await here.pages() == [200] * 3
        assert here.asked() == asked + 1
        for round_ in range(1, 4):
            here.time.passes(1150)
            assert await here.pages() == [200] * 3
            assert here.asked() == asked + 1 + round_
    assert len(here.hub.log.lines_with("The provider does not answer")) == 1

    for name in PEOPLE:
        provider.users[name]["groups"] = ["news"]
    stale = set(PEOPLE)
    for _ in range(6):
        here.time.passes(10)
        assert await here.pages() == [200] * 3
        stale -= {name for name in PEOPLE if here.groups(name) == ["news"]}
    assert not stale
    assert len(here.hub.log.lines_with("The provider answers again")) == 1
    check_invariants(here.hub, provider, accounts=PEOPLE)


async def test_who_is_of_another_provider_says_nothing_of_this_one(world):
    """They are asked to sign in. That does not count as an answer of this provider."""
    here = await world()
    kept = await here.hub.auth_state("bob")
    kept["suite"]["issuer"] = "https://before.example.org"
    await here.hub.app.users["bob"].save_auth_state(kept)
    async with here.outage():
        assert await here.page("alice") == 200
        here.time.passes(60)
        assert await here.page("bob") == 302
        assert not here.hub.log.lines_with("The provider answers again")
        assert await here.page("carol") == 200
    assert len(here.hub.log.lines_with("The provider does not answer")) == 1


async def test_retry_after_is_honoured(world, provider):
    """F16: 7 s, which is more than the first pause of our own."""
    here = await world()
    async with here.outage("503"):
        asked = here.asked()
        await here.page("alice")
        here.time.passes(6)
        await here.page("bob")
        assert here.asked() == asked + 1
        here.time.passes(2)
        await here.page("carol")
        assert here.asked() == asked + 2


async def test_while_one_page_waits_in_vain_the_others_do_not(world, provider, monkeypatch):
    """F1: the first page is answered when it has waited long enough; the next ones do not wait, nor ask."""
    monkeypatch.setattr("oauthenticator_suite.hub.refresh.refresher.MAX_WAIT", 0.05)
    here = await world(provider_timeout=300)
    async with here.outage("silence"):
        asked = provider.count("userinfo")
        assert await here.page("alice") == 200
        here.time.passes(3)
        monkeypatch.setattr("oauthenticator_suite.hub.refresh.refresher.MAX_WAIT", 300)
        for name in ("bob", "carol"):
            assert await asyncio.wait_for(here.page(name), 30) == 200
        assert provider.count("userinfo") == asked + 1
        for name in PEOPLE:
            provider.users[name]["groups"] = ["news"]
    await refreshes_ended(here.hub.authenticator)
    assert provider.count("userinfo") == asked + 3, "it was only slow: now the others are asked about"
    here.time.passes(20)
    assert await here.pages() == [200] * 3
    assert [here.groups(name) for name in ("bob", "carol")] == [["news"]] * 2
    assert provider.count("userinfo") == asked + 3


async def test_those_who_wait_for_a_provider_that_is_down_do_not_ask(world, provider, monkeypatch):
    """F1: what was in doubt is known when the first one has waited without an answer."""
    monkeypatch.setattr("oauthenticator_suite.hub.refresh.refresher.MAX_WAIT", 0.05)
    here = await world()
    async with here.outage("silence"):
        asked = provider.count("userinfo")
        assert await here.page("alice") == 200
        here.time.passes(3)
        assert [await here.page(name) for name in ("bob", "carol")] == [200] * 2
        await refreshes_ended(here.hub.authenticator)
        assert provider.count("userinfo") == asked + 1
        here.time.passes(20)
        assert await here.pages() == [200] * 3


async def test_an_answer_that_cannot_be_read_is_not_a_logout(world, provider):
    """F26, and the log says whose it was: others may be fine."""
    here = await world()
    provider.faults.on("F26", at="userinfo", times=1)
    assert await here.pages() == [200] * 3
    assert here.hub.log.lines_with("alice cannot be refreshed for now")
    assert not here.hub.log.lines_with("The provider does not answer")


class NeverAnswers(GenericOAuthenticator):
    """With an override that waits for something that does not come."""

    waits = False

    async def token_to_user(self, token_info):
        if self.waits:
            await asyncio.Event().wait()
        return await super().token_to_user(token_info)


async def test_an_override_that_never_ends_is_an_outage(hubs, provider, monkeypatch):
    """It keeps neither its user in for good, nor the others from being asked about."""
    monkeypatch.setattr("oauthenticator_suite.hub.refresh.renewal.MAX_TIMEOUTS", 0.01)
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = generic_config(provider, **KEPT, user_data_max_age=0, refresh_outage_grace=100)
    config.JupyterHub.authenticator_class = NeverAnswers
    here = await World(await hubs(config, state), provider).login()
    here.hub.authenticator.waits = True
    assert await here.page() == 200
    assert here.hub.log.lines_with("the requests of one refresh did not end within")
    here.time.passes(50)  # not to the second: the machine may be slow
    assert await here.page() == 200
    here.time.passes(AGE)
    assert await here.page() == 302


async def test_a_block_holds_in_an_outage(world):
    here = await world()
    async with here.outage():
        assert await here.page() == 200
        here.hub.authenticator.blocked_users = {"alice"}
        here.time.passes(AGE)
        assert await here.page() == 302
        assert (await here.browsers["alice"].open("/hub/home")).path == "/hub/login"


# --- the grace -------------------------------------------------------------------------------------------------------


async def test_the_grace_ends(world):
    here = await world(refresh_outage_grace=100)
    async with here.outage():
        assert await here.page() == 200
        here.time.passes(50)  # not to the second: the machine may be slow
        assert await here.page() == 200
        here.time.passes(AGE)
        assert await here.page() == 302
    here.time.passes(60)
    assert (await here.browsers["alice"].login()).status == 200


async def test_without_grace_an_outage_ends_the_session(world):
    here = await world(refresh_outage_grace=0)
    async with here.outage():
        assert await here.page() == 302
        assert (await here.browsers["alice"].open("/hub/home")).path == "/hub/login"


async def test_the_grace_of_another_outage_is_another(world):
    """alice leaves in the first outage and comes back in the second; the provider has answered in between."""
    here = await world(refresh_outage_grace=3600)
    async with here.outage():
        assert await here.page("alice") == 200
    here.time.passes(600)
    assert await here.page("bob") == 200
    here.time.passes(24 * 3600)
    async with here.outage():
        assert await here.page("alice") == 200
        here.time.passes(3500)
        assert await here.page("alice") == 200
        here.time.passes(AGE)
        assert await here.page("alice") == 302


async def test_a_user_about_whom_the_provider_keeps_silent_goes_when_the_grace_ends(world, provider):
    """Others are answered all the while: that is not an outage that begins again each time."""
    here = await world(refresh_outage_grace=3600)
    seen = []
    for _ in range(4):
        provider.faults.on("F15", at="userinfo", times=1)
        seen.append(await here.page("alice"))
        here.time.passes(60)
        assert await here.page("bob") == 200
        here.time.passes(1300)
    assert seen == [200, 200, 200, 302]


# --- a provider that is slow -----------------------------------------------------------------------------------------


@pytest.fixture
async def slow(world, provider, monkeypatch):
    """A provider whose next answer about a user comes when the page that asked is gone."""
    monkeypatch.setattr("oauthenticator_suite.hub.refresh.refresher.MAX_WAIT", 0.05)
    here = await world(provider_timeout=10)
    here.time.passes(provider.access_token_lifetime)
    provider.faults.on("F1", at="userinfo", times=1)
    here.pages_wait_again = lambda: monkeypatch.setattr("oauthenticator_suite.hub.refresh.refresher.MAX_WAIT", 300)
    return here


async def comes_too_late(here):
    assert await here.page() == 200
    assert here.groups() == ["hub-admins", "staff"]
    here.pages_wait_again()  # else a slow machine would be a slow provider
    here.provider.released.set()
    await refreshes_ended(here.hub.authenticator)
    here.time.passes(AGE)


async def test_what_comes_too_late_for_its_page_is_written_down(slow, provider):
    """Tokens and groups at once; the next page sends no request."""
    old = await slow.hub.auth_state("alice")
    provider.users["alice"]["groups"] = ["news"]
    await comes_too_late(slow)
    new = await slow.hub.auth_state("alice")
    assert new["refresh_token"] != old["refresh_token"]
    assert new["oauth_user"]["groups"] == slow.groups() == ["news"]
    asked = len(provider.calls)
    assert await slow.page() == 200
    assert len(provider.calls) == asked
    slow.time.passes(AGE)
    provider.users["alice"]["groups"] = ["later news"]
    assert await slow.page() == 200
    assert slow.groups() == ["later news"]
    check_invariants(slow.hub, provider, accounts=PEOPLE)


async def test_a_no_that_comes_too_late_ends_the_session_at_the_next_page(slow, provider):
    provider.faults.on("F65-wrong")
    await comes_too_late(slow)
    asked = len(provider.calls)
    assert await slow.page() == 302
    assert len(provider.calls) == asked


async def test_what_came_too_late_is_judged_at_the_next_page(slow):
    await comes_too_late(slow)
    slow.hub.authenticator.blocked_users = {"alice"}
    assert await slow.page() == 302


async def test_a_login_makes_what_came_too_late_worthless(slow, provider):
    provider.users["alice"]["groups"] = ["news"]
    await comes_too_late(slow)
    provider.users["alice"]["groups"] = ["later news"]
    assert (await slow.hub.browser("alice").login()).status == 200
    slow.time.passes(AGE)
    assert await slow.page() == 200
    assert slow.groups() == ["later news"]


# --- what must not be lost -------------------------------------------------------------------------------------------


async def test_who_logs_out_while_waiting_says_nothing_of_the_provider(world, provider, monkeypatch):
    """The caller that asks whether the provider is back is cancelled: that does not count as an answer."""
    monkeypatch.setattr("oauthenticator_suite.hub.refresh.refresher.MAX_WAIT", 0.05)
    here = await world(provider_timeout=10)
    async with here.outage("no connection"):
        assert await here.page("alice") == 200
    provider.faults.on("F1", at="userinfo")
    here.time.passes(60)
    asked = provider.count("userinfo")
    assert await here.page("bob") == 200
    assert await here.page("carol") == 200
    assert provider.count("userinfo") == asked + 1
    assert "You are signed out" in (await here.browsers["bob"].open("/hub/logout")).text
    assert not here.hub.log.lines_with("The provider answers again")
    here.time.passes(20)
    assert await here.page("carol") == 200
    assert provider.count("userinfo") == asked + 2
    provider.released.set()
    await here.hub.log.until("The provider answers again")


async def test_with_the_keys_out_of_reach_the_new_refresh_token_is_kept(provider, tmp_path):
    """F64 after a restart, with a cold cache: the ID token of a refresh cannot be verified. Nobody is logged out."""
    provider.access_token_lifetime = 1
    state = HubState(directory=tmp_path)
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = generic_config(provider, **KEPT, user_data_max_age=0)
    async with start_hub(config, state) as hub:
        browser = hub.browser("alice")
        assert (await browser.login()).status == 200
        cookies = hub.browser("alice")
        browser.copy_cookies_to(cookies)
        hub.browsers.remove(cookies)
        before = await hub.auth_state("alice")
    provider.faults.on("F64")
    async with start_hub(config, state) as hub:
        hub.browsers.append(cookies)
        time = Time(hub)
        hub.authenticator.connection.issuer._clock = time.now
        assert (await cookies.get("/hub/home")).status == 200
        after = await hub.auth_state("alice")
        assert {name for name in before if before[name] != after[name]} == {"refresh_token", "token_response"}
        provider.faults.off()
        time.passes(60)
        assert (await cookies.get("/hub/home")).status == 200
        assert (await hub.auth_state("alice"))["access_token"] != before["access_token"]
        assert provider.refusals == []
        check_invariants(hub, provider, accounts=["alice"])
