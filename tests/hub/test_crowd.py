"""Many users whose refresh falls due at one moment, as after a restart of the Hub. Times are for `benchmarks/crowd.py`."""

import asyncio

import pytest

from tests.fakes.openid_provider import FakeProvider
from tests.fakes.traffic import Traffic
from tests.support import Time, refreshes_ended

PEOPLE = [f"user{number}" for number in range(150)]
CONNECTIONS = 10


class MeasuredProvider(Traffic, FakeProvider):
    """Tells how many requests are under way."""


@pytest.fixture
async def provider():
    async with MeasuredProvider() as provider:
        for name in PEOPLE:
            provider.users[name] = {"sub": f"subject-of-{name}", "preferred_username": name, "groups": ["old"]}
        yield provider


async def test_everybody_at_once(hub_at_provider, provider, monkeypatch):
    """BEHAVIOUR 2.5: no page fails, nobody is logged out, each is asked about once, over a few connections."""
    for limit in ("refresh.PATIENCE", "breaker.DOUBT"):
        monkeypatch.setattr(f"oauthenticator_suite.hub.{limit}", 60.0)  # on a slow machine, too
    came, all_came = [], asyncio.Event()

    def note(authenticator, user, auth_state):
        came.append(user.name)
        if len(came) == len(PEOPLE):
            all_came.set()

    hub = await hub_at_provider(
        refresh_user_hook=note,
        enable_auth_state=True,
        manage_groups=True,
        scope=["openid", "profile", "groups"],
        user_data_max_age=0,
        max_provider_connections=CONNECTIONS,
        provider_timeout=300,
    )
    time = Time(hub)
    browsers = [hub.browser(name) for name in PEOPLE]
    for first in range(0, len(browsers), 10):
        logins = await asyncio.gather(*(browser.login() for browser in browsers[first : first + 10]))
        assert {page.status for page in logins} == {200}
    for name in PEOPLE:
        provider.users[name]["groups"] = ["new"]
    provider.forget_traffic()
    asked = provider.count("userinfo")
    time.passes(hub.authenticator.auth_refresh_age)

    provider.faults.on("F1", at="userinfo")  # nobody is answered until all have come
    pages = [asyncio.ensure_future(browser.get("/hub/home")) for browser in browsers]
    await all_came.wait()
    await provider.until_asked("userinfo", asked + CONNECTIONS // 2)
    assert provider.under_way == CONNECTIONS // 2, "the other half is for logins"
    answered = asyncio.as_completed(pages)
    for _ in range(len(PEOPLE) - CONNECTIONS):  # they have not waited: the line was too long
        assert (await next(answered)).status == 200
    assert provider.under_way == provider.count("userinfo") - asked == CONNECTIONS // 2
    provider.released.set()
    for page in answered:
        assert (await page).status == 200

    await refreshes_ended(hub)
    assert provider.count("userinfo") == asked + len(PEOPLE)
    assert provider.most_at_once == CONNECTIONS // 2
    time.passes(20)
    pages = await asyncio.gather(*(browser.get("/hub/home") for browser in browsers))
    assert {page.status for page in pages} == {200}
    assert provider.count("userinfo") == asked + len(PEOPLE)
    groups = {name: [group.name for group in hub.app.users[name].groups] for name in PEOPLE}
    assert groups == {name: ["new"] for name in PEOPLE}
    assert not hub.log.lines_with("asked to log in")
    assert not hub.log.lines_with("The provider does not answer")
    assert not hub.log.tracebacks()
