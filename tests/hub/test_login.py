"""The walk of a login through a real Hub: leaving, coming back, tabs, copies, restarts."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.conftest import generic_config
from tests.support import HubState, check_invariants, reference_on, start_hub

pytestmark = pytest.mark.hub_versions


async def test_a_login(hub, provider, browser):
    page = await browser.login("alice")
    assert (page.status, page.path) == (200, "/hub/home")
    assert "alice" in page.text
    assert provider.count("token") == 1
    assert provider.count("userinfo") == 1
    check_invariants(hub, provider, accounts=["alice"])


async def test_the_redirect_to_the_provider(hub, provider, browser):
    """B7, B8: challenge and nonce of this transaction alone, S256."""
    first, second = [await browser.get("/hub/oauth_login") for _ in range(2)]
    query = {key: value for key, (value,) in parse_qs(urlsplit(first.location).query).items()}
    assert set(query) == {
        "response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method",
    }  # fmt: skip
    assert query["response_type"] == "code"
    assert query["client_id"] == provider.client.client_id
    assert query["redirect_uri"] == hub.callback_url
    assert query["scope"] == "openid profile email"
    assert query["code_challenge_method"] == "S256"
    again = {key: value for key, (value,) in parse_qs(urlsplit(second.location).query).items()}
    for name in ("state", "nonce", "code_challenge"):
        assert query[name] != again[name]
        assert len(query[name]) == 43


async def test_metadata_and_keys_are_fetched_once(hub, provider):
    for name in ("alice", "bob", "carol"):
        assert (await hub.browser().login(name)).status == 200
    assert provider.count("metadata") == 1
    assert provider.count("jwks") == 1
    assert provider.count("token") == 3
    assert provider.count("userinfo") == 3


async def test_headers_of_the_sign_in_pages(hub, browser):
    """B17, B24: no referrer, nothing stored, no frame."""
    await browser.login("alice")
    ours = [hop for hop in browser.hops if urlsplit(hop.url).path.startswith("/hub/oauth_")]
    ours.append(await hub.browser().get("/hub/oauth_callback?code=x&state=y"))
    assert len(ours) == 3
    for hop in ours:
        assert hop.headers["referrer-policy"] == "no-referrer"
        assert hop.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in hop.headers["content-security-policy"]


async def test_next_is_kept(hub, browser):
    page = await browser.login("alice", next_url="/hub/token?x=1&y=a%20b")
    assert page.url == f"{hub.url}/hub/token?x=1&y=a%20b"


@pytest.mark.parametrize(
    "hostile", ["https://evil.example/hub/home", "//evil.example", "/\\evil.example", "javascript:1"]
)
async def test_next_never_leaves_the_hub(hub, browser, hostile):
    page = await browser.login("alice", next_url=hostile)
    assert page.url.startswith(hub.url)
    assert "evil.example" not in urlsplit(page.url).netloc


async def test_nothing_of_the_response_travels_on(hub, browser):
    """B18: code and state stay in the callback."""
    await browser.login("alice", next_url=None)
    after = browser.hops[[hop.path for hop in browser.hops].index("/hub/oauth_callback")]
    assert not urlsplit(after.location).query


async def test_eight_tabs_finish_in_any_order(hub, provider, browser):
    callbacks = [await browser.walk_to_callback("alice", next_url=f"/hub/home?tab={i}") for i in range(8)]
    for i in (3, 0, 7, 1, 6, 2, 5, 4):
        page = await browser.open(callbacks[i])
        assert (page.status, page.query) == (200, {"tab": str(i)})
    assert provider.count("token") == 8
    check_invariants(hub, provider, accounts=["alice"])


async def test_the_ninth_tab_pushes_out_the_oldest(hub, browser):
    callbacks = [await browser.walk_to_callback("alice") for _ in range(9)]
    assert sum(name.startswith("oauth-attempt-") for name in browser.cookies) == 8
    assert (await browser.get(callbacks[0])).status == 400
    assert (await browser.open(callbacks[1])).status == 200


async def test_two_tabs_of_two_people(hub, provider, browser):
    """The later login wins, under a new session id, and the earlier one's session is gone."""
    await browser.login("alice")
    before = browser.cookies["jupyterhub-session-id"]
    page = await browser.login("bob")
    assert "bob" in page.text
    assert browser.cookies["jupyterhub-session-id"] != before


