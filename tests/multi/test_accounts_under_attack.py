"""Somebody is after another's account: by what has changed since the owner was last here."""

from __future__ import annotations

from oauthenticator_suite import DictionaryAuthenticator
from oauthenticator_suite.local.handlers import KNOWN_BROWSER
from oauthenticator_suite.local.throttle import PAIR_FREE
from tests.fakes.openid_provider import FakeProvider
from tests.multi.conftest import Start, entry, sign_in
from tests.multi.test_whose_account import login


async def test_a_logout_token_for_an_account_that_is_gone(several: Start, campus: FakeProvider) -> None:
    """Its number may have gone to somebody else's, whose session is none of this provider's."""
    hub = await several(children={"campus": {"backchannel_logout": True}})
    await login(hub.browser(), "alice", "campus")
    number = hub.app.users["alice"].id
    hub.app.users.delete(hub.app.users["alice"])
    browser = hub.browser()
    await login(browser, "bob", "lab")
    assert hub.app.users["bob"].id == number
    campus.client.backchannel_logout_uri = f"{hub.url}/hub/auth/campus/backchannel_logout"
    before = await hub.auth_state("bob")
    assert (await campus.log_out("alice")).status == 200
    assert (await browser.open("/hub/home")).path == "/hub/home"
    assert await hub.auth_state("bob") == before


async def test_a_browser_that_is_known_at_one_form_is_not_at_another(several: Start) -> None:
    """Who has the name there would guess the other's password here, with a fresh count of failures as often as wanted."""
    guests = entry("guests", DictionaryAuthenticator, passwords={"alice": "mine"}, allow_all=True, failure_delay=0)
    hub = await several(more=[guests])
    browser = hub.browser()
    statuses = []
    for _ in range(PAIR_FREE // 10 + 1):
        browser.clear_cookies()
        assert (await sign_in(browser, "alice", "mine", "guests")).status == 200
        assert KNOWN_BROWSER in browser.cookies
        await browser.open("/hub/logout")
        statuses += [(await sign_in(browser, "alice", "guessed", "dictionary")).status for _ in range(10)]
    assert statuses == [403] * PAIR_FREE + [429] * 10
