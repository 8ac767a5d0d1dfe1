"""What concerns one user's token, or one user's data, at the provider: it changes nothing for other users.

Nor does it keep the user signed in forever: the grace period bounds what a user can gain by a used-up quota.
"""

from __future__ import annotations

import logging

import pytest

from oauthenticator_suite.errors import ProviderTimeout, ProviderUnreachable, UserLimit
from oauthenticator_suite.hub.resilience.circuit_breaker import SLOW, CircuitBreaker
from oauthenticator_suite.hub.resilience.outage_clock import OutageClock
from oauthenticator_suite.hub.resilience.user_faults import (
    LAST_BACKOFF,
    MAX_SUSPECTS,
    MAX_USER_RETRY_AFTER,
    UserBackoff,
    UserFaults,
)
from tests.fakes.openid_provider.bending import reply_is
from tests.fakes.openid_provider.faults import Fault
from tests.support import Time, check_invariants

pytestmark = pytest.mark.hub_versions

PEOPLE = ("alice", "bob", "carol")
KEPT = {"enable_auth_state": True, "scope": ["openid", "profile", "email", "groups"], "manage_groups": True}
AGE = 300
SECONDARY = b'{"message": "You have exceeded a secondary rate limit. Please wait a few minutes"}'

LIMITS = {
    "429": reply_is(429, b"too many"),
    "429 with Retry-After": reply_is(429, b"too many", Retry_After="90"),
    "GitHub's quota": reply_is(403, b"{}", X_RateLimit_Remaining="0", X_RateLimit_Reset="4102444800"),
    "GitHub's secondary limit": reply_is(403, SECONDARY),
    "403 with Retry-After": reply_is(403, b"{}", Retry_After="90"),
}


def about(name, change):
    """A fault of the userinfo endpoint in what it says about one user."""

    def changed(provider, reply):
        if isinstance(reply.json, dict) and reply.json.get("sub") == provider.users[name]["sub"]:
            change(provider, reply)

    return Fault(f"about-{name}", "userinfo", f"only about {name}", changed)


class World:
    """A Hub that three people have signed in to. Their data are due whenever the Hub asks."""

    def __init__(self, hub, provider):
        self.hub = hub
        self.provider = provider
        self.time = Time(hub)
        self.browsers = {name: hub.browser(name) for name in PEOPLE}

    async def page(self, name):
        self.hub.app.users[name]._auth_refreshed = None
        return (await self.browsers[name].get("/hub/home")).status

    def groups(self, name):
        return sorted(group.name for group in self.hub.app.users[name].groups)

    def asked(self):
        return self.provider.count("userinfo")


@pytest.fixture
def world(hub_at_provider, provider):
    provider.access_token_lifetime = 100_000

    async def start(**traits):
        hub = await hub_at_provider(**{**KEPT, "user_data_max_age": 0, **traits})
        here = World(hub, provider)
        for browser in here.browsers.values():
            assert (await browser.login()).status == 200
        here.time.passes(AGE)
        return here

    return start


@pytest.mark.parametrize("limit", LIMITS)
async def test_a_limit_on_one_users_token_concerns_this_user_alone(world, provider, limit):
    """Others are asked about at once, and lose rights that were taken away. There is no outage."""
    here = await world()
    provider.faults.on(about("alice", LIMITS[limit]))
    before = here.groups("alice")
    for name in PEOPLE:
        provider.users[name]["groups"] = ["news"]
    for name in PEOPLE:
        assert await here.page(name) == 200
    assert here.groups("alice") == before, "unknown: nothing changes"
    assert here.groups("bob") == here.groups("carol") == ["news"]
    assert not here.hub.log.lines_with("The provider does not answer")
    assert here.hub.log.lines_with("alice cannot be refreshed for now: userinfo request: HTTP")
    assert not here.hub.authenticator.refresher.breaker.is_open
    check_invariants(here.hub, provider, accounts=PEOPLE)


