"""The invariants bite: each kind of leak or mishap, made on purpose, is found."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from http.cookies import SimpleCookie

import pytest
from prometheus_client import REGISTRY, CollectorRegistry, Counter
from yarl import URL

from tests.contract.logins import accepted
from tests.fakes.openid_provider import FakeProvider
from tests.support import Hub, check_invariants, reference_on
from tests.support.browser import Hop
from tests.support.invariants import MAX_ATTEMPT_BYTES, MAX_ATTEMPT_COOKIES, SecretLeaked, UnhandledError, WrongAccept

pytestmark = pytest.mark.hub_versions


@pytest.fixture
async def login(hub: Hub, provider: FakeProvider) -> Hop:
    """A good login, which breaks no rule; its last page."""
    browser = await accepted(hub, provider)
    check_invariants(hub, provider, accounts={"alice"})
    return browser.hops[-1]


async def test_secrets_in_the_log_are_found(hub: Hub, provider: FakeProvider, login: Hop) -> None:
    token = next(secret for secret in provider.secrets if secret.startswith("access-"))
    hub.app.log.debug("a token: %s", token)
    with pytest.raises(AssertionError, match="in the log"):
        check_invariants(hub, provider, accounts={"alice"})


async def test_codes_in_the_log_are_found(hub: Hub, provider: FakeProvider, login: Hop) -> None:
    (code,) = provider.codes_issued
    hub.app.log.debug("a code: %s", code)
    with pytest.raises(AssertionError, match="in the log"):
        check_invariants(hub, provider, accounts={"alice"})


async def test_secrets_on_pages_and_in_urls_are_found(hub: Hub, provider: FakeProvider, login: Hop) -> None:
    secret = provider.requests_to("token")[0].fields["code_verifier"]
    (browser,) = hub.browsers
    spoilt = [
        (replace(login, body=f"<p>{secret}</p>"), "the page of"),
        (replace(login, url=f"{login.url}?v={secret}"), "the URL of"),
        (replace(login, headers={"location": f"/somewhere?v={secret}"}), "the redirect of"),
        (replace(login, headers={"x-debug": secret}), "the headers of"),
        (replace(login, url=f"{provider.issuer}/userinfo?access_token={secret}"), "a URL of the provider"),
    ]
    for hop, where in spoilt:
        browser.hops.append(hop)
        with pytest.raises(AssertionError, match=where):
            check_invariants(hub, provider, accounts={"alice"})
        browser.hops.remove(hop)
    check_invariants(hub, provider, accounts={"alice"})


async def test_readable_cookies_are_found(hub: Hub, provider: FakeProvider, login: Hop) -> None:
    """A signed cookie is readable: the verifier must be encrypted."""
    (browser,) = hub.browsers
    verifier = provider.requests_to("token")[0].fields["code_verifier"]
    readable = b64encode(f'{{"code_verifier": "{verifier}"}}'.encode()).decode()
    browser.cookies_seen.add(("attempt", f"2|1:0|10:1700000000|{readable}|signature"))
    with pytest.raises(AssertionError, match="cookie attempt"):
        check_invariants(hub, provider, accounts={"alice"})


async def test_mishaps_are_found(hub: Hub, provider: FakeProvider, login: Hop) -> None:
    (browser,) = hub.browsers
    for hop in (
        replace(login, status=500),
        replace(login, body="Traceback (most recent call last):"),
        replace(login, url="http://127.0.0.2/phish"),
    ):
        browser.hops.append(hop)
        with pytest.raises((UnhandledError, SecretLeaked)):
            check_invariants(hub, provider, accounts={"alice"})
        browser.hops.remove(hop)
    with pytest.raises(WrongAccept):
        check_invariants(hub, provider, accounts=())
    with pytest.raises(AssertionError, match="no reference number"):
        reference_on(login, hub)
    with pytest.raises(RuntimeError) as raised:
        (_ for _ in ()).throw(RuntimeError("made on purpose"))
    hub.app.log.error("a traceback in the log", exc_info=raised.value)
    with pytest.raises(AssertionError, match="made on purpose"):
        check_invariants(hub, provider, accounts={"alice"})


async def test_states_that_the_hub_did_not_give_out_are_found(hub: Hub, provider: FakeProvider, login: Hop) -> None:
    """Many logins do not make room for one invented state."""
    (browser,) = hub.browsers
    for _ in range(3):
        await browser.walk_to_callback()
    hub.authenticator.attempts._mark_used("invented")
    with pytest.raises(AssertionError, match="1 of 2 used states were not given out"):
        check_invariants(hub, provider, accounts={"alice"})


@pytest.mark.parametrize(
    ("number", "length", "message"),
    [
        (MAX_ATTEMPT_COOKIES, 10, None),
        (MAX_ATTEMPT_COOKIES + 1, 10, f"{MAX_ATTEMPT_COOKIES + 1} cookies of pending logins"),
        (2, MAX_ATTEMPT_BYTES // 2, "bytes of pending logins"),
    ],
)
async def test_too_many_or_too_long_cookies_of_pending_logins_are_found(
    hub: Hub, provider: FakeProvider, login: Hop, number: int, length: int, message: str | None
) -> None:
    """Cookies that a test has planted do not count, until the Hub sets others of the same names."""
    (browser,) = hub.browsers
    browser.set_cookies({f"oauth-attempt-{each:016}": "p" * length for each in range(number)})
    check_invariants(hub, provider, accounts={"alice"})
    set_by_the_hub = SimpleCookie({f"oauth-attempt-{each:016}": "x" * length for each in range(number)})
    for morsel in set_by_the_hub.values():
        morsel["path"] = "/hub/"
    browser._session.cookie_jar.update_cookies(set_by_the_hub, URL(browser.hub_url))
    if message is None:
        check_invariants(hub, provider, accounts={"alice"})
        return
    with pytest.raises(AssertionError, match=message):
        check_invariants(hub, provider, accounts={"alice"})


async def test_secrets_in_metrics_are_found(hub: Hub, provider: FakeProvider, login: Hop) -> None:
    token = next(secret for secret in provider.secrets if secret.startswith("access-"))
    registry = CollectorRegistry()
    metric = Counter("a_leak", "A counter with a token as a label.", ["token"], registry=registry)
    metric.labels(token).inc()
    REGISTRY.register(metric)
    try:
        with pytest.raises(SecretLeaked, match="in the metrics"):
            check_invariants(hub, provider, accounts={"alice"})
    finally:
        REGISTRY.unregister(metric)


async def test_requests_to_another_server_are_found(hub: Hub, provider: FakeProvider, login: Hop) -> None:
    await hub.browser().request("GET", f"{provider.elsewhere}/token")
    with pytest.raises(SecretLeaked, match="another server"):
        check_invariants(hub, provider, accounts={"alice"}, browsers=hub.browsers[:1])
