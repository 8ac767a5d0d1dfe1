"""The two ways in which a login may end, with everything that then must be true."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import parse_qsl, urlsplit

from tests.fakes.openid_provider import FakeProvider
from tests.fakes.openid_provider.wire import Wire
from tests.support import Browser, Hop, Hub, check_invariants, reference_on
from tests.support.invariants import WrongAccept, must


async def ready(hub: Hub) -> Hub:
    """Wait until the Hub has the provider's metadata and keys, so that requests can be counted from here."""
    await hub.log.until("is ready")
    return hub


async def accepted(hub: Hub, provider: FakeProvider, browser: Browser | None = None, name: str = "alice") -> Browser:
    """A login that ends where the user wanted to go, with exactly one token request, which had nothing wrong."""
    browser = browser or hub.browser()
    before = provider.count("token")
    page = await browser.login()
    assert (page.status, page.path) == (200, "/hub/home"), page.text[:500]
    assert browser.logged_in
    assert provider.count("token") == before + 1
    assert name in hub.accounts()
    return browser


def asked_by_browser(browser: Browser, provider: FakeProvider) -> dict[str, str]:
    """The parameters in the URL of the provider at which the browser's last login began."""
    (url,) = [hop.url for hop in browser.hops if hop.url.startswith(f"{provider.origin}/authorize")][-1:]
    return dict(parse_qsl(urlsplit(url).query))


async def refused(
    hub: Hub,
    provider: Wire,
    statuses: Collection[int] | int,
    *,
    browser: Browser | None = None,
    url: str | None = None,
    accounts: Collection[str] = (),
    configuration_error: bool = False,
) -> Hop:
    """A login (or the opening of `url`) that ends on an error page with a reference number, and no session."""
    browser = browser or hub.browser()
    page = await (browser.login() if url is None else browser.open(url))
    must(page.status != 200 and not browser.logged_in, WrongAccept, f"{page}: {page.text[:500]}")
    assert page.status in ({statuses} if isinstance(statuses, int) else statuses), f"{page}: {page.text[:500]}"
    assert page.headers["content-type"].lower().startswith("text/html")
    reference_on(page, hub)
    check_invariants(hub, provider, accounts=accounts, configuration_error=configuration_error)
    return page
