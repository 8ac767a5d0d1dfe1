"""Counting of requests that are under way together, and of rounds of them."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from tests.fakes.gitlab import FakeGitLab
from tests.fakes.traffic import Span, most_at_once, rounds


@pytest.mark.parametrize(
    ("spans", "most", "in_a_row"),
    [
        ([], 0, 0),
        ([(0, 1)], 1, 1),
        ([(0, 1), (2, 3), (4, 5)], 1, 3),
        ([(0, 3), (1, 4), (2, 5)], 3, 1),
        ([(0, 1), (2, 5), (3, 4)], 2, 2),
        ([(0, 9), (1, 2), (3, 4), (5, 6)], 2, 3),  # a long one next to three in a row
        ([(0, 1), (2, float("inf")), (3, float("inf"))], 2, 2),  # not answered yet
    ],
)
def test_spans(spans: list[tuple[float, float]], most: int, in_a_row: int) -> None:
    asked = [Span("user", begin, end) for begin, end in spans]
    assert (most_at_once(asked), rounds(asked)) == (most, in_a_row)


async def test_requests_that_wait_together_are_one_round() -> None:
    async with FakeGitLab() as gitlab, aiohttp.ClientSession() as session:
        headers = {"Authorization": f"Bearer {gitlab.token_for('alice', 'api')}"}

        async def ask(path: str) -> int:
            async with session.get(gitlab.api_url + path, headers=headers) as response:
                return response.status

        assert await ask("/user") == 200
        assert (gitlab.most_at_once, gitlab.rounds) == (1, 1)
        gitlab.faults.on("F1", at="groups")
        waiting = [asyncio.ensure_future(ask("/groups")) for _ in range(7)]
        await gitlab.until_asked("groups", 7)
        assert gitlab.under_way == 7
        gitlab.released.set()
        assert await asyncio.gather(*waiting) == [200] * 7
        assert (gitlab.most_at_once, gitlab.rounds, gitlab.under_way) == (7, 2, 0)
        await session.get(f"{gitlab.issuer}/oauth/authorize")
        assert gitlab.rounds == 2  # that is the browser's
        gitlab.forget_traffic()
        assert (gitlab.most_at_once, gitlab.rounds) == (0, 0)
        assert gitlab.count("groups") == 7


async def test_round_trip_keeps_what_is_sent_together_together() -> None:
    async with FakeGitLab() as gitlab, aiohttp.ClientSession() as session:
        headers = {"Authorization": f"Bearer {gitlab.token_for('alice', 'api')}"}
        gitlab.round_trip = 1.0
        answers = await asyncio.gather(*(session.get(f"{gitlab.api_url}/user", headers=headers) for _ in range(3)))
        assert [answer.status for answer in answers] == [200] * 3
        assert (gitlab.most_at_once, gitlab.rounds) == (3, 1)
