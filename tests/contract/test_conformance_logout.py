"""The OpenID Foundation's three logout plans for relying parties, module by module, through a real Hub.

RP-Initiated Logout 1.0, Back-Channel Logout 1.0, Front-Channel Logout 1.0. In the back-channel and front-channel plans
alice is signed in twice, from a laptop and a phone: she logs out on the laptop, and what the provider then sends decides
about the phone.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from html import unescape
from typing import NamedTuple

import pytest

from tests.contract.logouts import ALL_LOGOUTS, lives, register_logout, tokens_in
from tests.fakes.openid_provider import FakeProvider
from tests.support import Browser, Hop, Hub, check_invariants

HubMaker = Callable[..., Awaitable[Hub]]


class World(NamedTuple):
    hub: Hub
    provider: FakeProvider
    laptop: Browser
    phone: Browser
    bob: Browser


@pytest.fixture
async def world(provider: FakeProvider, hub_at_provider: HubMaker) -> World:
    """alice signed in on two machines, bob on a third."""
    hub = await hub_at_provider(**ALL_LOGOUTS)
    register_logout(hub, provider)
    browsers = [hub.browser("alice"), hub.browser("alice"), hub.browser("bob")]
    for browser in browsers:
        assert (await browser.login()).status == 200
    return World(hub, provider, *browsers)


async def ended_logged_out(world: World, page: Hop) -> None:
    assert page.status == 200
    assert "You are signed out of JupyterHub" in page.text
    assert not world.laptop.logged_in
    assert not await lives(world.laptop)
    assert await lives(world.bob)
    check_invariants(world.hub, world.provider, accounts={"alice", "bob"})


# --- RP-Initiated Logout ---------------------------------------------------------------------------------------------


@pytest.fixture
async def rp_initiated(provider: FakeProvider, hub_at_provider: HubMaker) -> World:
    """A Hub that sends people to the provider's logout page and knows of no other way."""
    hub = await hub_at_provider(enable_auth_state=True, rp_initiated_logout=True)
    register_logout(hub, provider, backchannel=False)
    laptop, bob = hub.browser("alice"), hub.browser("bob")
    for browser in (laptop, bob):
        assert (await browser.login()).status == 200
    return World(hub, provider, laptop, hub.browser("alice"), bob)


@pytest.mark.conformance("oidcc-client-test-rp-init-logout")
async def test_oidcc_client_test_rp_init_logout(rp_initiated: World) -> None:
    """oidcc-client-test-rp-init-logout: the browser goes to the end_session_endpoint and comes back, logged out."""
    hub, provider, laptop = rp_initiated.hub, rp_initiated.provider, rp_initiated.laptop
    auth_state = await hub.auth_state("alice")
    assert auth_state is not None
    await ended_logged_out(rp_initiated, await laptop.open("/hub/logout"))
    (asked,) = provider.requests_to("end_session")
    assert asked.status == 303
    assert asked.fields == {
        "id_token_hint": auth_state["id_token"],
        "client_id": provider.client.client_id,
        "post_logout_redirect_uri": f"{hub.url}/hub/oauth_logged_out",
        "state": asked.fields["state"],
    }
    assert len(asked.fields["state"]) == 43
    assert provider.refusals == []
    assert tokens_in(await hub.auth_state("alice")) == {}


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(state, marks=pytest.mark.conformance(f"oidcc-client-test-rp-init-logout-{state}"))
        for state in ("other-state", "no-state")
    ],
)
async def test_oidcc_client_test_rp_init_logout_state(rp_initiated: World, state: str) -> None:
    """oidcc-client-test-rp-init-logout-other-state, oidcc-client-test-rp-init-logout-no-state: logged out all the same.

    And nothing is done that only the right state stands for.
    """
    rp_initiated.hub.authenticator.logout_redirect_url = f"{rp_initiated.provider.issuer}/bye"
    rp_initiated.provider.faults.on(state)
    await ended_logged_out(rp_initiated, await rp_initiated.laptop.open("/hub/logout"))
    assert rp_initiated.provider.faults.applied[state] == 1


# --- Back-Channel Logout ---------------------------------------------------------------------------------------------


