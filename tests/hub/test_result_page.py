"""What a failed callback leaves in the browser: a page that stays the same when it is reloaded, and no code in its URL."""

import time
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from tornado import web
from yarl import URL

from oauthenticator_suite.errors import AccessDenied
from oauthenticator_suite.hub.web.access_log import loggable_url
from oauthenticator_suite.hub.web.result import MAX_RESULT_BYTES, RESULT_LIFETIME
from tests.conftest import generic_config
from tests.support import HubState, check_invariants, reference_on, start_hub

pytestmark = pytest.mark.hub_versions


async def failing(hub, provider, browser, next_url="/hub/token?x=1"):
    """A login that the user cancels at the provider: the response of the callback, and the page after it."""
    provider.deny = "access_denied"
    callback = await browser.walk_to_callback("alice", next_url=next_url)
    hop = await browser.request("GET", callback)
    return hop, await browser.get(hop.location)


def same_page(one, other):
    assert (one.status, one.text) == (other.status, other.text)


async def test_the_callback_redirects_to_a_page_with_the_reference(hub, provider, browser):
    hop, page = await failing(hub, provider, browser)
    assert hop.status == 303
    assert page.status == 403
    assert "cancelled" in page.text
    reference = reference_on(page, hub)
    assert page.path == f"/hub/auth/result/{reference}"
    assert page.query == {"next": "/hub/token?x=1"}
    assert "/hub/oauth_login?next=%2Fhub%2Ftoken%3Fx%3D1" in page.body
    check_invariants(hub, provider)


async def test_reloading_shows_the_same_reason(hub, provider, browser):
    _, page = await failing(hub, provider, browser)
    for _ in range(3):
        same_page(await browser.get(page.url), page)
    assert len(hub.log.lines_with(f"[{reference_on(page, hub)}]")) == 1


async def test_each_tab_keeps_its_own_reason(hub, provider, browser):
    _, cancelled = await failing(hub, provider, browser)
    provider.deny = None
    missing = await browser.get("/hub/oauth_callback?code=x&state=y")
    assert missing.status == 400
    assert cancelled.url != missing.url
    same_page(await browser.get(cancelled.url), cancelled)
    same_page(await browser.get(missing.url), missing)


async def test_only_the_browser_that_got_it_sees_it(hub, provider, browser):
    _, page = await failing(hub, provider, browser)
    for url in (page.url, "/hub/auth/result/2222-2222", "/hub/auth/result"):
        other = await hub.browser().get(url)
        assert other.status == 400
        assert "was started in another browser or tab" in other.text
        assert "Try again" in other.text
        assert reference_on(other, hub) not in page.body
    assert (await hub.browser().get(page.url)).body.count("%2Fhub%2Ftoken%3Fx%3D1"), "Try again lost the destination"
    check_invariants(hub, provider)


async def test_its_cookie(hub, provider, browser):
    hop, page = await failing(hub, provider, browser)
    (line,) = [line for line in hop.set_cookies if line.startswith("oauth-result=")]
    pair, *attributes = line.split("; ")
    assert len(pair) <= MAX_RESULT_BYTES
    assert {"HttpOnly", f"Max-Age={RESULT_LIFETIME}", f"Path={page.path}", "SameSite=Lax"} <= set(attributes)
    assert "oauth-result" not in str(browser._session.cookie_jar.filter_cookies(URL(hub.url + "/hub/home")))


async def test_its_time_is_bounded(hub, provider, browser, monkeypatch):
    _, page = await failing(hub, provider, browser)
    cookie = {"oauth-result": browser.cookies["oauth-result"]}
    for seconds, status in ((RESULT_LIFETIME - 5, 403), (RESULT_LIFETIME + 5, 400), (-60, 400)):
        later = SimpleNamespace(time=lambda seconds=seconds: time.time() + seconds)
        monkeypatch.setattr("oauthenticator_suite.hub.web.result.time", later)
        assert (await hub.browser().get(page.url, cookies=cookie)).status == status


async def test_a_result_of_another_page_is_of_no_use(hub, provider, browser):
    _, page = await failing(hub, provider, browser)
    cookie = {"oauth-result": browser.cookies["oauth-result"]}
    other = await hub.browser().get("/hub/auth/result/2222-2222", cookies=cookie)
    assert other.status == 400
    for value in ("", "x", cookie["oauth-result"][:-2], "A" * 6000, cookie["oauth-result"][::-1]):
        assert (await hub.browser().get(page.url, cookies={"oauth-result": value})).status == 400
    assert (await hub.browser().get(page.url, cookies=cookie)).status == 403


async def test_it_survives_a_restart(provider, tmp_path):
    state = HubState(directory=tmp_path)
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    async with start_hub(generic_config(provider), state) as hub:
        browser = hub.browser()
        _, page = await failing(hub, provider, browser)
        cookies = browser.cookies
    async with start_hub(generic_config(provider), state) as hub:
        same_page(await hub.browser().get(page.url, cookies=cookies), page)


MESSAGES = [
    "Ask Ada.",
    "Ask <b>Ada</b> & Co, 100% %s – ✓",
    "Your account is not on the list of this hub. " * 40,
    "",
]


@pytest.mark.parametrize("message", MESSAGES)
async def test_an_operators_sentence(hub_at_provider, provider, message):
    """It stays in the configuration: no cookie has to hold it, however long it is."""
    hub = await hub_at_provider(allow_all=False, allowed_users={"bob"}, custom_403_message=message)
    browser = hub.browser()
    page = await browser.login("alice")
    assert page.status == 403
    assert message.split("✓")[0].strip() in page.text
    assert "alice" in page.text
    same_page(await browser.get(page.url), page)
    check_invariants(hub, provider, accounts={"bob"})


