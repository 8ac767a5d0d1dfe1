"""Somebody is after another's account: by what has changed since the owner was last here."""

from __future__ import annotations

from oauthenticator_suite import DictionaryAuthenticator
from oauthenticator_suite.local.handlers import KNOWN_BROWSER
from oauthenticator_suite.local.throttle import PAIR_FREE
from tests.multi.conftest import Start, entry, sign_in


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
