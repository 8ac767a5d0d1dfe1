"""Many users whose refresh falls due at one moment, as after a restart of the Hub. Times are for `benchmarks/crowd.py`."""

import asyncio

import pytest

from tests.fakes.openid_provider import FakeProvider
from tests.fakes.traffic import Traffic
from tests.support import Time, check_invariants, refreshes_ended

PEOPLE = [f"user{number}" for number in range(150)]
CONNECTIONS = 10
AT_ONCE = CONNECTIONS // 2


class MeasuredProvider(Traffic, FakeProvider):
    """Tells how many requests are under way."""


@pytest.fixture
async def provider():
    async with MeasuredProvider() as provider:
        for name in PEOPLE:
            provider.users[name] = {"sub": f"subject-of-{name}", "preferred_username": name, "groups": ["old"]}
        yield provider


class Crowd:
    """Signed-in users who are all due. The provider sends no data until it is released."""

    def __init__(self, hub, provider, people):
        self.hub = hub
        self.provider = provider
        self.people = people
        self.time = Time(hub)
        self.browsers = {name: hub.browser(name) for name in people}

    @property
    def refresher(self):
        return self.hub.authenticator.refresher

    async def gather(self):
        for first in range(0, len(self.people), 10):
            logins = await asyncio.gather(*(self.browsers[name].login() for name in self.people[first : first + 10]))
            assert {page.status for page in logins} == {200}
        self.provider.forget_traffic()
        self.asked_before = self.provider.count("userinfo")
        self.falls_due()
        self.provider.faults.on("F1", at="userinfo")
        return self

    @property
    def asked(self):
        return self.provider.count("userinfo") - self.asked_before

    def falls_due(self):
        self.time.passes(self.hub.authenticator.auth_refresh_age)

    def come(self):
        """Everybody asks for a page."""
        return [asyncio.ensure_future(browser.get("/hub/home")) for browser in self.browsers.values()]

    async def come_and_stand_in_line(self):
        """All but those who wait for the provider's answer; what remains are the pages of these."""
        pages = self.come()
        ready = asyncio.as_completed(pages)
        for _ in range(len(pages) - 2 * AT_ONCE):
            assert (await next(ready)).status == 200
        await self.provider.until_asked("userinfo", self.asked_before + AT_ONCE)
        return ready

    async def go_on(self, pages=()):
        self.provider.released.set()
        for page in pages:
            assert (await page).status == 200
        await refreshes_ended(self.hub.authenticator)


@pytest.fixture
def crowd(hub_at_provider, provider, monkeypatch):
    """`await crowd(people, **traits)`"""
    for limit in ("refresh.refresher.MAX_WAIT", "resilience.circuit_breaker.SLOW"):
        monkeypatch.setattr(f"oauthenticator_suite.hub.{limit}", 60.0)  # on a slow machine, too

    async def start(people=PEOPLE, **traits):
        hub = await hub_at_provider(
            enable_auth_state=True,
            manage_groups=True,
            scope=["openid", "profile", "groups"],
            user_data_max_age=0,
            max_provider_connections=CONNECTIONS,
            provider_timeout=300,
            **traits,
        )
        return await Crowd(hub, provider, people).gather()

    return start


async def test_everybody_at_once(crowd, provider):
    """No page fails, no user is logged out, and the provider is asked once for each, over a few connections.

    Who stands in line is a name, and no refresh that has begun.
    """
    here = await crowd()
    for name in PEOPLE:
        provider.users[name]["groups"] = ["new"]
    pages = await here.come_and_stand_in_line()
    assert provider.under_way == here.asked == AT_ONCE, "the other half of the connections is for logins"
    assert len(here.refresher._runs) <= 3 * AT_ONCE
    await here.go_on(pages)
    assert here.asked == len(PEOPLE)
    assert provider.most_at_once == AT_ONCE

    here.time.passes(20)
    pages = await asyncio.gather(*here.come())
    assert {page.status for page in pages} == {200}
    assert here.asked == len(PEOPLE)
    groups = {name: [group.name for group in here.hub.app.users[name].groups] for name in PEOPLE}
    assert groups == {name: ["new"] for name in PEOPLE}
    assert not here.hub.log.lines_with("asked to log in")
    assert not here.hub.log.lines_with("The provider does not answer")
    assert not here.hub.log.tracebacks()


async def test_everybody_at_once_with_a_hook(crowd, provider):
    """The hook runs for each user, so each is a separate refresh, over the same few connections."""
    came = []
    here = await crowd(PEOPLE[:40], refresh_user_hook=lambda authenticator, user, auth_state: came.append(user.name))
    pages = await here.come_and_stand_in_line()
    assert provider.under_way == here.asked == AT_ONCE
    await here.go_on(pages)
    assert sorted(came) == sorted(here.people)
    assert here.asked == len(here.people)
    assert provider.most_at_once == AT_ONCE


