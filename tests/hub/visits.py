"""People who sign in and stay, or do not: what tests of single providers say of that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tests.contract.cases import ProviderCase
from tests.support import Browser, Hop, Hub, HubState, reference_on, refresh_is_due

Start = Callable[..., Awaitable[Hub]]


def starting(case: ProviderCase, hubs: Any) -> Start:
    """`await start(trait=value, …)`: a Hub at the case's provider, for the users that the traits allow."""

    async def start(**traits: Any) -> Hub:
        state = HubState()
        return await hubs(case.config(state.url, **traits), state)

    return start


def set_options(hub: Hub, **traits: Any) -> None:
    """From now on these options of the authenticator have these values."""
    for name, value in traits.items():
        setattr(hub.authenticator, name, value)


async def signs_in(hub: Hub, user: str, browser: Browser | None = None) -> Browser:
    browser = browser or hub.browser()
    page = await browser.login(user)
    assert (page.status, page.path) == (200, "/hub/home"), page.text[:500]
    assert browser.logged_in
    return browser


async def refused_with(hub: Hub, user: str, status: int = 403) -> tuple[Hop, str]:
    """A login that ends on an error page: the page, and the line of the log that bears its reference."""
    browser = hub.browser()
    page = await browser.login(user)
    assert page.status == status, page.text[:500]
    assert not browser.logged_in
    return page, hub.log.lines_with(reference_on(page, hub))[0]


async def comes_in(hub: Hub, user: str) -> bool:
    """Whether a user who signs in is let in. If not, a page must say so."""
    browser = hub.browser()
    page = await browser.login(user)
    assert page.status in (200, 403), page.text[:500]
    if page.status == 403:
        reference_on(page, hub)
    assert browser.logged_in is (page.status == 200)
    return browser.logged_in


async def stays(hub: Hub, browser: Browser, name: str = "alice") -> bool:
    """Whether a signed-in user still is, when a refresh is due."""
    refresh_is_due(hub, name)
    page = await browser.get("/hub/home")
    assert page.status in (200, 302), page.text[:500]
    return page.status == 200


async def kept(hub: Hub, name: str) -> dict[str, Any]:
    """The user's auth_state."""
    auth_state = await hub.auth_state(name)
    assert auth_state is not None
    return auth_state
