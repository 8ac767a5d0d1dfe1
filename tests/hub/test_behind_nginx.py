"""Logins through a real nginx with its defaults, which refuses long cookies and long responses."""

import asyncio
from urllib.parse import quote

import pytest
from aiohttp import cookiejar

from tests.support import check_invariants
from tests.support.nginx import nginx_before

pytestmark = pytest.mark.hub_versions

EIGHT = "abcdefgh"


@pytest.fixture
def nginx(hub, tmp_path, monkeypatch):
    for limit in ("_MAX_COOKIE_HEADER_LENGTH", "_MAX_COOKIES_PER_REQUEST"):
        monkeypatch.setattr(cookiejar, limit, 1_000_000, raising=False)  # unlike aiohttp, a browser sends all cookies
    with nginx_before(hub.url, tmp_path) as nginx:
        yield nginx


@pytest.fixture
async def browser(hub, nginx):
    return hub.browser("alice", nginx.socket)


def deep_link(letter, size):
    return "/hub/home?cell=" + letter * (size - len("/hub/home?cell="))


def all_is_well(hub, provider, nginx, browser):
    """nginx has refused nothing, of the browser's or of the Hub's."""
    for hop in browser.hops:
        assert hop.status < 400, f"{hop} {hop.text[:300]} {nginx.error_log[-1000:]}"
    assert "too large" not in nginx.error_log
    assert "too big" not in nginx.error_log
    check_invariants(hub, provider, accounts=["alice"])


async def test_that_it_is_nginx_with_its_defaults(hub, nginx, browser):
    assert (await browser.get("/hub/login")).headers["server"].startswith("nginx")
    refused = await browser.get("/hub/login", headers={"Cookie": "x=" + "x" * 8200})
    assert refused.status == 400
    assert "Cookie Too Large" in refused.text


@pytest.mark.parametrize("size", [100, 500, 1000, 3000])
async def test_eight_tabs_of_deep_links(hub, provider, nginx, browser, size):
    links = [deep_link(letter, size) for letter in EIGHT]
    callbacks = [await browser.walk_to_callback(next_url=link) for link in links]
    await browser.get("/hub/login")
    arrived = [(await browser.get(callback)).headers["location"] for callback in reversed(callbacks)]
    assert arrived[0] == (links[-1] if size <= 1000 else "/hub/home")
    assert (await browser.get("/hub/home")).status == 200
    all_is_well(hub, provider, nginx, browser)


@pytest.mark.parametrize("size", [100, 500, 1000])
async def test_eight_tabs_at_the_same_moment(hub, provider, nginx, browser, size):
    links = [f"/hub/oauth_login?next={quote(deep_link(letter, size))}" for letter in EIGHT]
    hops = await asyncio.gather(*(browser.get(link) for link in links))
    for hop in hops:
        page = await browser.follow(hop)
        assert (page.status, page.path) == (200, "/hub/home")
    all_is_well(hub, provider, nginx, browser)


PLANTED = {
    "150 small ones": {f"oauth-attempt-{i:016x}": "x" for i in range(150)},
    "two huge ones": {"oauth-attempt-huge": "x" * 3700, "oauth-attempt-0123456789abcdef": "y" * 3000},
    "destinations": {f"oauth-next-{i}": "x" * 700 for i in range(8)},
    "the earlier format": {f"oauth-attempt-{i:016x}": "gAAAAAB" + "A" * 900 for i in range(6)},
    "other applications": {f"application-{i}": "x" * 1500 for i in range(4)},
}


@pytest.mark.parametrize("path", ["/", "/hub/"])
@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED.keys())
async def test_planted_cookies(hub, provider, nginx, browser, planted, path):
    """Those of the path / cannot be deleted by a Hub that sets cookies for /hub/."""
    browser.set_cookies(planted, path)
    page = await browser.login(next_url=deep_link("a", 1000))
    assert (page.status, page.path) == (200, "/hub/home")
    page = await browser.open("/hub/logout")
    assert page.status == 200
    all_is_well(hub, provider, nginx, browser)


async def test_they_do_not_come_back(hub, provider, nginx, browser):
    """Each login deletes a few of them, the longest first."""
    browser.set_cookies(PLANTED["two huge ones"])
    await browser.login(next_url="/hub/home")
    page = await browser.login(next_url=deep_link("b", 1000))
    assert page.query["cell"].startswith("bbb")
    all_is_well(hub, provider, nginx, browser)
