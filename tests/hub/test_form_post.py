"""Responses as forms (Form Post Response Mode): all that holds for the callback holds for them too."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oauthenticator_suite.errors import AttemptError, AuthorizationResponseError, ConfigurationError
from oauthenticator_suite.hub.oauth.form_post import (
    _MAX_USED,
    MAX_KEPT,
    MAX_SEALED,
    PARAMETER,
    POSTED_LIFETIME,
    PostedResponses,
)
from tests.contract.logins import accepted, ready, refused
from tests.fakes.openid_provider import FakeProvider
from tests.support import Browser, Hop, Hub, check_invariants, refresh_is_due
from tests.support.browser import form_of_provider

pytestmark = pytest.mark.hub_versions


@pytest.fixture
async def hub(hub_at_provider: Any) -> Hub:
    hub: Hub = await hub_at_provider(response_mode="form_post")
    return hub


async def to_the_form(hub: Hub, browser: Browser) -> tuple[str, list[tuple[str, str]]]:
    """A login up to the provider's page with the form, which is not posted."""
    last = await browser.follow(await browser.get(f"{hub.url}/hub/oauth_login"), stop_before=hub.callback_url)
    form = form_of_provider(last)
    assert form is not None, last.text
    return form


def posts(browser: Browser) -> list[Hop]:
    return [hop for hop in browser.hops if hop.method == "POST"]


async def test_a_login(hub: Hub, provider: FakeProvider) -> None:
    browser = await accepted(hub, provider)
    assert provider.requests_to("authorize")[0].fields["response_mode"] == "form_post"
    (posted,) = posts(browser)
    assert posted.status == 303
    assert posted.url == hub.callback_url
    sealed = urlsplit(posted.location or "")
    assert (sealed.path, list(dict(parse_qsl(sealed.query)))) == ("/hub/oauth_callback", [PARAMETER])
    assert not posted.set_cookies
    assert provider.refusals == []
    check_invariants(hub, provider, accounts={"alice"})


async def test_neither_url_nor_log_has_code_or_state(hub: Hub, provider: FakeProvider) -> None:
    browser = hub.browser()
    url, fields = await to_the_form(hub, browser)
    posted = await browser.post_across_sites(url, fields)
    await browser.follow(posted)
    secrets = [value for name, value in fields if name in ("code", "state")]
    assert len(secrets) == 2
    text = hub.log.text + "".join(hop.url + str(hop.headers) for hop in browser.hops if hop.url.startswith(hub.url))
    # the state is in the URL with which the browser has left
    text = text.replace(next(hop.location or "" for hop in browser.hops if "oauth_login" in hop.url), "")
    assert not [secret for secret in secrets if secret in text.replace("\\", "")]
    sealed = dict(parse_qsl(urlsplit(posted.location or "").query))[PARAMETER]
    assert sealed not in hub.log.text
    assert "POST /hub/oauth_callback" in hub.log.text


async def test_the_headers_of_the_answer(hub: Hub, provider: FakeProvider) -> None:
    browser = await accepted(hub, provider)
    callbacks = [hop for hop in browser.hops if hop.path == "/hub/oauth_callback"]
    assert [hop.method for hop in callbacks] == ["POST", "GET"]
    for hop in callbacks:
        assert hop.headers["cache-control"] == "no-store"
        assert hop.headers["referrer-policy"] == "no-referrer"
        assert 300 <= hop.status < 400


async def test_cookies_of_the_post_are_not_read(hub: Hub, provider: FakeProvider) -> None:
    """Not even a valid session makes a difference, and no session is written."""
    browser = await accepted(hub, provider)
    url, fields = await to_the_form(hub, browser)
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    with_cookies = await browser.post_across_sites(url, fields, headers={"Cookie": cookies})
    assert with_cookies.status == 303
    assert not with_cookies.set_cookies
    assert PARAMETER in (with_cookies.location or "")


async def test_another_browser_cannot_use_the_sealed_response(hub: Hub, provider: FakeProvider) -> None:
    """Login CSRF: an attacker posts the response to the attacker's own login from the victim's browser."""
    attacker, victim = hub.browser("bob"), hub.browser()
    url, fields = await to_the_form(hub, attacker)
    page = await victim.follow(await victim.post_across_sites(url, fields))
    assert page.status == 400
    assert not victim.logged_in
    assert provider.count("token") == 0
    check_invariants(hub, provider)


async def test_a_sealed_response_is_good_once(hub: Hub, provider: FakeProvider) -> None:
    browser = hub.browser()
    url, fields = await to_the_form(hub, browser)
    posted = await browser.post_across_sites(url, fields)
    for page in (await browser.get(posted.location or ""), await browser.get(posted.location or "")):
        assert page.status in (200, 302)  # a signed-in user's repetition leads home
    assert provider.count("token") == 1
    stranger = hub.browser()
    await refused(hub, provider, 400, browser=stranger, url=posted.location, accounts={"alice"})


