"""Many logins at one moment: the event loop runs other tasks between the parts of their work."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import event

from oauthenticator_suite.hub.resilience.login_pacing import BUDGET, LoginPacing, pacing_of
from tests.support import Hub

pytestmark = pytest.mark.hub_versions


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def iterations(count: list[int]) -> None:
    """Count the iterations of the event loop."""
    while True:
        await asyncio.sleep(0)
        count[0] += 1


async def worked(pacing: LoginPacing, clock: Clock, seconds: float, jobs: int) -> tuple[list[int], Counter[int]]:
    """The order in which `jobs` jobs have worked for so many seconds, and how many in each iteration of the loop."""
    order: list[int] = []
    in_iteration: Counter[int] = Counter()
    count = [0]

    async def job(number: int) -> None:
        await pacing.turn()
        clock.now += seconds
        order.append(number)
        in_iteration[count[0]] += 1

    counting = asyncio.ensure_future(iterations(count))
    await asyncio.gather(*(job(number) for number in range(jobs)))
    counting.cancel()
    return order, in_iteration


@pytest.mark.parametrize(("seconds", "most"), [(BUDGET, 1), (BUDGET / 4, 4), (BUDGET / 1000, 50)])
async def test_a_part_of_them_in_each_iteration(seconds: float, most: int) -> None:
    """At most the work of one budget. All get their turn in order."""
    clock = Clock()
    pacing = LoginPacing(clock)
    order, in_iteration = await worked(pacing, clock, seconds, 50)
    assert order == list(range(50))
    assert max(in_iteration.values()) <= most


async def test_a_request_that_is_gone_takes_no_turn() -> None:
    """Also where the work before it has failed: its time counts."""
    clock = Clock()
    pacing = LoginPacing(clock)

    async def fails() -> None:
        await pacing.turn()
        clock.now += BUDGET
        raise RuntimeError

    failed, gone, stays = (asyncio.ensure_future(each) for each in (fails(), pacing.turn(), pacing.turn()))
    await asyncio.sleep(0)
    assert isinstance(failed.exception(), RuntimeError)
    assert not stays.done()
    gone.cancel()
    await asyncio.wait_for(stays, 10)
    assert gone.cancelled()


def test_another_event_loop_begins_anew() -> None:
    """A loop that was closed runs nothing that was scheduled in it: a login must not wait for that."""
    clock = Clock()
    pacing = LoginPacing(clock)

    async def ends_with_its_loop() -> None:
        await pacing.turn()
        asyncio.get_running_loop().stop()

    loop = asyncio.new_event_loop()
    ended = loop.create_task(ends_with_its_loop())
    loop.run_forever()
    loop.close()
    assert ended.done()
    clock.now += BUDGET

    async def turns() -> None:
        for _ in range(3):
            await asyncio.wait_for(pacing.turn(), 10)
            clock.now += BUDGET

    asyncio.run(turns())


async def test_logins_that_the_provider_answers_at_one_moment(hub_at_provider: Any) -> None:
    """With slow work, few logins begin in one iteration of the event loop, and few are written. Each login succeeds."""
    hub: Hub = await hub_at_provider(enable_auth_state=True)
    clock = Clock()
    pacing_of(hub.app.db)._clock = clock
    browsers = [hub.browser() for _ in range(12)]
    names = ["alice", "bob", "carol"]
    for name in names:
        await hub.browser().login(name)
    callbacks = [await browser.walk_to_callback(names[n % 3]) for n, browser in enumerate(browsers)]
    count, written = [0], Counter[int]()

    build, began = hub.authenticator.build_access_tokens_request_params, Counter[int]()

    def is_slow_too(*given: Any) -> Any:
        clock.now += BUDGET
        began[count[0]] += 1
        return build(*given)

    def is_slow(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        clock.now += BUDGET
        written[count[0]] += statement.startswith("UPDATE suite_accounts")

    hub.authenticator.build_access_tokens_request_params = is_slow_too
    counting = asyncio.ensure_future(iterations(count))
    engine = hub.app.db.get_bind()
    event.listen(engine, "before_cursor_execute", is_slow)
    try:
        answers = await asyncio.gather(*(b.get(callback) for b, callback in zip(browsers, callbacks, strict=True)))
    finally:
        event.remove(engine, "before_cursor_execute", is_slow)
        counting.cancel()
    assert [answer.status for answer in answers] == [302] * 12
    assert all(browser.logged_in for browser in browsers)
    assert sum(written.values()) == sum(began.values()) == 12
    assert max(written.values()) <= 2
    assert max(began.values()) <= 2
