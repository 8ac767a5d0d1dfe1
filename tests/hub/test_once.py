"""One request for many who ask at the same time."""

from __future__ import annotations

import asyncio

import pytest

from oauthenticator_suite.errors import ProviderBusy, SuiteError
from oauthenticator_suite.hub.oauth.user_api import ApiRefusal
from oauthenticator_suite.hub.resilience.single_flight import Once


class Work:
    """Does not end before it is let go."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.runs = 0
        self.gate = asyncio.Event()

    async def __call__(self) -> int:
        self.runs += 1
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return self.runs


async def test_all_who_ask_meanwhile_get_one_answer() -> None:
    work = Work()
    once = Once(work)
    asking = [asyncio.ensure_future(once()) for _ in range(5)]
    await asyncio.sleep(0)
    work.gate.set()
    assert await asyncio.gather(*asking) == [1] * 5
    assert await once() == 2, "what has ended is no answer to a later question"


async def test_who_goes_away_stops_nothing() -> None:
    work = Work()
    once = Once(work)
    first, second = (asyncio.ensure_future(once()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait({first})
    work.gate.set()
    assert await second == 1
    assert first.cancelled()


@pytest.mark.parametrize(
    "error",
    [ProviderBusy("busy", retry_after=7.0), ApiRefusal(403, "user", "no")],
    ids=lambda error: type(error).__name__,
)
async def test_each_has_an_error_of_its_own(error: SuiteError) -> None:
    """Which bears the reference number of that one's page."""
    work = Work(error)
    once = Once(work)
    asking = [asyncio.ensure_future(once()) for _ in range(3)]
    await asyncio.sleep(0)
    work.gate.set()
    raised = await asyncio.gather(*asking, return_exceptions=True)
    assert work.runs == 1
    assert len({id(one) for one in raised}) == 3
    for one in raised:
        assert type(one) is type(error)
        assert (str(one), vars(one)) == (str(error), vars(error))
        one.reference = "7QK2-M4XD"
        assert error.reference is None


async def test_what_is_no_error_of_ours_comes_as_it_is() -> None:
    work = Work(ZeroDivisionError())
    work.gate.set()
    with pytest.raises(ZeroDivisionError):
        await Once(work)()
