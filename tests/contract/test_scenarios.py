"""Scenarios of docs/reference/tested-rules.md with many requests, or with a Hub that ends, through a real Hub."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.conftest import generic_config
from tests.contract.logins import accepted, ready
from tests.contract.logouts import lives
from tests.fakes.openid_provider import FakeProvider, Fault, Reply
from tests.support import Browser, Hub, HubState, check_invariants, refresh_is_due, start_hub

HubMaker = Callable[..., Awaitable[Hub]]


async def test_fifty_requests_at_once_make_one_refresh(provider: FakeProvider, hub_at_provider: HubMaker) -> None:
    """S7: one refresh token is sent once; all fifty pages are shown, and the next refresh works."""
    provider.access_token_lifetime = 1
    hub = await hub_at_provider(enable_auth_state=True, user_data_max_age=0)
    browser = await accepted(hub, provider)
    refresh_is_due(hub)
    before = provider.count("token")
    pages = await asyncio.gather(*(browser.get("/hub/home") for _ in range(50)))
    assert [page.status for page in pages] == [200] * 50
    assert provider.count("token") == before + 1
    refresh_is_due(hub)
    assert await lives(browser)
    assert provider.count("token") == before + 2
    check_invariants(hub, provider, accounts={"alice"})


async def test_a_hub_that_ends_before_the_new_refresh_token_is_stored(provider: FakeProvider, tmp_path: Path) -> None:
    """S8: the provider has rotated the token, the Hub has not heard of it: one login later all is well."""
    provider.access_token_lifetime = 1
    state = HubState(tmp_path)
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = generic_config(provider, enable_auth_state=True, user_data_max_age=0)
    async with start_hub(config, state) as hub:
        browser = await accepted(hub, provider)
        cookies = dict(browser.cookies)
        refresh_is_due(hub)
        provider.faults.on("F1", at="token", times=1)  # the answer is on its way for ever
        page = asyncio.ensure_future(browser.get("/hub/home"))
        await provider.until_asked("token", 2)
    with suppress(aiohttp.ClientError):
        await page
    async with start_hub(config, state) as hub:
        browser = hub.browser()
        browser.set_cookies(cookies)
        refresh_is_due(hub)
        before = provider.count("token")
        assert not await lives(browser)
        assert provider.count("token") == before + 1, "the old refresh token, which the provider refuses"
        await accepted(hub, provider, browser)
        provider.access_token_lifetime = 3600
        for _ in range(3):
            refresh_is_due(hub)
            assert await lives(browser)
        check_invariants(hub, provider, accounts={"alice"})


def one_in_five(endpoint: str) -> Fault:
    """A fault that drops the connection of each fifth request."""
    seen = 0

    def change(provider: Any, reply: Reply) -> None:
        nonlocal seen
        seen += 1
        reply.reset = seen % 5 == 0

    return Fault(f"one in five at {endpoint}", endpoint, "drops one request in five", change)


@pytest.mark.long
async def test_a_crowd_at_a_provider_that_drops_requests(
    clock: Any, provider: FakeProvider, hub_at_provider: HubMaker, examples: Callable[[int, int], int]
) -> None:
    """S15: users sign in, fifty at once, and try again when a page says so; each login succeeds, under the right name."""
    number = examples(60, 1000)
    alice = provider.users["alice"]
    names = [f"user-{n}" for n in range(number)]
    provider.users |= {
        name: {**alice, "sub": f"subject-of-{name}", "preferred_username": name, "email": f"{name}@example.org"}
        for name in names
    }
    hub = await ready(await hub_at_provider(enable_auth_state=True))
    for endpoint in ("token", "userinfo"):
        provider.faults.on(one_in_five(endpoint))
    at_once = asyncio.Semaphore(50)

    async def sign_in(name: str) -> Browser:
        browser = hub.browser(name)
        async with at_once:
            for _ in range(30):
                page = await browser.login()
                if browser.logged_in:
                    return browser
                assert page.status in (502, 503, 504), page
                await asyncio.sleep(float(page.headers.get("retry-after", "1")))  # of the test's own clock
        raise AssertionError(f"no login of {name} succeeded")

    browsers = await asyncio.gather(*(sign_in(name) for name in names))
    assert any(hop.status == 502 for browser in browsers for hop in browser.hops), "the provider has dropped something"
    provider.faults.off()
    for name, browser in zip(names, browsers, strict=True):
        assert f">{name}<" in (await browser.get("/hub/home")).body.replace(" ", "").replace("\n", "")
    await accepted(hub, provider)
    check_invariants(hub, provider, accounts={*names, "alice"})
