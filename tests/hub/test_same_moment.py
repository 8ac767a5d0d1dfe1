"""Events during a write to a user's record: nothing of it is lost, and nothing comes back."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from jupyterhub.crypto import CryptKeeper

from tests.conftest import generic_config
from tests.contract.logouts import tokens_in
from tests.hub.test_outage import AGE, KEPT
from tests.support import HubState, Time, refreshes_ended, start_hub

pytestmark = pytest.mark.hub_versions


class BusyThreads(ThreadPoolExecutor):
    """The Hub's threads for encrypting. With what is encrypted first from now on they take their time."""

    def __init__(self):
        super().__init__(8)
        self.has_come = asyncio.Event()
        self.goes_on = threading.Event()

    def submit(self, work, /, *args):
        if work.__name__ != "_encrypt" or self.has_come.is_set():
            return super().submit(work, *args)
        self.has_come.set()
        return super().submit(self._later, work, *args)

    def _later(self, work, *args):
        assert self.goes_on.wait(30)
        return work(*args)


@pytest.fixture
def busy_threads():
    """`busy_threads()`: from now on; they end with the Hub."""
    made = []

    def begin():
        made.append(BusyThreads())
        CryptKeeper.instance().executor = made[0]
        return made[0]

    yield begin
    for threads in made:
        threads.goes_on.set()


async def test_a_rotated_token_outlives_what_the_hub_is_told_meanwhile(provider, tmp_path, busy_threads, monkeypatch):
    """After a restart, a slow provider: the page is answered before the refresh ends, and the Hub gets the roles back."""
    provider.access_token_lifetime = 1
    monkeypatch.setattr("oauthenticator_suite.hub.refresh.refresher.MAX_WAIT", 0.05)
    state = HubState(directory=tmp_path)
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = generic_config(provider, **KEPT, user_data_max_age=0, manage_roles=True)
    async with start_hub(config, state) as hub:
        browser = hub.browser("alice")
        assert (await browser.login()).status == 200
        cookies = hub.browser("alice")
        browser.copy_cookies_to(cookies)
        hub.browsers.remove(cookies)
    provider.faults.on("F1", at="token")
    async with start_hub(config, state) as hub:
        hub.browsers.append(cookies)
        time, threads = Time(hub), busy_threads()
        page = asyncio.ensure_future(cookies.get("/hub/home"))
        comes = asyncio.ensure_future(threads.has_come.wait())
        await asyncio.wait({page, comes}, return_when=asyncio.FIRST_COMPLETED)
        if page.done():
            threads.goes_on.set()
        monkeypatch.setattr("oauthenticator_suite.hub.refresh.refresher.MAX_WAIT", 60)
        provider.faults.off()
        provider.released.set()
        await refreshes_ended(hub.authenticator)
        threads.goes_on.set()
        assert (await page).status == 200
        await comes
        for _ in range(2):
            time.passes(AGE)
            assert (await cookies.get("/hub/home")).status == 200
        assert provider.refusals == []


@pytest.fixture
async def two(hub_at_provider):
    """`hub, browser, other = two`: two browsers of alice, for whom a refresh is due."""
    hub = await hub_at_provider(**KEPT, user_data_max_age=0)
    browser, other = hub.browser("alice"), hub.browser("alice")
    assert (await browser.login()).status == 200
    browser.copy_cookies_to(other)
    Time(hub).passes(AGE)
    return hub, browser, other


async def test_no_refresh_begins_while_somebody_logs_out(two, provider, busy_threads):
    """It would save their tokens after they have been dropped. A program asks: the other browser is out at once."""
    hub, browser, other = two
    headers = {"Authorization": f"Bearer {hub.app.users['alice'].new_api_token(note='of a program')}"}
    threads, asked = busy_threads(), provider.count("userinfo")
    provider.faults.on("F1", at="userinfo")
    leaving = asyncio.ensure_future(browser.open("/hub/logout"))
    await threads.has_come.wait()
    assert (await other.get("/hub/home")).status == 302
    page = asyncio.ensure_future(hub.browser().get("/hub/api/user", headers=headers))
    await hub.log.until("Refreshing auth for alice")
    threads.goes_on.set()
    assert "You are signed out" in (await leaving).text
    provider.released.set()
    assert (await page).status == 200
    await refreshes_ended(hub.authenticator)
    assert tokens_in(await hub.auth_state("alice")) == {}
    assert provider.count("userinfo") == asked


async def test_no_refresh_begins_while_somebody_logs_in(two, provider, busy_threads):
    """It would save the tokens from before over the new ones."""
    hub, _, other = two
    new = hub.browser("alice")
    callback = await new.walk_to_callback()
    threads = busy_threads()
    login = asyncio.ensure_future(new.get(callback))
    await threads.has_come.wait()
    asked = provider.count("userinfo")
    provider.faults.on("F1", at="userinfo")
    page = asyncio.ensure_future(other.get("/hub/home"))
    await hub.log.until("Refreshing auth for alice")
    threads.goes_on.set()
    assert (await login).status == 302
    told = await hub.auth_state("alice")
    provider.released.set()
    assert (await page).status == 200
    assert (await hub.auth_state("alice"))["suite"]["sid"] == told["suite"]["sid"]
    assert provider.count("userinfo") == asked + 1


async def test_a_page_that_waits_while_its_user_logs_in_elsewhere(two, provider):
    """Its refresh is stopped, and another one with the new tokens answers."""
    hub, _, other = two
    asked = provider.count("userinfo")
    provider.faults.on("F1", at="userinfo", times=1)
    page = asyncio.ensure_future(other.get("/hub/home"))
    await provider.until_asked("userinfo", asked + 1)
    assert (await hub.browser("alice").login()).status == 200
    assert (await page).status == 200
    provider.released.set()
    assert not hub.authenticator.refresher._pauses