async def test_a_form_that_is_posted_twice(hub: Hub, provider: FakeProvider) -> None:
    """The attempt can be used once."""
    browser = hub.browser()
    url, fields = await to_the_form(hub, browser)
    first, second = [await browser.post_across_sites(url, fields) for _ in range(2)]
    assert first.location != second.location
    assert (await browser.follow(first)).path == "/hub/home"
    assert (await browser.follow(second)).path == "/hub/home"
    assert provider.count("token") == 1


@pytest.mark.parametrize("fault", ["F72", "F72-missing", "F73-code", "F73-state", "F74-wrong", "F74-missing", "F75"])
async def test_the_checks_of_the_callback(hub: Hub, provider: FakeProvider, fault: str) -> None:
    await ready(hub)
    provider.faults.on(fault)
    await refused(hub, provider, 400)
    assert provider.count("token") == 0


async def test_an_error_of_the_provider(hub: Hub, provider: FakeProvider) -> None:
    """oidcc-client-test-form-post-error"""
    provider.deny = "access_denied"
    browser = hub.browser()
    page = await refused(hub, provider, 403, browser=browser)
    assert "cancelled" in page.text
    assert len(posts(browser)) == 1


async def test_a_response_in_the_url_is_refused(hub: Hub, provider: FakeProvider) -> None:
    provider.ignores_response_mode = True
    await refused(hub, provider, 400)
    assert hub.log.lines_with("the response is in the query, and response_mode is 'form_post'")
    assert provider.count("token") == 0


async def test_an_error_in_the_url_is_shown(hub: Hub, provider: FakeProvider) -> None:
    """A provider may notice an error before it reads response_mode."""
    provider.ignores_response_mode = True
    provider.deny = "access_denied"
    await refused(hub, provider, 403)


BODIES = {
    "65 kB": ({"data": b"code=" + b"a" * 65_536}, "more than 65536 bytes"),
    "3 MB": ({"data": b"code=" + b"a" * 3_000_000}, "more than 65536 bytes"),
    "JSON": ({"json": {"code": "a", "state": "b"}}, "Content-Type"),
    "multipart": ({"data": b"--x--", "kind": "multipart/form-data; boundary=x"}, "Content-Type"),
    "not ASCII": ({"data": "code=ü".encode()}, "not a valid form"),
}


@pytest.mark.parametrize("what", BODIES)
async def test_another_body_is_refused(hub: Hub, provider: FakeProvider, what: str) -> None:
    options, says = BODIES[what]
    browser = hub.browser()
    options = dict(options)
    kind = options.pop("kind", "application/x-www-form-urlencoded")
    headers = {} if "json" in options else {"Content-Type": kind}
    data = options.pop("data", None)
    body = None if data is None else BytesIO(data)
    page = await browser.post_across_sites(hub.callback_url, body, headers=headers, **options)
    assert page.status == 400, page
    assert "could not be accepted" in page.text
    assert hub.log.lines_with(says)
    check_invariants(hub, provider)


async def test_a_form_without_anything(hub: Hub, provider: FakeProvider) -> None:
    browser = hub.browser()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    page = await browser.follow(await browser.post_across_sites(hub.callback_url, b"", headers=kind))
    assert page.status == 400
    check_invariants(hub, provider)


@pytest.mark.parametrize("more", [MAX_SEALED, 40_000])
async def test_a_long_form_is_kept_here(hub: Hub, provider: FakeProvider, more: int) -> None:
    """Proxies limit the length of URLs and headers."""
    browser = hub.browser()
    url, fields = await to_the_form(hub, browser)
    posted = await browser.post_across_sites(url, [*fields, ("session_state", "s" * more)])
    assert len(posted.location or "") < 300
    page = await browser.follow(posted)
    assert (page.status, page.path) == (200, "/hub/home")
    assert not hub.authenticator.front_channel.posted_responses._kept


async def test_the_longest_url(hub: Hub, provider: FakeProvider) -> None:
    browser = hub.browser()
    body = {"code": "c" * (MAX_SEALED - 5)}
    posted = await browser.post_across_sites(hub.callback_url, body)
    assert 2_000 < len(posted.location or "") < 3_000


async def test_a_post_is_refused_without_the_option(hub_at_provider: Any, provider: FakeProvider) -> None:
    hub = await hub_at_provider()
    browser = hub.browser()
    page = await browser.post_across_sites(hub.callback_url, {"code": "a", "state": "b"})
    assert page.status in (403, 405)


async def test_a_sealed_response_means_nothing_without_the_option(hub_at_provider: Any, provider: FakeProvider) -> None:
    hub = await hub_at_provider()
    await refused(hub, provider, 400, url=f"{hub.callback_url}?{PARAMETER}=abc")


async def test_other_methods_stay_protected(hub: Hub) -> None:
    browser = hub.browser()
    page = await browser.request("PUT", hub.callback_url, data=b"code=a")
    assert page.status == 403, "also for the method of an operator's subclass"