async def test_the_user_is_left_alone_for_as_long_as_the_provider_asks(world, provider):
    here = await world(refresh_outage_grace=100_000)
    provider.faults.on(about("alice", reply_is(429, b"", Retry_After="1000")))
    await here.page("alice")
    asked = here.asked()
    for _ in range(9):
        here.time.passes(100)
        assert await here.page("alice") == 200
    assert here.asked() == asked
    here.time.passes(110)
    assert await here.page("alice") == 200
    assert here.asked() == asked + 1
    provider.faults.off()
    provider.users["alice"]["groups"] = ["news"]
    here.time.passes(1000)
    assert await here.page("alice") == 200
    assert here.groups("alice") == ["news"]


async def test_a_user_cannot_stay_for_ever_by_a_used_up_quota(world, provider):
    """Neither without a pause, nor with a visit now and then while others are answered."""
    here = await world(refresh_outage_grace=3600)
    provider.faults.on(about("alice", LIMITS["429"]))
    provider.users["alice"]["groups"] = []
    assert await here.page("alice") == 200
    here.time.passes(1800)
    assert await here.page("bob") == 200
    here.time.passes(3700)  # which would be another outage, if it were the provider's
    assert await here.page("bob") == 200
    assert await here.page("alice") == 302
    assert here.hub.log.lines_with("alice must sign in again: the provider has not answered for 5500 s")


async def test_a_block_holds_for_a_user_with_a_used_up_quota(world, provider):
    here = await world()
    provider.faults.on(about("alice", LIMITS["429"]))
    assert await here.page("alice") == 200
    here.hub.authenticator.blocked_users = {"alice"}
    here.time.passes(AGE)
    assert await here.page("alice") == 302


async def test_a_limit_on_the_hub_as_a_client_is_an_outage(world, provider):
    """429 at the token endpoint: no user's token is concerned. One request tells it for all."""
    provider.access_token_lifetime = 1
    here = await world()
    provider.faults.on("F17", at="token")
    asked = provider.count("token")
    for name in PEOPLE:
        assert await here.page(name) == 200
    assert provider.count("token") == asked + 1
    assert len(here.hub.log.lines_with("The provider does not answer")) == 1


@pytest.mark.parametrize("limit", LIMITS)
async def test_a_login_that_hits_a_limit_opens_no_circuit(world, provider, limit):
    here = await world()
    provider.faults.on(about("alice", LIMITS[limit]))
    page = await here.hub.browser("alice").login()
    assert page.status == 503
    asked = here.asked()
    assert await here.page("bob") == 200
    assert here.asked() == asked + 1


async def test_a_limit_where_a_token_is_validated_concerns_this_user_alone(world, provider):
    """`validate_token_url` gets the user's token too."""
    provider.user_claims_in_id_token = True
    here = await world(userdata_from_id_token=True, validate_token_url=f"{provider.issuer}/userinfo")
    provider.faults.on(about("alice", LIMITS["429"]))
    asked = here.asked()
    for name in PEOPLE:
        assert await here.page(name) == 200
    assert here.asked() == asked + 3
    assert not here.hub.log.lines_with("The provider does not answer")


async def test_a_user_whose_data_break_the_provider_stops_the_others_once(world, provider):
    """For two seconds. Then the provider answers about another user, and these failures are the user's own."""
    here = await world()
    provider.faults.on(about("alice", reply_is(500, b"boom")))
    assert await here.page("alice") == 200
    here.time.passes(5)
    assert await here.page("bob") == 200
    for _ in range(3):
        here.time.passes(AGE)
        asked = here.asked()
        assert await here.page("alice") == 200
        assert await here.page("carol") == 200
        assert here.asked() >= asked + 1
        assert not here.hub.authenticator.refresher.breaker.is_open
    assert len(here.hub.log.lines_with("The provider does not answer")) == 1


