"""Concurrent callers share one run."""

from __future__ import annotations

import asyncio

import pytest

from oauthenticator_suite.errors import ProviderBusy, SuiteError
from oauthenticator_suite.hub.oauth.user_api import ApiRefusal
from oauthenticator_suite.hub.resilience.single_flight import SingleFlight


class Work:
    """An operation that runs until its gate is opened."""

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


async def test_concurrent_callers_share_one_run() -> None:
    work = Work()
    flight = SingleFlight(work)
    asking = [asyncio.ensure_future(flight()) for _ in range(5)]
    await asyncio.sleep(0)
    work.gate.set()
    assert await asyncio.gather(*asking) == [1] * 5
    assert await flight() == 2, "a later call starts a new run"


async def test_a_cancelled_caller_does_not_stop_the_run() -> None:
    work = Work()
    flight = SingleFlight(work)
    first, second = (asyncio.ensure_future(flight()) for _ in range(2))
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
async def test_each_caller_gets_its_own_copy_of_the_error(error: SuiteError) -> None:
    """Each copy gets the reference of its caller's error page."""
    work = Work(error)
    flight = SingleFlight(work)
    asking = [asyncio.ensure_future(flight()) for _ in range(3)]
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


async def test_other_exceptions_are_raised_unchanged() -> None:
    work = Work(ZeroDivisionError())
    work.gate.set()
    with pytest.raises(ZeroDivisionError):
        await SingleFlight(work)()
