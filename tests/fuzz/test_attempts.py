"""Target 2: the state and the cookie of an attempt. Any change voids them; age and another browser's do too."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.hub.oauth.attempts import LIFETIME
from tests.conftest import generic_config
from tests.support import Browser, Hop, Hub, HubState, start_hub

from .strategies.requests import text_changes
from .verdicts import THROUGH_A_HUB, WrongAccept, one_input, target

TARGET = target("state and cookie")
DAY = 86_400


async def begun(hub: Hub) -> tuple[Browser, str]:
    """A browser that has begun a login, and the callback to which the provider sends it."""
    browser = hub.browser()
    return browser, await browser.walk_to_callback("alice")


def attempt_of(browser: Browser) -> tuple[str, str]:
    """The name and value of the browser's only attempt."""
    ((name, value),) = ((name, value) for name, value in browser.cookies.items() if "oauth-attempt-" in name)
    return name, value


async def comes_back(hub: Hub, callback: str, name: str, value: str) -> tuple[Hop, Browser]:
    """Another browser, with this cookie alone, opens the callback."""
    visitor = hub.browser()
    header = "".join(letter for letter in f"{name}={value}" if letter.isprintable())  # others cannot be sent
    return await visitor.get(callback, headers={"Cookie": header}), visitor


def refused(page: Hop, visitor: Browser, provider: Any, why: str) -> None:
    if page.status < 400 or visitor.logged_in or provider.count("token"):
        raise WrongAccept(f"{page} {why}, {provider.count('token')} token requests")


@THROUGH_A_HUB
@given(text_changes)
async def test_a_changed_cookie_is_void(hub: Hub, provider: Any, change: Callable[[str], str]) -> None:
    TARGET.tries()
    async with one_input(hub, provider):
        browser, callback = await begun(hub)
        name, value = attempt_of(browser)
        changed = change(value)
        page, visitor = await comes_back(hub, callback, name, changed)
        if changed.strip('"\x7f') != value:  # RFC 6265 §4.1.1: a value may be in quotation marks
            refused(page, visitor, provider, "with a changed cookie")


@THROUGH_A_HUB
@given(text_changes)
async def test_a_changed_state_is_void(hub: Hub, provider: Any, change: Callable[[str], str]) -> None:
    TARGET.tries()
    async with one_input(hub, provider):
        browser, callback = await begun(hub)
        query = dict(parse_qsl(urlsplit(callback).query))
        changed = change(query["state"])
        page = await browser.get(f"{hub.callback_url}?{urlencode({**query, 'state': changed})}")
        if changed != query["state"]:
            refused(page, browser, provider, "with a changed state")


@THROUGH_A_HUB
@given(st.permutations(range(3)), st.permutations(range(3)))
async def test_parts_of_several_browsers_do_not_fit(
    hub: Hub, provider: Any, names: list[int], values: list[int]
) -> None:
    """Three browsers begin; the first one's callback is opened with every mixture of the cookies' names and values."""
    TARGET.tries()
    async with one_input(hub, provider):
        logins = [await begun(hub) for _ in range(3)]
        callbacks = [callback for _, callback in logins]
        cookies = [attempt_of(browser) for browser, _ in logins]
        name, value = cookies[names[0]][0], cookies[values[0]][1]
        page, visitor = await comes_back(hub, callbacks[0], name, value)
        if (names[0], values[0]) != (0, 0):
            refused(page, visitor, provider, "with another browser's cookie")
        else:
            assert page.status == 302


@THROUGH_A_HUB
@given(st.floats(0, 31 * DAY) | st.floats(-31 * DAY, 0) | st.sampled_from([LIFETIME - 5.0, LIFETIME + 5.0, -55.0]))
async def test_an_attempt_has_its_time(hub: Hub, provider: Any, age: float) -> None:
    """Age 0 to 31 days, and a Hub whose clock was set back."""
    TARGET.tries()
    async with one_input(hub, provider):
        browser, callback = await begun(hub)
        hub.authenticator.attempts._clock = lambda: time.time() + age
        try:
            page = await browser.get(callback)
        finally:
            hub.authenticator.attempts._clock = time.time
        if not -60 <= age <= LIFETIME:
            refused(page, browser, provider, f"after {age} s")
        elif -50 <= age <= LIFETIME - 5:
            assert page.status == 302, age


async def test_a_used_attempt_stays_used(hub: Hub, provider: Any) -> None:
    """The cookie of a login that succeeded, kept by an attacker who has read it."""
    TARGET.tries()
    async with one_input(hub, provider):
        browser, callback = await begun(hub)
        name, value = attempt_of(browser)
        assert (await browser.get(callback)).status == 302
        provider.calls.clear()
        page, visitor = await comes_back(hub, callback, name, value)
        refused(page, visitor, provider, "a second time")


@pytest.mark.parametrize("secret", [bytes(32), b"x" * 32], ids=["zeros", "letters"])
async def test_a_cookie_of_another_key_is_void(provider: Any, secret: bytes) -> None:
    """The Hub's `cookie_secret` was replaced, or another Hub has sealed it."""
    TARGET.tries()
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    async with start_hub(generic_config(provider), state) as hub:
        browser, callback = await begun(hub)
        cookie = attempt_of(browser)
    state.cookie_secret = secret
    async with start_hub(generic_config(provider), state) as hub, one_input(hub, provider):
        page, visitor = await comes_back(hub, callback, *cookie)
        refused(page, visitor, provider, "of another key")