async def test_signing_in_makes_a_fresh_session_id(hub, provider, browser):
    """H (GHSA-f24x-5g9q-753f): a session id from before the login is of no use after it. B28."""
    planted = "0" * 32
    callback = await browser.walk_to_callback("alice")
    hop = await browser.request("GET", callback, cookies={"jupyterhub-session-id": planted})
    assert hop.status == 302
    assert browser.cookies["jupyterhub-session-id"] not in ("", planted)


async def test_the_same_callback_eight_times_at_once(hub, provider, browser):
    """Exactly one token request and one session; the others may try again."""
    callback = await browser.walk_to_callback("alice")
    hops = await asyncio.gather(*(browser.get(callback) for _ in range(8)))
    assert sorted(hop.status for hop in hops) == [302] + [400] * 7
    assert provider.count("token") == 1
    check_invariants(hub, provider, accounts=["alice"])


async def test_a_callback_once_more_after_signing_in_goes_home(hub, provider, browser):
    callback = await browser.walk_to_callback("alice")
    await browser.open(callback)
    page = await browser.get(callback)
    assert (page.status, page.location) == (302, f"{hub.url}/hub/home")
    assert provider.count("token") == 1


async def test_a_callback_in_another_browser_is_refused(hub, provider, browser):
    """F72; H (Authlib GHSA-fg6f-75jq-6523): a state that is not in *this* browser."""
    callback = await browser.walk_to_callback("alice")
    victim = hub.browser()
    page = await victim.get(callback)
    assert page.status == 400
    assert "was started in another browser or tab" in page.text
    assert "Try again" in page.text
    reference_on(page, hub)
    assert provider.count("token") == 0
    check_invariants(hub, provider)


async def test_try_again_works(hub, browser):
    page = await browser.get("/hub/oauth_callback?code=x&state=y")
    link = page.body.split('si-button--main" href="')[1].split('"')[0]
    callback = f"{hub.url}/hub/oauth_callback"
    hop = await browser.follow(await browser.get(link), stop_before=callback)
    assert (await browser.get(hop.location)).status == 302
    assert browser.logged_in


@pytest.mark.parametrize(
    "query",
    ["", "code=x", "state=", "state=x", "code=x&state=", "state=" + "x" * 10_000, "state=%00", "state=%ff", "state=%ed%a0%80",
     "state=a&state=b", "&" * 60 + "state=x", "code=a&code=b&state=x", "response=jwt", "%", "state=%e2%80%ae"],
)  # fmt: skip
async def test_a_callback_that_answers_nothing(hub, provider, browser, query):
    """F72, F73, F76."""
    page = await browser.get(f"/hub/oauth_callback?{query}")
    assert page.status == 400
    reference_on(page, hub)
    check_invariants(hub, provider)


async def test_an_error_without_state_gets_a_general_sentence(hub, provider, browser):
    """F75: its words are not shown, whichever client sends it."""
    page = await browser.get("/hub/oauth_callback?error=access_denied&error_description=call+0123456789")
    assert page.status == 400
    assert "0123456789" not in page.body
    assert "was not completed" in page.text
    check_invariants(hub, provider)


async def test_cancelling_at_the_provider(hub, provider, browser):
    provider.deny = "access_denied"
    page = await browser.login("alice")
    assert page.status == 403
    assert "cancelled" in page.text
    assert "<b>the provider</b>" not in page.body
    assert "/hub/oauth_login?next=%2Fhub%2Fhome" in page.body
    check_invariants(hub, provider)


async def test_an_attempt_expires(hub, provider, browser):
    hub.authenticator.attempts._clock = lambda: provider.clock() + 601
    page = await browser.open(await browser.walk_to_callback("alice"))
    assert page.status == 400
    assert "too long" in page.text


async def test_an_attempt_of_another_login_is_refused(hub, provider, browser):
    """B4, mix-up: begun with one provider, finished at another's callback."""
    callback = await browser.walk_to_callback("alice")
    hub.authenticator.issuer = provider.elsewhere
    page = await browser.open(callback)
    assert page.status == 400
    assert "Two sign-ins were under way" in page.text
    assert provider.count("token") == 0