@pytest.mark.conformance("oidcc-client-test-rp-backchannel-rpinitlogout")
async def test_oidcc_client_test_rp_backchannel_rpinitlogout(world: World) -> None:
    """oidcc-client-test-rp-backchannel-rpinitlogout: a good logout token is answered with 200 and ends the session."""
    page = await world.laptop.open("/hub/logout")
    (answer,) = world.provider.logout_answers
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert not await lives(world.phone)
    await ended_logged_out(world, page)


@pytest.mark.parametrize(
    ("suffix", "fault"),
    [
        pytest.param(
            suffix, fault, marks=pytest.mark.conformance(f"oidcc-client-test-rp-backchannel-rpinitlogout-{suffix}")
        )
        for suffix, fault in (
            ("alg-none", "alg-none"),
            ("alg-none", "alg-none-signed"),
            ("no-event", "no-event"),
            ("with-nonce", "with-nonce"),
            ("wrong-alg", "wrong-alg"),
            ("wrong-alg", "wrong-alg-public-key"),
            ("wrong-aud", "wrong-aud"),
            ("wrong-event", "wrong-event"),
            ("wrong-event", "event-true"),
            ("wrong-iss", "wrong-iss"),
        )
    ],
)
async def test_oidcc_client_test_rp_backchannel_rpinitlogout_bad(world: World, suffix: str, fault: str) -> None:
    """oidcc-client-test-rp-backchannel-rpinitlogout-{alg-none, no-event, with-nonce, wrong-alg, wrong-aud, wrong-event,
    wrong-iss}: a bad logout token is answered with 400, and no session ends by it. The other browser tells, which the
    logout itself leaves alone.
    """
    world.hub.authenticator.logout_scope = "browser"
    world.provider.faults.on(fault)
    page = await world.laptop.open("/hub/logout")
    (answer,) = world.provider.logout_answers
    assert answer.status == 400
    assert answer.headers["cache-control"] == "no-store"
    assert world.provider.faults.applied[fault] == 1
    assert await lives(world.phone)
    (line,) = world.hub.log.lines_with("A logout token was refused")
    assert {"no-event": "events", "wrong-event": "events"}.get(suffix, suffix.rpartition("-")[2]) in line or (
        suffix == "alg-none" and "not signed" in line
    )
    await ended_logged_out(world, page)


# --- Front-Channel Logout --------------------------------------------------------------------------------------------


def frame_in(page: Hop) -> str:
    found = re.search(r'<iframe src="([^"]*)"', page.body)
    assert found is not None
    return unescape(found[1])


@pytest.mark.conformance("oidcc-client-test-rp-frontchannel-rpinitlogout")
async def test_oidcc_client_test_rp_frontchannel_rpinitlogout(world: World) -> None:
    """oidcc-client-test-rp-frontchannel-rpinitlogout: the frame's GET is answered, and no session is left."""
    register_logout(world.hub, world.provider, frontchannel=True)
    world.provider.client.backchannel_logout_uri = ""
    page = await world.laptop.open("/hub/logout")
    assert page.path == "/end_session"
    frame = await world.laptop.get(frame_in(page))
    assert frame.status == 200
    link = re.search(r'<a href="([^"]*)"', page.body)
    assert link is not None
    await ended_logged_out(world, await world.laptop.open(link[1]))


@pytest.mark.conformance("oidcc-client-test-rp-frontchannel-opinitlogout")
async def test_oidcc_client_test_rp_frontchannel_opinitlogout(world: World) -> None:
    """oidcc-client-test-rp-frontchannel-opinitlogout: the provider begins, and iss and sid tell whose session it is."""
    register_logout(world.hub, world.provider, frontchannel=True)
    record = (await world.hub.auth_state("alice") or {})["suite"]
    assert record["sid"].startswith("sid-")
    frame = await world.phone.get(world.provider.frontchannel_url(record["sid"]))
    assert frame.status == 200
    assert frame.headers["content-security-policy"] == f"frame-ancestors {world.provider.issuer}"
    assert frame.headers["cache-control"] == "no-store"
    assert not world.phone.logged_in
    assert not await lives(world.phone)
    assert tokens_in(await world.hub.auth_state("alice")) == {}
    assert await lives(world.bob)
    check_invariants(world.hub, world.provider, accounts={"alice", "bob"})