@pytest.mark.parametrize("length", [100, 3000])
async def test_a_sentence_of_a_hook(hub_at_provider, provider, length):
    """A long one is cut, so that the cookie stays small."""
    sentence = " ".join(f"reason {i * 7919 % 1000}" for i in range(length // 10))

    def refuse(authenticator, handler, model):
        raise AccessDenied("hook", public_message=sentence, username=model["name"])

    hub = await hub_at_provider(post_auth_hook=refuse)
    browser = hub.browser()
    page = await browser.login("alice")
    assert page.status == 403
    shown = page.text.partition("reason")[2].partition(" You signed")[0].partition(" The")[0]
    assert ("reason" + shown).startswith(sentence[:80])
    same_page(await browser.get(page.url), page)
    for hop in browser.hops:
        assert all(
            len(line.partition(";")[0]) <= MAX_RESULT_BYTES
            for line in hop.set_cookies
            if line.startswith("oauth-result")
        )


@pytest.mark.parametrize("status", [403, 418, 503])
async def test_a_hooks_own_http_error(hub_at_provider, provider, status):
    """The Hub's own error page, which an operator may have replaced, at the same URL without the code."""

    def refuse(authenticator, handler, model):
        raise web.HTTPError(status, "100%% of the <licences> are in use, %s", "Alice", reason="No licence")

    hub = await hub_at_provider(post_auth_hook=refuse)
    browser = hub.browser()
    page = await browser.login("alice")
    assert page.status == status
    assert "No licence" in page.text
    assert urlsplit(page.url).path.startswith("/hub/auth/result/")
    assert "code" not in page.url
    same_page(await browser.get(page.url), page)
    reference = page.path.rpartition("/")[2]
    (line,) = hub.log.lines_with(f"[{reference}]")
    assert f"HTTP {status}" in line
    assert not hub.log.tracebacks()


async def test_an_unexpected_error(hub_at_provider, provider):
    class Broken(Exception):
        pass

    hub = await hub_at_provider()

    def fail(*args, **kwargs):
        raise Broken

    hub.authenticator.get_authenticated_user = fail
    browser = hub.browser()
    page = await browser.login("alice")
    assert (page.status, page.path.rpartition("/")[0]) == (500, "/hub/auth/result")
    same_page(await browser.get(page.url), page)
    reference_on(page, hub)


async def test_retry_after_is_kept(hub_at_provider, provider):
    from oauthenticator_suite.errors import ProviderBusy

    hub = await hub_at_provider()

    def busy(*args, **kwargs):
        raise ProviderBusy("busy", retry_after=17.5)

    hub.authenticator.get_authenticated_user = busy
    browser = hub.browser()
    page = await browser.login("alice")
    assert (page.status, page.headers["retry-after"]) == (503, "17")
    assert (await browser.get(page.url)).headers["retry-after"] == "17"


async def test_no_callback_stays_in_the_address_bar(hub, provider, browser):
    """Whatever happens, the browser's last URL is another one."""
    await browser.login("alice")
    used = browser.hops[[hop.path for hop in browser.hops].index("/hub/oauth_callback")].url
    for url in (
        used,
        "/hub/oauth_callback",
        "/hub/oauth_callback?error=x",
        "/hub/oauth_callback?code=a&code=b&state=c",
    ):
        for each in (browser, hub.browser()):
            page = await each.open(url)
            assert "oauth_callback" not in page.url
            assert not {"code", "state", "iss", "error"} & page.query.keys()


async def test_what_the_access_log_says(hub, provider, browser):
    """Neither state nor nonce nor code, of the request or of the redirect."""
    callback = await browser.walk_to_callback("alice")
    sent = next(hop for hop in browser.hops if hop.path == "/hub/oauth_login").location
    await browser.open(callback)
    await browser.open(callback)
    query = dict(pair.split("=", 1) for pair in urlsplit(sent).query.split("&"))
    for name in ("state", "nonce"):
        assert query[name] not in hub.log.text
    assert "nonce=[secret]" in hub.log.text
    assert "client_id=hub" in hub.log.text
    assert "/hub/oauth_login?next=/hub/home" in hub.log.text
    check_invariants(hub, provider, accounts=["alice"])


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("/hub/home", "/hub/home"),
        ("/hub/oauth_callback?code=1&state=2&iss=3", "/hub/oauth_callback?code=[secret]&state=[secret]&iss=3"),
        ("/x?oauth_token=1&oauth_verifier=2", "/x?oauth_token=[secret]&oauth_verifier=[secret]"),
        ("/x?naked", "/x?[secret]"),
        ("https://p.example/a?nonce=1&scope=openid#f", "https://p.example/a?nonce=[secret]&scope=openid"),
        ("http://[?code=1", "http://["),
        ("", ""),
    ],
)
def test_urls_in_the_log(url, shown):
    assert loggable_url(url) == shown


@pytest.mark.parametrize("public_url", ["", "https://hub.example.org/", "http://hub.example.org/"])
async def test_its_cookie_is_secure_where_the_hub_is(hubs, provider, public_url):
    config = generic_config(provider)
    config.JupyterHub.public_url = public_url
    hub = await hubs(config)
    hop = await hub.browser().request("GET", "/hub/oauth_callback?error=x")
    (line,) = [line for line in hop.set_cookies if line.startswith("oauth-result=")]
    assert ("; Secure" in line) == public_url.startswith("https:")
