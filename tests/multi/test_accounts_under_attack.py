"""Somebody is after another's account: by what has changed since the owner was last here."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from jupyterhub import orm
from jupyterhub.crypto import encrypt

from oauthenticator_suite import DictionaryAuthenticator
from oauthenticator_suite.hub import signed_in
from oauthenticator_suite.local.handlers import KNOWN_BROWSER
from oauthenticator_suite.local.throttle import PAIR_FREE
from tests.fakes.openid_provider import FakeProvider
from tests.multi.conftest import Start, entry, sign_in
from tests.multi.test_whose_account import login, provider_of


@pytest.mark.parametrize("same", [True, False])
async def test_two_of_one_name_at_the_same_moment(several: Start, campus: FakeProvider, same: bool) -> None:
    """Of whom the second found no account when it was judged (F: two subjects never share an account)."""
    campus.users["other"] = {**campus.users["alice"], "sub": "somebody-else"}
    hub = await several()
    browsers = [hub.browser(), hub.browser()]
    names = ("alice", "alice" if same else "other")
    callbacks = [
        await browser.walk_to_callback(name, at="campus") for browser, name in zip(browsers, names, strict=True)
    ]
    pages = await asyncio.gather(*(one.open(url) for one, url in zip(browsers, callbacks, strict=True)))
    assert sorted(page.status for page in pages) == ([200, 200] if same else [200, 409])


async def test_a_shared_account_that_begins_in_two_places_at_once(several: Start) -> None:
    """Who it is in each of them is kept."""
    hub = await several(username_collision="share")
    browsers = {provider: hub.browser() for provider in ("campus", "lab")}
    callbacks = {name: await browser.walk_to_callback("alice", at=name) for name, browser in browsers.items()}
    await asyncio.gather(*(browsers[name].open(callbacks[name]) for name in browsers))
    owner = await provider_of(hub, "alice")
    kept = await hub.auth_state("alice")
    assert kept is not None
    assert set(kept["suite"]["others"]) == {"campus", "lab"} - {owner}


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


async def test_an_account_that_is_made_while_somebody_signs_in_for_the_first_time(
    several: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By an administrator, say. The Hub goes on, and has one account of that name."""

    async def slow(auth_state: Any) -> bytes:
        encrypted: bytes = await encrypt(auth_state)
        if "alice" not in hub.accounts():
            hub.app.db.add(orm.User(name="alice"))
            hub.app.db.commit()
        return encrypted

    monkeypatch.setattr(signed_in, "encrypt", slow)
    hub = await several()
    assert (await login(hub.browser(), "alice", "campus")).status == 409
    assert (await login(hub.browser(), "bob", "campus")).status == 200
    assert hub.accounts() == {"alice": False, "bob": False}