async def test_the_post_itself_is_nobodys(hub_at_provider: Any, provider: FakeProvider) -> None:
    """The cookies that a page of the same site sends with it count for nothing: no user is read, and none refreshed."""
    hub = await hub_at_provider(response_mode="form_post", enable_auth_state=True, user_data_max_age=0)
    browser = await accepted(hub, provider)
    refresh_is_due(hub)
    asked = len(provider.calls)
    posted = await browser.request("POST", hub.callback_url, data={"code": "a", "state": "b"})
    assert posted.status == 303
    assert len(provider.calls) == asked
    assert (await browser.get("/hub/home")).status == 200
    assert len(provider.calls) > asked, "the refresh was due"


@pytest.mark.parametrize(
    ("mode", "callback", "refuses"),
    [
        ("form_post", "http://hub.example.org/hub/oauth_callback", True),
        ("form_post.jwt", "http://hub.example.org/hub/oauth_callback", True),
        ("form_post", "https://hub.example.org/hub/oauth_callback", False),
        ("form_post", "http://127.0.0.1:8000/hub/oauth_callback", False),
        ("", "http://hub.example.org/hub/oauth_callback", False),
    ],
)
async def test_it_needs_https(hub: Hub, mode: str, callback: str, refuses: bool) -> None:
    authenticator = type(hub.authenticator)(
        client_id="hub", issuer="https://login.example", response_mode=mode, oauth_callback_url=callback
    )
    try:
        authenticator.check_configuration()
    except ConfigurationError as error:
        found = str(error)
    else:
        found = ""
    assert ("begins with http" in found) is refuses


# --- the sealed form -------------------------------------------------------------------------------------------------


class FakeHandler:
    """The part of a handler that sealing uses."""

    def __init__(self, query: str = "", secret: bytes = b"k" * 32) -> None:
        self.settings = {"cookie_secret": secret}
        self.request = type("Request", (), {"query": query})()


def opened(responses: PostedResponses, sealed: str, **other: Any) -> dict[str, str]:
    handler: Any = FakeHandler(urlencode({PARAMETER: sealed}), **other)
    return responses.params_of(handler, "form_post")


def sealed_by(responses: PostedResponses, form: str) -> str:
    handler: Any = FakeHandler()
    return responses.seal(handler, form)


def reason_of(responses: PostedResponses, sealed: str, **other: Any) -> str:
    with pytest.raises(AttemptError) as caught:
        opened(responses, sealed, **other)
    return caught.value.reason


def test_a_sealed_form_expires() -> None:
    now = [1000.0]
    responses = PostedResponses("/oauth_login", lambda: now[0])
    short, long = sealed_by(responses, "code=a"), sealed_by(responses, "code=" + "a" * MAX_SEALED)
    now[0] += POSTED_LIFETIME + 1
    assert reason_of(responses, short) == "expired"
    assert reason_of(responses, long) == "expired"
    assert not responses._kept
    early = sealed_by(responses, "code=a")
    now[0] -= POSTED_LIFETIME + 1
    assert reason_of(responses, early) == "expired", "the clock was set back"


def test_a_sealed_form_is_bound_to_hub_and_login() -> None:
    responses = PostedResponses("/auth/campus/login")
    sealed = sealed_by(responses, "code=a")
    assert reason_of(PostedResponses("/auth/lab/login"), sealed) == "missing"
    assert reason_of(responses, sealed, secret=b"x" * 32) == "missing"
    assert reason_of(responses, sealed[:-2]) == "missing"
    assert opened(responses, sealed) == {"code": "a"}
    assert reason_of(responses, sealed) == "used"


def test_memory_is_bounded() -> None:
    now = [1000.0]
    responses = PostedResponses("/oauth_login", lambda: now[0])
    long = [sealed_by(responses, f"code={number}&more=" + "a" * MAX_SEALED) for number in range(MAX_KEPT + 5)]
    assert len(responses._kept) == MAX_KEPT
    assert reason_of(responses, long[0]) == "expired"
    assert opened(responses, long[-1])["code"] == str(MAX_KEPT + 4)
    now[0] += 3 * POSTED_LIFETIME
    sealed_by(responses, "code=a")
    assert not responses._kept
    assert not responses._used


def test_the_used_ones_are_bounded() -> None:
    responses = PostedResponses("/oauth_login", lambda: 1000.0)
    for number in range(_MAX_USED):
        responses._used.put(number.to_bytes(32, "big"), None)
    opened(responses, sealed_by(responses, "code=a"))
    assert len(responses._used) == _MAX_USED
    assert (0).to_bytes(32, "big") not in responses._used, "the oldest is forgotten"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(max_codepoint=127), max_size=300))
def test_what_is_sealed_is_what_is_read(code: str) -> None:
    responses = PostedResponses("/oauth_login")
    form = urlencode({"code": code, "state": "s"})
    if re.search(r"[\x00-\x1f\x7f]", code):
        with pytest.raises(AuthorizationResponseError, match="control characters"):
            opened(responses, sealed_by(responses, form))
    else:
        assert opened(responses, sealed_by(responses, form)) == {"state": "s", **({"code": code} if code else {})}
