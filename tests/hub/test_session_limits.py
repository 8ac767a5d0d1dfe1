"""Sessions that end by their age, by idleness, or at an operator's wish: for every kind of sign-in, on every JupyterHub."""

from __future__ import annotations

import time
from typing import Any

import pytest

from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.sessions.outcome import Reason
from oauthenticator_suite.hub.store.ended_sessions import hash_of_cookie
from oauthenticator_suite.hub.store.store import store_of
from tests.support import HubDidNotStart
from tests.support.signed_in import ALL_GO_ON, EVERY_KIND, SERVICE_TOKEN, World, WorldOf, sign_in_again

pytestmark = pytest.mark.hub_versions

HOUR = 3600.0
ASK = "/hub/auth/sign-in-again"


class Ahead:
    """The clock of the limits, which the test moves forward."""

    def __init__(self, world: World) -> None:
        self.seconds = 0.0
        world.authenticator.session_limits._clock = lambda: time.time() + self.seconds


def reason_of(world: World, cookie_id: str) -> str | None:
    return store_of(world.hub.app.db).ended_sessions.reason_of(hash_of_cookie(cookie_id), time.time())


async def ask(world: World, body: Any, token: str = SERVICE_TOKEN) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return (await world.hub.browser().request("POST", ASK, headers=headers, json=body)).status


# --- age -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", EVERY_KIND)
async def test_the_maximum_age(world_of: WorldOf, kind: str) -> None:
    """Sessions in all browsers end; programs and servers continue. No cookie loops, and a sign-in begins again."""
    world = await world_of(kind)
    credentials = await world.with_credentials()  # two browsers sign in
    world.authenticator.session_max_age = 8 * HOUR
    clock, cookie_id = Ahead(world), world.user.cookie_id
    clock.seconds = 8 * HOUR - 60
    assert await credentials.statuses() == ALL_GO_ON
    clock.seconds = 8 * HOUR + 60
    assert await credentials.statuses() == sign_in_again(strict=False)
    assert reason_of(world, cookie_id) == Reason.MAX_AGE.value
    (line,) = world.hub.log.lines_with("event=session-ended")
    assert f"user={world.user.name} reason=max_age" in line
    await world.sign_in(credentials.browser)
    clock.seconds = 0.0
    world.due()
    assert await credentials.cookie() == 200


@pytest.mark.parametrize("kind", EVERY_KIND)
async def test_a_sign_in_ends_the_sessions_of_other_browsers_only_where_an_age_is_set(
    world_of: WorldOf, kind: str
) -> None:
    world = await world_of(kind)
    first, second = await world.sign_in(), await world.sign_in()
    for browser in (first, second):
        assert (await browser.get("/hub/home")).status == 200
    world.authenticator.session_max_age = HOUR
    third = await world.sign_in()
    assert [(await browser.get("/hub/home")).status for browser in (first, second, third)] == [302, 302, 200]


@pytest.mark.parametrize("kind", EVERY_KIND)
async def test_also_without_auth_state_and_after_a_restart(world_of: WorldOf, kind: str) -> None:
    world = await world_of(kind, enable_auth_state=False, session_max_age=HOUR)
    browser = await world.sign_in()
    cookies = browser.cookies
    await world.restart()
    browser = world.hub.browser()
    assert (await browser.get("/hub/home", cookies=cookies)).status == 200
    Ahead(world).seconds = HOUR + 1
    world.due()
    assert (await browser.get("/hub/home", cookies=cookies)).status == 302


# --- idle ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", EVERY_KIND)
async def test_idle_sessions(world_of: WorldOf, kind: str) -> None:
    """A program that polls keeps no session; a browser and a server's check of its browser do."""
    world = await world_of(kind, session_idle_timeout=HOUR)
    credentials = await world.with_credentials()
    clock, cookie_id = Ahead(world), world.user.cookie_id
    for request in (credentials.cookie, lambda: credentials.token(credentials.session)):
        clock.seconds += HOUR
        world.due()
        assert await request() == 200
    for _ in range(12):
        clock.seconds += HOUR / 6
        world.due()
        assert await credentials.token(credentials.script) == 200
    assert await credentials.statuses() == sign_in_again(strict=False)
    assert reason_of(world, cookie_id) == Reason.IDLE.value


@pytest.mark.parametrize("kind", EVERY_KIND)
async def test_a_browser_is_seen_beside_a_program(world_of: WorldOf, kind: str) -> None:
    """JupyterHub refreshes a user once for all credentials: the program must not use up the refresh of the browser."""
    world = await world_of(kind, session_idle_timeout=HOUR)
    credentials = await world.with_credentials()
    clock = Ahead(world)
    for _ in range(6):
        clock.seconds += HOUR / 2
        world.due()
        assert await credentials.token(credentials.script) == 200
        assert await credentials.cookie() == 200  # at once, while JupyterHub would not ask again
    assert await credentials.cookie() == 200


# --- an operator asks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", EVERY_KIND)
@pytest.mark.parametrize("everyone", [False, True])
async def test_an_operator_asks(world_of: WorldOf, kind: str, everyone: bool) -> None:
    world = await world_of(kind)
    credentials = await world.with_credentials()
    cookie_id = world.user.cookie_id
    assert await credentials.statuses() == ALL_GO_ON
    assert await ask(world, {"everyone": True} if everyone else {"users": [world.name]}) == 200
    # at once, and not when a refresh would be due
    assert await credentials.cookie() == 302
    assert await credentials.statuses() == sign_in_again(strict=False)
    assert reason_of(world, cookie_id) == Reason.ASKED.value
    await world.sign_in(credentials.browser)
    world.due()
    assert await credentials.cookie() == 200


async def test_also_after_a_restart(world_of: WorldOf) -> None:
    world = await world_of("oauth")
    cookies = (await world.sign_in()).cookies
    assert await ask(world, {"everyone": True}) == 200
    await world.restart()
    assert (await world.hub.browser().get("/hub/home", cookies=cookies)).status == 302


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"users": ["nobody-of-this-name"]}, 404),
        ({"users": []}, 400),
        ({"users": "alice"}, 400),
        ({"users": [1]}, 400),
        ({"everyone": False}, 400),
        ({"everyone": "yes"}, 400),
        ({"everyone": True, "users": ["alice"]}, 400),
        ({}, 400),
        ([], 400),
        (None, 400),
    ],
)
async def test_requests_that_are_not_understood(world_of: WorldOf, body: Any, status: int) -> None:
    world = await world_of("dictionary")
    browser = await world.sign_in()
    assert await ask(world, body) == status
    world.due()
    assert (await browser.get("/hub/home")).status == 200


async def test_who_may_ask(world_of: WorldOf) -> None:
    world = await world_of("dictionary")
    browser = await world.sign_in()
    own = world.user.new_api_token(note="of a user who is no administrator")
    for token in (own, "unknown"):
        assert await ask(world, {"everyone": True}, token) == 403
    assert (await browser.request("POST", ASK, json={"everyone": True})).status == 403
    assert (await browser.get(ASK)).status == 405
    world.due()
    assert (await browser.get("/hub/home")).status == 200


# --- options ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["session_max_age", "session_idle_timeout"])
async def test_limits_need_refreshes(world_of: WorldOf, option: str) -> None:
    with pytest.raises((ConfigurationError, HubDidNotStart)) as error:
        await world_of("dictionary", auth_refresh_age=0, **{option: HOUR})
    assert f"c.DictionaryAuthenticator.{option} is set, but auth_refresh_age is 0" in str(error.value)