async def test_what_comes_without_a_page_is_written_down(crowd, provider):
    """Groups follow at once. The next page sends no request, and nothing is written again."""
    here = await crowd(PEOPLE[:30])
    for name in here.people:
        provider.users[name]["groups"] = ["new"]
    pages = await here.come_and_stand_in_line()
    in_line = here.refresher._queue.waiting
    await here.go_on(pages)

    def kept():
        return {name: here.hub.app.users[name].encrypted_auth_state for name in here.people}

    for name in in_line:
        assert [group.name for group in here.hub.app.users[name].groups] == ["new"]
    before = kept()
    here.time.passes(20)
    assert {page.status for page in await asyncio.gather(*here.come())} == {200}
    assert kept() == before
    assert here.asked == len(here.people)
    check_invariants(here.hub, provider, accounts=here.people)


async def test_an_administrator_in_line_ceases_to_be_one_without_a_page(crowd, provider):
    here = await crowd(PEOPLE[:30], admin_groups={"old"})
    provider.users["user29"]["groups"] = ["new"]
    await here.go_on(await here.come_and_stand_in_line())
    assert [name for name, admin in here.hub.accounts().items() if not admin] == ["user29"]


async def test_the_rules_are_judged_at_the_next_page_too(crowd, provider):
    here = await crowd(PEOPLE[:30])
    await here.go_on(await here.come_and_stand_in_line())
    here.hub.authenticator.blocked_users = {"user29"}
    here.time.passes(20)
    assert (await here.browsers["user28"].get("/hub/home")).status == 200
    assert "/hub/login" in (await here.browsers["user29"].get("/hub/home")).location


async def test_who_logs_out_leaves_the_line(crowd, provider):
    here = await crowd(PEOPLE[:30])
    pages = await here.come_and_stand_in_line()
    in_line = [name for name in here.people if name not in here.refresher._runs]
    gone, again = in_line[-2:]
    for name in (gone, again):
        await here.browsers[name].open("/hub/logout")
    provider.faults.off("F1")
    assert (await here.browsers[again].login()).status == 200
    asked = here.asked
    await here.go_on(pages)
    assert here.asked == asked + len(here.people) - AT_ONCE - 2
    assert (await here.hub.auth_state(gone) or {}).get("access_token") is None
    here.time.passes(20)
    assert (await here.browsers[again].get("/hub/home")).status == 200
    assert not here.hub.log.tracebacks()


async def test_an_account_that_is_deleted_while_it_stands_in_line(crowd, provider):
    here = await crowd(PEOPLE[:30])
    pages = await here.come_and_stand_in_line()
    gone = next(name for name in here.people if name not in here.refresher._runs)
    here.hub.app.users.delete(here.hub.app.users[gone])
    await here.go_on(pages)
    assert here.asked == len(here.people) - 1
    assert not here.hub.log.tracebacks()


async def test_a_second_page_of_somebody_in_line(crowd, provider):
    """It is answered on what is known, too, and they keep their place."""
    here = await crowd(PEOPLE[:30])
    pages = await here.come_and_stand_in_line()
    in_line = here.refresher._queue.waiting
    here.falls_due()
    for name in in_line[:3]:
        assert (await here.browsers[name].get("/hub/home")).status == 200
    assert here.refresher._queue.waiting == in_line
    await here.go_on(pages)
    assert here.asked == len(here.people)


async def test_a_hub_that_ends_calls_nobody_from_the_line(crowd, provider):
    """It cancels what is under way, and is gone before what begins then could end."""
    here = await crowd(PEOPLE[:30])
    await here.come_and_stand_in_line()
    tasks = [run.task for run in here.refresher._runs.values()]
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert here.refresher._queue.waiting
    assert not here.refresher._runs


async def test_the_line_goes_on_when_those_who_were_called_log_out(crowd, provider):
    here = await crowd(PEOPLE[:30])
    for name in here.people:
        provider.users[name]["groups"] = ["new"]
    pages = await here.come_and_stand_in_line()
    in_line = here.refresher._queue.waiting
    for name in [*here.refresher._runs]:
        await here.browsers[name].open("/hub/logout")
    await here.go_on()
    assert {(await page).status for page in pages} <= {200, 302}
    for name in in_line:
        assert (await here.hub.auth_state(name))["oauth_user"]["groups"] == ["new"]