async def test_a_restart_in_the_middle(provider, tmp_path):
    state = HubState(directory=tmp_path)
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    async with start_hub(generic_config(provider), state) as hub:
        leaving = hub.browser()
        callback = await leaving.walk_to_callback("alice")
        cookies = leaving.cookies
    async with start_hub(generic_config(provider), state) as hub:
        page = await hub.browser().get(callback, cookies=cookies)
        assert (page.status, page.location) == (302, f"{hub.url}/hub/home")
        assert list(hub.accounts()) == ["alice"]


async def test_replay_after_a_restart_fails_at_the_provider(provider, tmp_path):
    """The set of used states is gone, the cookie was stolen before: the code is good once."""
    state = HubState(directory=tmp_path)
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    async with start_hub(generic_config(provider), state) as hub:
        leaving = hub.browser()
        callback = await leaving.walk_to_callback("alice")
        cookies = leaving.cookies
        assert (await leaving.open(callback)).status == 200
    async with start_hub(generic_config(provider), state) as hub:
        thief = hub.browser()
        page = await thief.get(callback, cookies=cookies)
        assert page.status == 400
        assert not thief.logged_in


async def test_a_new_cookie_secret_voids_attempts(provider):
    one, other = HubState(), HubState()
    other.port = one.port
    provider.client.redirect_uris.add(f"{one.url}/hub/oauth_callback")
    async with start_hub(generic_config(provider), one) as hub:
        leaving = hub.browser()
        callback = await leaving.walk_to_callback("alice")
        cookies = leaving.cookies
    async with start_hub(generic_config(provider), other) as hub:
        page = await hub.browser().get(callback, cookies=cookies)
        assert page.status == 400
        reference_on(page, hub)


async def test_logging_out_drops_attempts_and_the_session(hub, browser):
    await browser.login("alice")
    await browser.walk_to_callback("alice")
    page = await browser.open("/hub/logout")
    assert (page.status, page.path) == (200, "/hub/logout")
    assert not [name for name in browser.cookies if name.startswith(("oauth-attempt-", "jupyterhub-hub-login"))]


async def test_logout_redirect_url(hub_at_provider, provider):
    hub = await hub_at_provider(logout_redirect_url=f"{provider.issuer}/bye")
    browser = hub.browser()
    await browser.login("alice")
    assert (await browser.get("/hub/logout")).location == f"{provider.issuer}/bye"


async def test_auto_login_keeps_next(hub_at_provider):
    hub = await hub_at_provider(auto_login=True)
    browser = hub.browser("alice")
    page = await browser.open("/hub/login?next=%2Fhub%2Ftoken")
    assert page.path == "/hub/token"


async def test_the_sign_in_button(hub_at_provider):
    hub = await hub_at_provider(login_service="Example University")
    page = await hub.browser().open("/hub/login?next=%2Fhub%2Ftoken")
    assert "Sign in with Example University" in page.text
    assert "/hub/oauth_login?next=%2Fhub%2Ftoken" in page.body


async def test_a_first_login_that_fails_takes_the_account_from_nobody(hub_at_provider, provider):
    """Two tabs, one name that is new: while one's account is being made the other waits, and makes its own if need be."""
    hub = await hub_at_provider()
    begun, go_on = asyncio.Event(), asyncio.Event()
    made = []

    async def add_user(user):
        made.append(user.name)
        if len(made) == 1:
            begun.set()
            await go_on.wait()
            raise RuntimeError("the account could not be made")

    hub.authenticator.add_user = add_user
    first, second = hub.browser(), hub.browser()
    failing = asyncio.ensure_future(first.login())
    await begun.wait()
    callback = await second.walk_to_callback()
    working = asyncio.ensure_future(second.open(callback))
    await provider.until_asked("userinfo", 2)
    go_on.set()
    assert (await failing).status == 500
    assert (await working).path == "/hub/home"
    assert made == ["alice", "alice"]
    assert (await second.open("/hub/home")).status == 200
    assert list(hub.accounts()) == ["alice"]
