"""Where a user arrives after signing in: at the page that they wanted, whatever characters its URL has."""

from urllib.parse import quote, unquote_to_bytes

import pytest
from traitlets.config import Config

from oauthenticator_suite.hub.web.next_url import MAX_NEXT_URL_LENGTH
from tests.support import check_invariants

pytestmark = pytest.mark.hub_versions

ARRIVES = {  # `next` as it is in the URL of the login: where the browser arrives
    "/hub/user-redirect/lab/tree/My%20Notebook.ipynb": "/hub/user-redirect/lab/tree/My%20Notebook.ipynb",
    "/hub/user-redirect/lab/tree/My+Notebook.ipynb": "/hub/user-redirect/lab/tree/My%20Notebook.ipynb",
    "/hub/user-redirect/lab/tree/My%2520Notebook.ipynb": "/hub/user-redirect/lab/tree/My%20Notebook.ipynb",
    "/hub/user-redirect/lab/tree/C%2B%2B.ipynb": "/hub/user-redirect/lab/tree/C++.ipynb",
    "/hub/user-redirect/lab/tree/%5B1%5D%7Bx%7D.ipynb": "/hub/user-redirect/lab/tree/%5B1%5D%7Bx%7D.ipynb",
    "/hub/user-redirect/lab/tree/%D0%BF%D1%80.ipynb": "/hub/user-redirect/lab/tree/%D0%BF%D1%80.ipynb",
    "/hub/user-redirect/lab/tree/caf%E9.ipynb": "/hub/user-redirect/lab/tree/caf%E9.ipynb",
    "/hub/user-redirect/lab/tree/100%25.ipynb": "/hub/user-redirect/lab/tree/100%25.ipynb",
    "/hub/user-redirect/lab%3Fx%5B%5D%3Da%20b%26y%3D5%25": "/hub/user-redirect/lab?x%5B%5D=a%20b&y=5%25",
    "//evil.example/a%20b": "/a%20b",
    "https://evil.example/a%20b": "/a%20b",
    "javascript:alert(1)": "/hub/home",
    "http://[": "/hub/home",
    "/hub/%00": "/hub/home",
}


async def arrives_at(browser, first, *, by_form=False):
    """The URL to which the Hub redirects at the end of a login that begins at `first`."""
    page = await browser.get(first)
    if by_form:
        await browser.submit(page, {"username": "alice", "password": "happy"})
        (page,) = [hop for hop in browser.hops if hop.method == "POST"]
    else:
        callback = await browser.follow(page, stop_before=f"{browser.hub_url}/hub/oauth_callback")
        page = await browser.get(callback.location)
    return page.headers["location"]


@pytest.fixture
async def form_hub(hubs):
    config = Config()
    config.JupyterHub.authenticator_class = "oauthenticator_suite.DictionaryAuthenticator"
    config.DictionaryAuthenticator.update(passwords={"alice": "happy"}, allow_all=True)
    return await hubs(config)


@pytest.mark.parametrize(("next_url", "target"), ARRIVES.items())
async def test_by_a_provider(hub, provider, next_url, target):
    assert await arrives_at(hub.browser("alice"), f"/hub/oauth_login?next={next_url}") == target
    check_invariants(hub, provider, accounts=["alice"])


@pytest.mark.parametrize(("next_url", "target"), ARRIVES.items())
async def test_by_a_form(form_hub, next_url, target):
    assert await arrives_at(form_hub.browser(), f"/hub/login?next={next_url}", by_form=True) == target


@pytest.mark.parametrize("size", [1_790, 4_000, 7_000, MAX_NEXT_URL_LENGTH])
async def test_a_form_keeps_a_long_destination(form_hub, size):
    """No cookie holds it."""
    link = "/hub/home?cell=" + "x" * (size - len("/hub/home?cell="))
    assert await arrives_at(form_hub.browser(), f"/hub/login?next={quote(link)}", by_form=True) == link


@pytest.mark.parametrize("size", [MAX_NEXT_URL_LENGTH + 1, 30_000])
async def test_a_destination_that_no_proxy_would_carry_is_ignored(form_hub, hub, size):
    link = quote("/hub/home?cell=" + "x" * size)
    assert await arrives_at(form_hub.browser(), f"/hub/login?next={link}", by_form=True) == "/hub/home"


async def test_one_that_no_cookie_can_hold_is_left_out(hub, provider):
    link = quote("/hub/home?cell=" + "x" * 5_000)
    assert await arrives_at(hub.browser("alice"), f"/hub/oauth_login?next={link}") == "/hub/home"
    check_invariants(hub, provider, accounts=["alice"])


REQUESTED = [
    "/user/alice/lab/tree/My%20Notebook.ipynb",
    "/user/alice/lab/tree/a+b%2Bc.ipynb",
    "/user/alice/lab/tree/[1]|^%5B.ipynb?reset=[x]&q={y}`%20%",
    "/user/alice/files/x.txt?from=caf%E9",
    "/hub/user-redirect/git-pull?repo=https%3A%2F%2Fgit.example%2Fx&urlpath=lab%2Ftree%2FMy%20x.ipynb",
]


@pytest.mark.parametrize("requested", REQUESTED)
async def test_a_page_that_asks_to_sign_in(hub_at_provider, provider, requested):
    """The Hub itself redirects to the login, through each page on the way."""
    hub = await hub_at_provider(auto_login=True)
    target = await arrives_at(hub.browser("alice"), requested)
    assert unquote_to_bytes(target).removeprefix(b"/hub/user/") == unquote_to_bytes(requested).removeprefix(b"/user/")
    check_invariants(hub, provider, accounts=["alice"])
