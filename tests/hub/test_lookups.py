"""Questions that are asked side by side: in order, with a bound, and given up together when one fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any

import pytest

from oauthenticator_suite import GenericOAuthenticator
from oauthenticator_suite.errors import ProviderUnreachable
from oauthenticator_suite.hub.oauth.memberships import MAX_CONCURRENT_LOOKUPS, Found, SharedResult, all_of, side_by_side
from tests.conftest import generic_config
from tests.fakes.openid_provider import FakeProvider
from tests.hub.visits import refused_with, signs_in, stays
from tests.support import HubState


class Desk:
    """Answers questions when it is told to; knows how many wait, and which were given up."""

    def __init__(self) -> None:
        self.arrival = asyncio.Condition()
        self.waiting: dict[int, asyncio.Future[str]] = {}
        self.most = 0
        self.asked: list[int] = []
        self.given_up: list[int] = []

    async def ask(self, number: int) -> str:
        self.asked.append(number)
        self.waiting[number] = asyncio.get_running_loop().create_future()
        self.most = max(self.most, len(self.waiting))
        async with self.arrival:
            self.arrival.notify_all()
        try:
            return await self.waiting[number]
        except asyncio.CancelledError:
            self.given_up.append(number)
            raise
        finally:
            del self.waiting[number]

    async def until_asked(self, times: int) -> None:
        async with self.arrival:
            await self.arrival.wait_for(lambda: len(self.asked) >= times)


@pytest.mark.parametrize("bound", [1, 3, MAX_CONCURRENT_LOOKUPS])
async def test_at_most_so_many_at_a_time_and_in_order(bound: int) -> None:
    desk = Desk()
    running = asyncio.ensure_future(side_by_side(desk.ask, range(20), bound))
    while not running.done():
        for number in sorted(desk.waiting, reverse=True):  # the last that was asked is answered first
            desk.waiting[number].set_result(f"answer {number}")
        await asyncio.sleep(0)
    assert running.result() == [f"answer {number}" for number in range(20)]
    assert desk.most == bound


async def test_the_default_bound() -> None:
    desk = Desk()
    running = asyncio.ensure_future(side_by_side(desk.ask, range(50)))
    await desk.until_asked(MAX_CONCURRENT_LOOKUPS)
    for _ in range(10):
        await asyncio.sleep(0)
    assert desk.asked == list(range(MAX_CONCURRENT_LOOKUPS))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert sorted(desk.given_up) == list(range(MAX_CONCURRENT_LOOKUPS))


async def test_nothing_to_ask() -> None:
    assert await side_by_side(Desk().ask, []) == []
    assert await all_of() == []


async def test_the_first_error_ends_the_others() -> None:
    """When it is raised, nothing is under way."""
    desk = Desk()
    running = asyncio.ensure_future(side_by_side(desk.ask, range(9), 3))
    await desk.until_asked(3)
    desk.waiting[1].set_exception(ProviderUnreachable("no"))
    with pytest.raises(ProviderUnreachable):
        await running
    assert desk.waiting == {}
    assert {0, 2} <= set(desk.given_up)
    assert len(desk.asked) <= 4, "one at most takes the place of the one that has failed"


async def test_errors_at_the_same_time_are_one() -> None:
    async def fail(why: str) -> None:
        raise ProviderUnreachable(why)

    with pytest.raises(ProviderUnreachable, match="first"):
        await all_of(fail("the first"), fail("the second"))


async def test_one_answer_serves_two_questions() -> None:
    """The user's data are a task that several look-ups may wait for."""
    desk = Desk()
    user = asyncio.ensure_future(desk.ask(1))

    async def of_user(suffix: str) -> str:
        return f"{await user}{suffix}"

    running = asyncio.ensure_future(all_of(user, of_user("a"), of_user("b")))
    await desk.until_asked(1)
    desk.waiting[1].set_result("x")
    assert await running == ["x", "xa", "xb"]


def test_nothing_was_found() -> None:
    found = Found()
    assert (dict(found.memberships), dict(found.claims), dict(found.auth_state), list(found.emails)) == ({}, {}, {}, [])


async def test_one_who_is_given_up_does_not_take_along_what_it_waits_for() -> None:
    """The error that ends all look-ups is raised, and not the cancellation of the shared question."""
    user: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()

    async def outage() -> None:
        await asyncio.sleep(0)
        raise ProviderUnreachable("no")

    async def needs_the_user() -> dict[str, str]:
        return await SharedResult(user)

    async def look_up() -> list[object]:
        return await all_of(needs_the_user(), needs_the_user(), outage())

    with pytest.raises(ProviderUnreachable):
        await all_of(user, look_up())
    assert user.cancelled()  # by the outer one, when it is over


async def test_what_is_shared_answers_all() -> None:
    user = asyncio.ensure_future(asyncio.sleep(0, {"name": "alice"}))

    async def ask() -> dict[str, str]:
        return await SharedResult(user)

    assert await all_of(ask(), ask()) == [{"name": "alice"}] * 2


class AsksInVain(GenericOAuthenticator):
    """One of its questions needs the user's data; another fails while these are under way."""

    async def look_up(
        self, token_info: dict[str, Any], user: Awaitable[dict[str, Any]], wanted: Mapping[str, frozenset[str]]
    ) -> Found:
        async def needs_the_user() -> str:
            return str((await user)["sub"])

        async def outage() -> None:
            await asyncio.sleep(0)
            if self.collect_emails:
                raise ProviderUnreachable("no")

        await all_of(needs_the_user(), outage())
        return Found()


async def test_an_outage_of_one_question_is_an_outage(hubs: Any, provider: FakeProvider) -> None:
    """A page that says so at a login, and no end of a session at a refresh."""
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = generic_config(provider, enable_auth_state=True, user_data_max_age=0)
    config.JupyterHub.authenticator_class = AsksInVain
    hub = await hubs(config, state)
    browser = await signs_in(hub, "alice")
    hub.authenticator.collect_emails = True
    assert await stays(hub, browser, "alice")
    await refused_with(hub, "bob", 502)
