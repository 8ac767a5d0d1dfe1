"""How much room a browser's attempts take: in its requests, and in one response of the Hub's."""

import asyncio
from urllib.parse import quote

import pytest

from oauthenticator_suite.hub.oauth.attempt_cookies import MAX_ATTEMPTS, MAX_BYTES, MAX_DELETED, MAX_UNUSABLE
from tests.support import check_invariants

pytestmark = pytest.mark.hub_versions

NGINX_RESPONSE_HEADERS = 4096  # proxy_buffer_size


def of_attempts(browser):
    return {name: value for name, value in browser.cookies.items() if "oauth-attempt-" in name or "oauth-next-" in name}


def length(cookies):
    return sum(len(f"{name}={value}; ") for name, value in cookies.items())


def response_length(hop):
    lines = [f"{name}: {value}" for name, value in hop.headers.items() if name != "set-cookie"]
    return sum(len(line) + 2 for line in [*lines, *(f"Set-Cookie: {line}" for line in hop.set_cookies)])


def deep_link(letter, size):
    return "/hub/home?cell=" + letter * (size - len("/hub/home?cell="))


async def destination_of(browser, callback):
    return (await browser.get(callback)).headers["location"]


@pytest.mark.parametrize("size", [20, 150, 400, 1000])
async def test_eight_tabs_stay_within_four_kilobytes(hub, provider, browser, size):
    links = [deep_link(letter, size) for letter in "abcdefgh"]
    callbacks = [await browser.walk_to_callback("alice", next_url=link) for link in links]
    assert length(of_attempts(browser)) <= MAX_BYTES
    arrived = [await destination_of(browser, callback) for callback in reversed(callbacks)]
    kept = [place for place, link in zip(arrived, reversed(links), strict=True) if place == link]
    assert arrived[: len(kept)] == list(reversed(links))[: len(kept)], "an older tab kept what a newer one lost"
    assert set(arrived[len(kept) :]) <= {"/hub/home"}
    assert len(kept) >= {20: 8, 150: 8, 400: 3, 1000: 1}[size]
    check_invariants(hub, provider, accounts=["alice"])


@pytest.mark.parametrize("size", [20, 150, 400, 1000])
async def test_tabs_that_start_at_the_same_moment(hub, provider, browser, size):
    """None of these requests knows of the others."""
    links = [deep_link(letter, size) for letter in "abcdefgh"]
    hops = await asyncio.gather(*(browser.get(f"/hub/oauth_login?next={quote(link)}") for link in links))
    assert length(of_attempts(browser)) <= MAX_BYTES + 1000
    places = []
    for hop in hops:
        browser.user = "alice"
        back = await browser.follow(await browser.get(browser._as_user(hop.location)), stop_before=hub.callback_url)
        places.append(await destination_of(browser, back.location))
    assert set(places) <= {*links, "/hub/home"}
    assert len({*places} & {*links}) >= {20: 8, 150: 8, 400: 3, 1000: 1}[size]


async def test_the_newest_keeps_its_destination_and_older_ones_lose_theirs_first(hub, browser):
    short = [await browser.walk_to_callback("alice", next_url=f"/hub/home?tab={i}") for i in range(2)]
    long_ones = [await browser.walk_to_callback("alice", next_url=deep_link(letter, 1000)) for letter in "abc"]
    assert length(of_attempts(browser)) <= MAX_BYTES
    assert await destination_of(browser, long_ones[2]) == deep_link("c", 1000)
    assert await destination_of(browser, long_ones[1]) == deep_link("b", 1000)
    for callback in short:
        assert (await browser.get(callback)).status == 302


@pytest.mark.parametrize("https", [False, True])
async def test_no_response_is_longer_than_nginx_accepts(hub_at_provider, provider, https):
    traits = {"oauth_callback_url": "https://hub.example.university/hub/oauth_callback"} if https else {}
    hub = await hub_at_provider(scope=["openid", "profile", "email", "groups", "offline_access"], **traits)
    browser = hub.browser()
    cookies = {}
    for number in range(30):
        size = (40, 300, 1000, 700)[number % 4]
        header = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if https else {}
        hop = await browser.get(f"/hub/oauth_login?next={quote(deep_link('x', size))}", headers=header)
        if https:  # a browser on http keeps no Secure cookies
            for line in hop.set_cookies:
                name, _, value = line.partition(";")[0].partition("=")
                cookies[name] = value
                if "max-age=-1" in line.lower():
                    del cookies[name]
        else:
            cookies = of_attempts(browser)
        assert response_length(hop) < NGINX_RESPONSE_HEADERS
        assert length(cookies) <= MAX_BYTES


