"""The provider's clock and the Hub's differ: the tolerance, the error page of a login, and refreshes."""

from __future__ import annotations

import re

import pytest
from traitlets import TraitError

from oauthenticator_suite.hub.oauth.authenticator import OAuthenticator
from tests.fakes.openid_provider.bending import shift
from tests.fakes.openid_provider.faults import Fault
from tests.support import Time, check_invariants, reference_on

pytestmark = pytest.mark.hub_versions

KEPT = {"enable_auth_state": True, "user_data_max_age": 0}
TOLD = r"clock_tolerance allows 60 s\. Please set the clocks of the Hub and the provider"


def by(provider, seconds):
    """The provider's clock is ahead of the Hub's by so many seconds, in everything that it signs."""
    provider.clock = lambda real=provider.clock: real() + seconds


@pytest.mark.parametrize(
    ("ahead", "says"),
    [
        (150, r"iat.*|ID token: issued 1(49|50) s in the future: the Hub's clock is behind by that"),
        (
            -750,
            r"ID token: expired 15[01] s ago; .* It was issued 75[01] s ago\. If it is new, the Hub's clock is ahead",
        ),
    ],
)
async def test_a_login_says_by_how_much(hub, browser, provider, ahead, says):
    by(provider, ahead)
    page = await browser.login()
    assert page.status == 502
    assert "The clocks of" in page.text
    reference = reference_on(page, hub)
    (line,) = hub.log.lines_with(reference)
    assert re.search(says, line)
    assert re.search(TOLD, line)
    check_invariants(hub, provider)


@pytest.mark.parametrize(
    ("tolerance", "ahead", "status"), [(200, 150, 200), (0, 30, 502), (200, -750, 200), (60, 55, 200)]
)
async def test_clock_tolerance(hub_at_provider, provider, tolerance, ahead, status):
    hub = await hub_at_provider(clock_tolerance=tolerance)
    by(provider, ahead)
    assert (await hub.browser().login()).status == status


@pytest.mark.parametrize("value", [-1, 601, "an hour"])
async def test_a_tolerance_that_is_no_tolerance_stops_the_start(hub_at_provider, value):
    with pytest.raises(TraitError, match="clock_tolerance"):
        await hub_at_provider(clock_tolerance=value)


@pytest.mark.parametrize("tolerance", [60.0, 300.0])
async def test_the_tolerance_is_for_logout_tokens_too(hub_at_provider, provider, tolerance):
    hub = await hub_at_provider(**KEPT, backchannel_logout=True, clock_tolerance=tolerance)
    provider.client.backchannel_logout_uri = f"{hub.url}/hub/oauth_backchannel_logout"
    assert (await hub.browser().login()).status == 200
    by(provider, 200)
    answer = await provider.log_out("alice")
    assert answer.status == (200 if tolerance > 200 else 400)


@pytest.mark.parametrize("handshaker", ["native", "mwoauth"])
@pytest.mark.parametrize(("tolerance", "status"), [(60.0, 502), (250.0, 200)])
async def test_the_tolerance_is_for_a_wikis_identities_too(hub_at_wiki, wiki, handshaker, tolerance, status):
    hub = await hub_at_wiki(handshaker=handshaker, clock_tolerance=tolerance)
    by(wiki, 200)
    assert (await hub.browser("Alice").login()).status == status


@pytest.mark.parametrize("claim", ["iat", "exp", "nbf"])
async def test_a_difference_at_a_refresh_signs_no_user_out(hub_at_provider, provider, claim):
    """For the grace period. Then the user must sign in again; when the clocks are right again, nothing has happened."""
    provider.access_token_lifetime = 1
    hub = await hub_at_provider(**KEPT, refresh_outage_grace=3600)
    time = Time(hub)
    browser = hub.browser()
    assert (await browser.login()).status == 200
    fault = Fault("clock", "id_token", "the clocks differ", shift(claim, -700 if claim == "exp" else 700))
    provider.faults.on(fault)
    for seconds in (400, 700):
        time.passes(seconds)
        assert (await browser.get("/hub/home")).status == 200
    assert hub.log.lines_with("alice cannot be refreshed for now: ID token: ")
    assert not hub.log.lines_with("The provider does not answer"), "others are not concerned"
    provider.faults.off()
    time.passes(700)
    assert (await browser.get("/hub/home")).status == 200
    assert (await hub.auth_state("alice"))["access_token"] in provider._access_tokens
    provider.faults.on(fault)
    time.passes(700)
    assert (await browser.get("/hub/home")).status == 200
    time.passes(3700)
    assert (await browser.get("/hub/home")).status == 302
    check_invariants(hub, provider, accounts=["alice"])


def test_every_check_of_a_time_uses_the_option():
    """The option is declared where every OAuth login reads it, with its bounds."""
    trait = OAuthenticator.class_traits(config=True)["clock_tolerance"]
    assert (trait.min, trait.max) == (0.0, 600.0)
