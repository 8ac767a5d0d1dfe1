"""Login CSRF by a planted attempt: a user's server on the Hub's own origin can set cookies for the Hub (B28)."""

from itertools import permutations

import pytest

from tests.conftest import generic_config
from tests.support import check_invariants

pytestmark = pytest.mark.hub_versions


def plant(attacker, victim):
    """The attacker's attempts, in the victim's browser."""
    victim.set_cookies({name: value for name, value in attacker.cookies.items() if name.startswith("oauth-")})


async def signed_in(hub, name):
    browser = hub.browser()
    page = await browser.login(name)
    assert page.status == 200
    return browser


async def name_in(browser):
    """The account that the browser is signed in as; None when it is signed out."""
    page = await browser.get("/hub/home")
    return (
        page.body.partition('"user": "')[2].partition('"')[0]
        or page.body.partition('user: "')[2].partition('"')[0]
        or None
    )


@pytest.mark.parametrize("attacker_was_signed_in", [False, True])
async def test_a_planted_attempt_changes_nothing(hub, provider, attacker_was_signed_in):
    victim = await signed_in(hub, "alice")
    attacker = await signed_in(hub, "bob") if attacker_was_signed_in else hub.browser()
    callback = await attacker.walk_to_callback("bob", next_url="/hub/token")
    plant(attacker, victim)
    before = dict(victim.cookies)
    page = await victim.open(callback)
    assert (page.status, page.path.rpartition("/")[0]) == (200, "/hub/auth/result")
    assert "Continue as bob?" in page.text
    assert "You are signed in to JupyterHub as alice" in page.text
    assert await name_in(victim) == "alice"
    for name in ("jupyterhub-hub-login", "jupyterhub-session-id"):
        assert victim.cookies[name] == before[name]
    accounts = {"alice"} | ({"bob"} if attacker_was_signed_in else set())
    check_invariants(hub, provider, accounts=accounts)


async def test_whoever_continues_signs_in_anew(hub, provider):
    """The first response is not kept. The provider says who sits in front of this browser."""
    victim = await signed_in(hub, "alice")
    attacker = hub.browser()
    callback = await attacker.walk_to_callback("bob")
    plant(attacker, victim)
    page = await victim.open(callback)
    victim.user = "alice"
    page = await victim.submit(page, {}, action="/hub/auth/result/")
    assert (page.status, page.path) == (200, "/hub/home")
    assert await name_in(victim) == "alice"
    check_invariants(hub, provider, accounts={"alice"})


async def test_continuing_on_purpose(hub, provider, browser):
    """A tab from before the sign-in of another user in this browser."""
    callback = await browser.walk_to_callback("bob", next_url="/hub/token")
    await browser.login("alice")
    browser.user = "bob"
    page = await browser.open(callback)
    assert "Continue as bob?" in page.text
    again = await browser.get(page.url)
    assert "Continue as bob?" in again.text
    page = await browser.submit(page, {}, action="/hub/auth/result/")
    assert (page.status, page.path) == (200, "/hub/token")
    assert await name_in(browser) == "bob"
    answered = await browser.open(again.url)
    assert answered.path == "/hub/token", "there is nothing left to ask"
    check_invariants(hub, provider, accounts={"alice", "bob"})


async def test_the_post_needs_the_token_of_the_form(hub, provider, browser):
    callback = await browser.walk_to_callback("bob")
    await browser.login("alice")
    page = await browser.open(callback)
    count = len(browser.cookies)
    for fields in ({}, {"_xsrf": "x"}):
        refused = await browser.request("POST", page.url, data=fields)
        assert refused.status == 403
    assert len(browser.cookies) == count
    assert await name_in(browser) == "alice"


