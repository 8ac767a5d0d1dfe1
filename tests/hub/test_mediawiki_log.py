"""What an operator reads when a wiki refuses a login or a refresh."""

from __future__ import annotations

import re

import pytest

from tests.fakes.mediawiki import FakeMediaWiki, WikiUser
from tests.fakes.openid_provider import Fault
from tests.fakes.openid_provider.bending import reply_is
from tests.hub.wikis import LIBRARY, NATIVE, OAUTH_2, Start
from tests.support import Browser, Hub, Time, check_invariants, reference_on, refresh_is_due

WAYS = pytest.mark.parametrize("way", [NATIVE, LIBRARY, OAUTH_2], ids=["native", "mwoauth", "oauth2"])
OAUTH_1 = pytest.mark.parametrize("way", [NATIVE, LIBRARY], ids=["native", "mwoauth"])
KEPT = {"enable_auth_state": True, "user_data_max_age": 0}


async def refused(hub: Hub, user: str = "Alice", status: int = 502) -> str:
    """The log line of a login that ends on an error page."""
    page = await hub.browser().login(user)
    assert page.status == status, page.text[:300]
    (line,) = hub.log.lines_with(reference_on(page, hub))
    return line


async def signed_in(hub: Hub, *users: str) -> list[Browser]:
    browsers = [hub.browser() for _ in users]
    for browser, user in zip(browsers, users, strict=True):
        assert (await browser.login(user)).status == 200
    return browsers


# --- clocks ----------------------------------------------------------------------------------------------------------


@OAUTH_1
@pytest.mark.parametrize(("ahead", "says"), [(200, "200 s ahead of"), (-200, "200 s behind")])
async def test_the_log_states_the_difference_of_the_clocks(
    hub_at_wiki: Start, wiki: FakeMediaWiki, way: dict[str, str], ahead: int, says: str
) -> None:
    hub = await hub_at_wiki(**way)
    real = wiki.clock
    wiki.clock = lambda: real() - ahead
    line = await refused(hub)
    assert re.sub("199|201", "200", line).count(f"the hub's clock is {says} the wiki's") == 1


@OAUTH_1
@pytest.mark.parametrize("ahead", [-55, 55, 140])
async def test_a_small_difference_is_accepted(
    hub_at_wiki: Start, wiki: FakeMediaWiki, way: dict[str, str], ahead: int
) -> None:
    """An identity is valid for 100 seconds, and both clients allow another 60."""
    hub = await hub_at_wiki(**way)
    real = wiki.clock
    wiki.clock = lambda: real() - ahead
    await signed_in(hub, "Alice")


@OAUTH_1
async def test_a_difference_of_more_than_five_minutes_is_found_by_the_wiki(
    hub_at_wiki: Start, wiki: FakeMediaWiki, way: dict[str, str]
) -> None:
    hub = await hub_at_wiki(**way)
    real = wiki.clock
    wiki.clock = lambda: real() + 1000
    assert re.search(r"the hub's clock is (999|1000|1001) s behind the wiki's", await refused(hub))


# --- the consumer ----------------------------------------------------------------------------------------------------


@WAYS
async def test_a_disabled_consumer_is_one_error_and_no_logout(
    hub_at_wiki: Start, wiki: FakeMediaWiki, way: dict[str, str]
) -> None:
    hub = await hub_at_wiki(**KEPT, **way)
    time = Time(hub)
    users = {"Alice": "Alice", "Bob van Dyke": "Bob_van_Dyke", "Carol (WMF)": "Carol_(WMF)"}
    browsers = await signed_in(hub, *users)
    if way is OAUTH_2:
        time.passes(wiki.access_token_lifetime + 1)
    wiki.consumer.disabled = True
    # With OAuth 2.0 the wiki ends a refresh token before it finds out that the consumer is disabled.
    for _ in range(1 if way is OAUTH_2 else 3):
        for name in users.values():
            refresh_is_due(hub, name)
        assert [(await browser.get("/hub/home")).status for browser in browsers] == [200] * 3
    (line,) = hub.log.lines_with("The provider refuses this hub, and not a user")
    assert line.startswith("ERROR")
    assert "an administrator of the wiki has disabled the c" in line
    assert not [line for line in hub.log.at_least(30) if "cannot be refreshed" in line]
    time.passes(hub.authenticator.refresh_outage_grace + 1)
    for name in users.values():
        refresh_is_due(hub, name)
    assert [(await browser.get("/hub/home")).status for browser in browsers] == [302] * 3
    if way is not OAUTH_2:  # an hour has passed
        assert len(hub.log.lines_with("The provider refuses this hub, and not a user")) == 2