# --- the parts -------------------------------------------------------------------------------------------------------


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def breaker(clock):
    return CircuitBreaker(clock, logging.getLogger("breaker"))


def ask(breaker, clock, name, *, seconds=0.1, error=None):
    """A request about a user that takes so long and ends so; whether it was sent."""
    if not breaker.admits(name):
        return False
    try:
        with breaker.request(name):
            clock.now += seconds
            if error is not None:
                raise error
    except type(error):
        pass
    return True


async def test_failures_about_one_user_do_not_open_the_circuit_again(breaker, clock):
    failure = ProviderUnreachable("500")
    assert ask(breaker, clock, "eve", error=failure)
    assert breaker.is_open
    clock.now += 10
    assert ask(breaker, clock, "bob")
    for _ in range(5):
        assert ask(breaker, clock, "eve", error=failure)
        assert not breaker.is_open
    assert ask(breaker, clock, "bob", error=failure), "about another user it is an outage"
    assert breaker.is_open


async def test_a_user_at_fault_does_not_use_up_the_probe(breaker, clock):
    ask(breaker, clock, "eve", error=ProviderTimeout("slow"))
    clock.now += 10
    ask(breaker, clock, "bob")
    ask(breaker, clock, "carol", error=ProviderUnreachable("down"))
    clock.now += 10
    assert breaker.admits("eve")
    assert breaker.admits("bob"), "the probe"
    assert not breaker.admits("carol")


async def test_a_slow_user_makes_the_others_wait_once(breaker, clock):
    ask(breaker, clock, "eve", seconds=SLOW + 1)
    ask(breaker, clock, "bob")
    with breaker.request("eve"):
        clock.now += SLOW + 1
        assert not breaker.is_slow
    ask(breaker, clock, "eve", seconds=0.1)
    with breaker.request("eve"):
        clock.now += SLOW + 1
        assert breaker.is_slow, "an answer in time ends it"


async def test_a_provider_that_is_slow_about_everybody_is_slow(breaker, clock):
    names = [f"user-{number}" for number in range(MAX_SUSPECTS + 1)]
    for name in names:
        ask(breaker, clock, name, seconds=SLOW + 1)
    ask(breaker, clock, "bob")
    assert not [name for name in names if name in breaker.user_faults]


async def test_a_limit_closes_the_circuit_and_never_opens_it(breaker, clock):
    ask(breaker, clock, "bob", error=ProviderUnreachable("down"))
    clock.now += 10
    assert ask(breaker, clock, "eve", error=UserLimit("429", retry_after=500))
    assert not breaker.is_open


def test_who_failed_long_before_is_not_at_fault(clock):
    faults = UserFaults(clock)
    faults.suspect("alice")
    clock.now += 100
    faults.answered("bob")
    assert "alice" not in faults


def test_the_pause_grows_and_is_bounded(clock):
    backoff = UserBackoff(clock)
    waited = []
    for _ in range(8):
        backoff.failed("eve", own=True)
        start = clock.now
        while backoff.is_paused("eve"):
            clock.now += 1
        waited.append(clock.now - start)
    assert waited == [20, 40, 80, 160, 320, 600, 600, 600]
    assert waited[-1] == LAST_BACKOFF
    backoff.failed("eve", 10**9, own=True)
    clock.now += MAX_USER_RETRY_AFTER
    assert not backoff.is_paused("eve")
    assert backoff.is_own("eve")
    backoff.forget("eve")
    assert not backoff.is_own("eve")


def test_only_an_answer_about_the_user_ends_an_outage_of_their_own(clock):
    outages = OutageClock(clock)
    assert outages.failed("eve", 3600, own=True) == 0
    clock.now += 100_000
    outages.answered("bob")
    clock.now += 1
    assert outages.failed("eve", 3600, own=True) == 100_001
    outages.answered("eve")
    assert outages.failed("eve", 3600, own=True) == 0