async def test_planted_cookies_are_deleted_a_few_at_a_time(hub, provider):
    """H (mod_auth_openidc CVE-2023-28625 and kin): any cookie → no error, no pile, no response full of deletions."""
    browser = hub.browser()
    planted = {f"oauth-attempt-{i:016x}": "x" for i in range(150)}
    browser.set_cookies(planted)
    hop = await browser.get("/hub/oauth_login?next=/hub/home")
    deleted = [line for line in hop.set_cookies if "max-age=-1" in line.lower()]
    assert len(deleted) == MAX_UNUSABLE
    assert response_length(hop) < NGINX_RESPONSE_HEADERS
    page = await browser.login("alice", next_url="/hub/token")
    assert (page.status, page.path) == (200, "/hub/token")
    out = await browser.open("/hub/logout")
    assert out.status == 200
    for hop in browser.hops:
        assert len([line for line in hop.set_cookies if "oauth-" in line]) <= MAX_DELETED + 2
        assert response_length(hop) < NGINX_RESPONSE_HEADERS
    check_invariants(hub, provider, accounts=["alice"])


async def test_the_longest_planted_cookies_go_first(hub, browser):
    browser.set_cookies({f"oauth-attempt-{i}": "x" for i in range(20)} | {"oauth-attempt-huge": "x" * 3000})
    browser.set_cookies({"oauth-next-0": "x" * 2900, "oauth-next-9": "y"})
    await browser.get(f"/hub/oauth_login?next={quote(deep_link('a', 1000))}")
    assert not {name for name, value in browser.cookies.items() if value in ("x" * 3000, "x" * 2900)}


async def test_other_cookies_of_the_host_leave_no_room_for_a_destination(hub, browser):
    browser.set_cookies({f"application-{i}": "x" * 1500 for i in range(4)})
    page = await browser.login("alice", next_url=deep_link("a", 1000))
    assert (page.status, page.query) == (200, {})
    assert not any("oauth-next-" in line for hop in browser.hops for line in hop.set_cookies)


async def test_many_planted_attempts_that_this_hub_sealed(hub, browser):
    """Somebody has started forty sign-ins elsewhere, and planted their cookies here."""
    planted = {}
    for _ in range(40):
        elsewhere = hub.browser()
        await elsewhere.get("/hub/oauth_login")
        planted |= of_attempts(elsewhere)
    assert len(planted) == 40
    browser.set_cookies(planted)
    for _ in range(3):
        hop = await browser.get("/hub/oauth_login")
        assert len([line for line in hop.set_cookies if "oauth-" in line]) <= MAX_DELETED + 2
        assert response_length(hop) < NGINX_RESPONSE_HEADERS
    assert len(of_attempts(browser)) <= MAX_ATTEMPTS


async def test_a_destination_belongs_to_its_attempt(hub, provider, browser):
    """The sealed destination of another attempt is of no use, nor is one in another place."""
    elsewhere = hub.browser()
    await elsewhere.walk_to_callback("bob", next_url="/hub/token?planted")
    callback = await browser.walk_to_callback("alice", next_url="/hub/home?mine")
    (theirs,) = [value for name, value in elsewhere.cookies.items() if name.startswith("oauth-next-")]
    (place,) = [name for name in browser.cookies if name.startswith("oauth-next-")]
    browser.set_cookies({place: theirs})
    assert await destination_of(browser, callback) == "/hub/home"


async def test_cookies_of_the_earlier_format(hub, provider, browser):
    """Fernet tokens under names of sixteen hexadecimal digits: the user starts again, and the cookies go."""
    browser.set_cookies({"oauth-attempt-0123456789abcdef": "gAAAAABmxyz" + "A" * 1000})
    page = await browser.login("alice")
    assert page.status == 200
    assert not of_attempts(browser)
