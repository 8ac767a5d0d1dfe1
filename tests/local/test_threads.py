"""Threads in which waiting work has its turn by rank."""

import asyncio
import threading

import pytest

from oauthenticator_suite.errors import ProviderBusy, ProviderTimeout
from oauthenticator_suite.local.forms import thread_queue as module
from oauthenticator_suite.local.forms.thread_queue import Place, Threads


class Held:
    """Work that holds its thread until it is told to end."""

    def __init__(self):
        self.begun = threading.Event()
        self.end = threading.Event()

    def __call__(self):
        self.begun.set()
        assert self.end.wait(30)
        return "done"


async def holding(threads):
    held = Held()
    task = asyncio.ensure_future(threads.run(held))
    await asyncio.to_thread(held.begun.wait, 30)
    return held, task


async def test_work_is_done_in_another_thread_and_its_result_or_error_comes_back():
    threads = Threads(2, "test")
    assert (await threads.run(threading.current_thread)).name.startswith("test")
    with pytest.raises(ZeroDivisionError):
        await threads.run(lambda: 1 / 0)
    assert await threads.run(lambda: 3) == 3
    assert threads._free == 2


async def test_the_smallest_rank_goes_first_and_of_equals_the_latest():
    threads = Threads(1, "test")
    held, first = await holding(threads)
    order = []
    waiting = []
    for label, rank in (("b1", (1,)), ("c", (2,)), ("a", (0,)), ("b2", (1,))):
        waiting.append(asyncio.ensure_future(threads.run(lambda label=label: order.append(label), Place(rank))))
        await asyncio.sleep(0)  # let it take its place
    held.end.set()
    assert await first == "done"
    await asyncio.gather(*waiting)
    assert order == ["a", "b2", "b1", "c"]


async def test_of_a_lane_one_at_a_time_and_others_pass():
    threads = Threads(2, "test")
    held = Held()
    first = asyncio.ensure_future(threads.run(held, Place((), "a")))
    await asyncio.to_thread(held.begun.wait, 30)
    same = asyncio.ensure_future(threads.run(lambda: "same", Place((), "a")))
    assert await threads.run(lambda: "other", Place((9,), "b")) == "other"
    assert await threads.run(lambda: "none", Place((9,))) == "none"
    assert not same.done()
    held.end.set()
    assert await asyncio.gather(first, same) == ["done", "same"]
    assert (threads._free, threads._taken) == (2, set())


async def test_more_than_can_be_done_is_refused_at_once(monkeypatch):
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    threads = Threads(1, "test")
    held, first = await holding(threads)
    waiting = [asyncio.ensure_future(threads.run(lambda: 1)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(ProviderBusy) as caught:
        await threads.run(lambda: 1)
    assert caught.value.retry_after
    held.end.set()
    assert await asyncio.gather(first, *waiting) == ["done", 1, 1]


async def test_what_hangs_is_not_waited_for_and_keeps_its_thread():
    threads = Threads(1, "test")
    held = Held()
    with pytest.raises(ProviderTimeout):
        await threads.run(held, patience=0.05)
    with pytest.raises(ProviderTimeout, match="no free thread"):
        await threads.run(lambda: 1, patience=0.05)
    assert (threads._free, threads._waiting) == (0, [])
    held.end.set()
    assert await threads.run(lambda: 1) == 1


async def test_who_leaves_takes_no_turn():
    threads = Threads(1, "test")
    held, first = await holding(threads)
    leaves = asyncio.ensure_future(threads.run(lambda: "never"))
    stays = asyncio.ensure_future(threads.run(lambda: "mine"))
    await asyncio.sleep(0)
    leaves.cancel()
    held.end.set()
    assert await first == "done"
    assert await stays == "mine"
    with pytest.raises(asyncio.CancelledError):
        await leaves
    assert threads._free == 1
