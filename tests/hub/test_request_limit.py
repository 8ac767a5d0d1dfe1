"""A limit on the requests that login starts cause at the provider (PAR), and on the starts that wait."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from oauthenticator_suite.errors import ProviderBusy
from oauthenticator_suite.hub.oauth import authorization_request
from oauthenticator_suite.hub.resilience.request_limit import RequestLimit
from tests.fakes.openid_provider import FakeProvider
from tests.support import check_invariants, reference_on


async def test_callers_continue_in_order_and_few_wait() -> None:
    limit, entered, gate = RequestLimit(2, 2, "the request"), [], asyncio.Event()

    async def caller(number: int) -> None:
        async with limit.turn():
            entered.append(number)
            await gate.wait()

    tasks = [asyncio.ensure_future(caller(number)) for number in range(4)]
    await asyncio.sleep(0)
    with pytest.raises(ProviderBusy, match="the request: 2 others are waiting"):
        await caller(4)
    tasks[2].cancel()  # who leaves makes room for another
    await asyncio.sleep(0)
    tasks.append(asyncio.ensure_future(caller(5)))
    await asyncio.sleep(0)
    assert entered == [0, 1]
    gate.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(result, asyncio.CancelledError) for result in results] == [False, False, True, False, False]
    assert entered == [0, 1, 3, 5]


async def test_a_failed_request_frees_its_place() -> None:
    limit = RequestLimit(1, 0, "the request")
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            async with limit.turn():
                raise ZeroDivisionError
    async with limit.turn():
        with pytest.raises(ProviderBusy):
            async with limit.turn():
                pass


@pytest.mark.hub_versions
async def test_many_login_starts_at_a_slow_provider(
    provider: FakeProvider, hub_at_provider: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two requests at a time, three starts that wait, and a page with status 503 for the others at once."""
    monkeypatch.setattr(authorization_request, "MAX_PUSHES", 2)
    monkeypatch.setattr(authorization_request, "MAX_WAITING_PUSHES", 3)
    hub = await hub_at_provider(enable_par=True, http_request_kwargs={"request_timeout": 600, "connect_timeout": 600})
    provider.faults.on("F1", at="par")
    starts = {asyncio.ensure_future(hub.browser().get("/hub/oauth_login")) for _ in range(9)}
    refused: list[Any] = []
    while len(refused) < 4:
        done, starts = await asyncio.wait(starts, return_when=asyncio.FIRST_COMPLETED)
        refused += [start.result() for start in done]
    await provider.until_asked("par", 2)
    assert provider.count("par") == 2
    for page in refused:
        assert page.status == 503
        assert "very many requests" in page.text
        assert 0 < int(page.headers["retry-after"]) <= 60
        reference_on(page, hub)
    provider.released.set()
    started = await asyncio.gather(*starts)
    assert [page.status for page in started] == [302] * 5
    assert provider.count("par") == 5
    provider.faults.off()
    assert (await hub.browser().login("alice")).status == 200
    check_invariants(hub, provider, accounts={"alice"})