async def test_a_client_that_another_provider_refuses(hub_at_provider, provider) -> None:  # type: ignore[no-untyped-def]
    """The same for every provider: the client's secret has expired, so no access token can be renewed."""
    hub = await hub_at_provider(**KEPT)
    time = Time(hub)
    browsers = await signed_in(hub, "alice", "bob")
    time.passes(provider.access_token_lifetime + 1)
    provider.client.client_secret = "another-secret-that-nobody-has-set"
    for name in ("alice", "bob"):
        refresh_is_due(hub, name)
    assert [(await browser.get("/hub/home")).status for browser in browsers] == [200] * 2
    (line,) = hub.log.lines_with("The provider refuses this hub, and not a user")
    assert line.startswith("ERROR")
    assert "client_secret" in line
    page = await hub.browser().login("alice")
    assert page.status == 502
    assert "There is a mistake in the configuration" in page.text
    reference_on(page, hub)


# --- the wiki's own host ---------------------------------------------------------------------------------------------


async def test_the_issuer_is_shown_when_it_is_another_wiki(hub_at_wiki: Start, wiki: FakeMediaWiki) -> None:
    wiki.canonical_server = "https://other.example:8443"
    hub = await hub_at_wiki()
    line = await refused(hub)
    assert "iss is 'https://other.example:8443'" in line
    assert f"mw_index_url is at {wiki.origin.removeprefix('http://')}" in line
    for trusted in ("other.example", "other.example:8443", "OTHER.example"):
        hub.authenticator.trusted_provider_hosts = {trusted}
        hub.authenticator.__dict__.pop("handshake", None)
        await signed_in(hub, "Alice")
    for trusted in ("other.example:443", "example", "other.example:844"):
        hub.authenticator.trusted_provider_hosts = {trusted}
        hub.authenticator.__dict__.pop("handshake", None)
        await refused(hub)


@pytest.mark.parametrize("issuer", ["not a URL", "https://x@wiki.example", "javascript:alert(1)\nX: y"])
async def test_an_issuer_that_is_no_url_is_shown_safely(hub_at_wiki: Start, wiki: FakeMediaWiki, issuer: str) -> None:
    wiki.canonical_server = issuer
    hub = await hub_at_wiki(trusted_provider_hosts={"wiki.example"})
    assert "iss is '" in await refused(hub)


# --- messages --------------------------------------------------------------------------------------------------------


@OAUTH_1
async def test_messages_that_are_written_for_a_page(
    hub_at_wiki: Start, wiki: FakeMediaWiki, way: dict[str, str]
) -> None:
    hub = await hub_at_wiki(**KEPT, **way)
    await signed_in(hub, "Alice")
    wiki.consumer.disabled, wiki.consumer.name = True, "Our <b>Hub</b>"
    refresh_is_due(hub, "Alice")
    await hub.browsers[0].get("/hub/home")
    (line,) = hub.log.lines_with("The provider refuses this hub, and not a user")
    assert 'Contact "Our Hub "' in line
    assert "&quot;" not in hub.log.text


async def test_a_denied_request_of_oauth_2_shows_the_wiki_s_reason(hub_at_wiki: Start, wiki: FakeMediaWiki) -> None:
    wiki.deny = True
    hub = await hub_at_wiki(**OAUTH_2)
    line = await refused(hub, status=400)
    assert "unauthorized_client" in line
    assert "the user said no" in line
    check_invariants(hub, wiki)


async def test_a_forged_denial_adds_one_safe_line(hub_at_wiki: Start, wiki: FakeMediaWiki) -> None:
    hub = await hub_at_wiki(**OAUTH_2)
    query = "error=x%0AERROR&error_description=a%0Ab%1b%5b31m%26%2310%3bERROR+forged+" + "Z1" * 500
    page = await hub.browser().open(f"{hub.callback_url}?{query}")
    assert page.status == 400
    query = query.replace("x%0AERROR", "x")
    page = await hub.browser().open(f"{hub.callback_url}?{query}")
    (line,) = hub.log.lines_with(reference_on(page, hub))
    assert "\n" not in line
    assert "\x1b" not in line
    assert "[1000 characters]" in line


@WAYS
async def test_no_advice_about_scopes(hub_at_wiki: Start, wiki: FakeMediaWiki, way: dict[str, str]) -> None:
    """A wiki's consumer has grants that are chosen when it is registered."""
    hub = await hub_at_wiki(**way)
    wiki.users["Hidden"] = WikiUser(78, "Hidden", hidden=True)
    line = await refused(hub, "Hidden", 403)
    assert "hidden" in line
    assert "scope" not in line
    hub.authenticator.username_claim = "email"
    assert "scope" not in await refused(hub, status=403)
    if way is OAUTH_2:
        wiki.faults.on(Fault("forbidden", "", "status 403", reply_is(403)), at="profile")
        assert "scope" not in await refused(hub)