async def test_only_a_question_can_be_answered(hub, provider, browser):
    await browser.login("alice")
    error = await browser.get("/hub/oauth_callback?error=x&state=y")
    question = await browser.get("/hub/oauth_callback?state=")
    token = browser.cookies["_xsrf"]
    for url in (error.url, question.url, "/hub/auth/result", "/hub/auth/result/2222-2222"):
        hop = await browser.request("POST", url, data={"_xsrf": token})
        assert hop.status in (400, 404, 405), hop
        assert not hop.set_cookies


async def test_staying(hub, browser):
    callback = await browser.walk_to_callback("bob", next_url="/hub/token")
    await browser.login("alice")
    page = await browser.open(callback)
    assert 'href="/hub/token"' in page.body
    assert (await browser.open("/hub/token")).status == 200


async def test_after_signing_out_the_question_is_still_a_question(hub, provider, browser):
    callback = await browser.walk_to_callback("bob")
    await browser.login("alice")
    question = await browser.open(callback)
    await browser.open("/hub/logout")
    page = await browser.get(question.url)
    assert page.status == 200
    assert "Nobody has been signed in so far" in page.text
    check_invariants(hub, provider, accounts={"alice"})


async def test_switching_accounts_is_not_questioned(hub, provider, browser):
    """The account that was signed in when the attempt started is still signed in."""
    await browser.login("alice")
    page = await browser.login("bob")
    assert (page.status, page.path) == (200, "/hub/home")
    assert await name_in(browser) == "bob"
    check_invariants(hub, provider, accounts={"alice", "bob"})


@pytest.mark.parametrize("started_as", [None, "alice", "bob"])
async def test_the_same_account_in_eight_tabs_in_any_order(hub, provider, browser, started_as):
    if started_as:
        await browser.login(started_as)
    callbacks = [await browser.walk_to_callback("alice", next_url=f"/hub/home?tab={i}") for i in range(8)]
    for i in (3, 0, 7, 1, 6, 2, 5, 4):
        page = await browser.open(callbacks[i])
        assert (page.status, page.query) == (200, {"tab": str(i)})
    check_invariants(hub, provider, accounts={"alice"} | ({started_as} if started_as else set()))


@pytest.mark.parametrize("order", list(permutations(["alice", "bob", "carol"])), ids="-".join)
async def test_three_accounts_in_tabs_of_one_browser(hub, provider, browser, order):
    """The first to come back is signed in. The others are asked, and no account is replaced without a question."""
    callbacks = {name: await browser.walk_to_callback(name) for name in order}
    for name in reversed(order):
        page = await browser.open(callbacks[name])
        assert page.status == 200
        assert await name_in(browser) == order[-1]
    check_invariants(hub, provider, accounts={order[-1]})


@pytest.mark.parametrize("how", [{"handshaker": "native"}, {"handshaker": "mwoauth"}, {"oauth_version": "2.0"}])
async def test_at_a_wiki(hub_at_wiki, wiki, how):
    hub = await hub_at_wiki(**how)
    victim, attacker = hub.browser("Alice"), hub.browser("Newcomer")
    await victim.login()
    assert victim.logged_in
    callback = await attacker.walk_to_callback()
    plant(attacker, victim)
    page = await victim.open(callback)
    assert "Continue as Newcomer?" in page.text
    assert list(hub.accounts()) == ["Alice"]
    victim.user = "Newcomer"
    page = await victim.submit(page, {}, action="/hub/auth/result/")
    assert (page.status, page.path) == (200, "/hub/home")
    assert set(hub.accounts()) == {"Alice", "Newcomer"}


@pytest.mark.parametrize("subdomain_host", ["", "http://hub.example.org:8000"])
async def test_the_start_up_recommends_subdomains(hubs, provider, subdomain_host):
    """A signed-out browser on one origin cannot be protected."""
    config = generic_config(provider)
    config.JupyterHub.subdomain_host = subdomain_host
    hub = await hubs(config)
    lines = hub.log.lines_with("[shared-origin]")
    assert len(lines) == (0 if subdomain_host else 1)
    assert all(line.startswith("INFO") and "c.JupyterHub.subdomain_host is not set" in line for line in lines)
