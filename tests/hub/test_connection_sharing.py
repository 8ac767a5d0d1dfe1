"""Many requests at one moment: they share connections, and none waits long for another."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
import raw_server
from raw_server import answer, running

from oauthenticator_suite.errors import ProviderTimeout
from oauthenticator_suite.hub.transport.client import Transport, TransportSettings
from oauthenticator_suite.hub.transport.sharing import AT_ONCE, PATIENCE, ConnectionSharing
from oauthenticator_suite.protocol.messages import Request
from tests.support import FakeTime

LOG = logging.getLogger("test_connection_sharing")
IDLE = 30.0


@pytest.fixture
async def transport(clock: FakeTime) -> AsyncIterator[Transport]:
    transport = Transport(TransportSettings(timeout=2.0, silence_timeout=2.0), LOG)
    yield transport
    await transport.close()


def get(url: str) -> Request:
    return Request("GET", f"{url}/user", "userinfo request", {})


async def test_a_burst_shares_connections(transport: Transport) -> None:
    async with running(answer()) as server:
        responses = await asyncio.gather(*(transport.send(get(server.url)) for _ in range(100)))
        assert {response.status for response in responses} == {200}
        assert server.connections == AT_ONCE


async def test_a_slow_provider_has_all_requests_within_a_second(transport: Transport, clock: FakeTime) -> None:
    all_here = asyncio.Event()

    async def handler(request: raw_server.Received) -> None:
        if len(request.server.requests) == 100:
            all_here.set()
        await all_here.wait()
        await answer()(request)

    async with running(handler) as server:
        with clock.taking() as seconds:
            await asyncio.gather(*(transport.send(get(server.url)) for _ in range(100)))
        assert seconds() == pytest.approx(4 * PATIENCE)
        with clock.taking() as seconds:  # the next burst does not wait
            await asyncio.gather(*(transport.send(get(server.url)) for _ in range(100)))
        assert seconds() == 0
        assert server.connections == 100


async def test_waiting_is_a_part_of_the_time_limit(transport: Transport, clock: FakeTime) -> None:
    async with running(raw_server.silent) as server:
        with clock.taking() as seconds:
            sent = (transport.send(get(server.url)) for _ in range(AT_ONCE + 1))
            outcomes = await asyncio.gather(*sent, return_exceptions=True)
        assert all(isinstance(outcome, ProviderTimeout) for outcome in outcomes)
        assert seconds() == pytest.approx(transport.settings.timeout)


class Requests:
    """Requests that are sent, each until the test ends it."""

    def __init__(self, sharing: ConnectionSharing) -> None:
        self._sharing = sharing
        self.sent: list[int] = []
        self.tasks: list[asyncio.Task[None]] = []
        self._ends: list[asyncio.Event] = []

    async def come(self, count: int) -> None:
        for number in range(len(self.tasks), len(self.tasks) + count):
            self._ends.append(asyncio.Event())
            self.tasks.append(asyncio.ensure_future(self._request(number)))
        await self.settle()

    async def _request(self, number: int) -> None:
        async with self._sharing:
            self.sent.append(number)
            await self._ends[number].wait()

    async def end(self, *numbers: int) -> None:
        for number in numbers:
            self._ends[number].set()
        await self.settle()

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)


@pytest.fixture
async def requests(clock: FakeTime) -> AsyncIterator[Requests]:
    requests = Requests(ConnectionSharing(100, IDLE))
    yield requests
    for task in requests.tasks:
        task.cancel()
    await asyncio.gather(*requests.tasks, return_exceptions=True)


async def test_in_the_order_in_which_they_came(requests: Requests) -> None:
    await requests.come(AT_ONCE + 3)
    assert requests.sent == list(range(AT_ONCE))
    await requests.end(4, 2)
    assert requests.sent == list(range(AT_ONCE + 2))


async def test_one_that_is_cancelled_while_it_waits_is_not_sent(requests: Requests) -> None:
    await requests.come(AT_ONCE + 2)
    requests.tasks[AT_ONCE].cancel()
    await requests.end(0)
    assert requests.sent == [*range(AT_ONCE), AT_ONCE + 1]


async def test_one_that_is_cancelled_at_its_turn_lets_the_next_one_go(clock: FakeTime) -> None:
    sharing = ConnectionSharing(100, IDLE)
    requests = Requests(sharing)
    for _ in range(AT_ONCE):
        await sharing.__aenter__()
    await requests.come(2)
    await sharing.__aexit__()
    requests.tasks[0].cancel()
    await requests.settle()
    assert requests.sent == [1]
    await requests.end(1)


async def test_few_again_after_the_connections_are_closed(requests: Requests, clock: FakeTime) -> None:
    await requests.come(AT_ONCE + 1)
    await asyncio.sleep(PATIENCE)
    assert len(requests.sent) == AT_ONCE + 1
    await requests.end(*range(AT_ONCE + 1))
    await requests.come(2 * AT_ONCE)  # soon: as many connections may be open
    assert len(requests.sent) == AT_ONCE + 1 + 2 * AT_ONCE
    await requests.end(*range(AT_ONCE + 1, len(requests.tasks)))
    clock.passes(IDLE + 1)
    before = len(requests.sent)
    await requests.come(2 * AT_ONCE)
    assert len(requests.sent) == before + AT_ONCE


async def test_no_more_wait_than_there_are_connections(clock: FakeTime) -> None:
    """From `max_connections` on, requests wait for a connection, and not here."""
    requests = Requests(ConnectionSharing(AT_ONCE, IDLE))
    await requests.come(AT_ONCE + 5)
    assert len(requests.sent) == AT_ONCE + 5
    await requests.end(*range(AT_ONCE + 5))
