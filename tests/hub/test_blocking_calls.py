"""Blocking calls in threads: order, limits, and calls that never return."""

import asyncio
import gc
import subprocess
import sys
import threading

import pytest

from oauthenticator_suite.errors import ProviderBusy, ProviderTimeout
from oauthenticator_suite.hub.resilience import blocking_calls as module
from oauthenticator_suite.hub.resilience.blocking_calls import BlockingCalls, NoFreeThread, Priority


class Held:
    """A call that holds its thread until the test lets it return."""

    def __init__(self):
        self.started = threading.Event()
        self.may_return = threading.Event()

    def __call__(self):
        self.started.set()
        assert self.may_return.wait(60)
        return "done"


async def hold(calls, **options):
    held = Held()
    task = asyncio.ensure_future(calls.run(held, **options))
    await asyncio.to_thread(held.started.wait, 60)
    return held, task


async def test_a_call_runs_in_another_thread_and_its_result_or_error_comes_back():
    calls = BlockingCalls(2, "test")
    assert (await calls.run(threading.current_thread)).name.startswith("test")
    with pytest.raises(ZeroDivisionError):
        await calls.run(lambda: 1 / 0)
    assert await calls.run(lambda: 3) == 3
    assert calls._free == 2


async def test_one_thread_serves_many_calls():
    calls = BlockingCalls(4, "test")
    assert len({await calls.run(threading.get_ident) for _ in range(20)}) == 1


async def test_the_smallest_rank_starts_first_and_among_equals_the_newest():
    calls = BlockingCalls(1, "test")
    held, first = await hold(calls)
    order = []
    waiting = []
    for label, rank in (("b1", (1,)), ("c", (2,)), ("a", (0,)), ("b2", (1,))):
        call = calls.run(lambda label=label: order.append(label), priority=Priority(rank))
        waiting.append(asyncio.ensure_future(call))
        await asyncio.sleep(0)  # let it enter the queue
    held.may_return.set()
    assert await first == "done"
    await asyncio.gather(*waiting)
    assert order == ["a", "b2", "b1", "c"]


async def test_calls_of_one_lane_run_one_at_a_time_and_others_pass():
    calls = BlockingCalls(2, "test")
    held, first = await hold(calls, priority=Priority((), "a"))
    same = asyncio.ensure_future(calls.run(lambda: "same", priority=Priority((), "a")))
    assert await calls.run(lambda: "other", priority=Priority((9,), "b")) == "other"
    assert await calls.run(lambda: "none", priority=Priority((9,))) == "none"
    assert not same.done()
    held.may_return.set()
    assert await asyncio.gather(first, same) == ["done", "same"]
    assert (calls._free, calls._busy_lanes) == (2, set())


async def test_a_full_queue_refuses_at_once(monkeypatch):
    monkeypatch.setattr(module, "MAX_QUEUED", 2)
    calls = BlockingCalls(1, "test")
    held, first = await hold(calls)
    waiting = [asyncio.ensure_future(calls.run(lambda: 1)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(ProviderBusy) as caught:
        await calls.run(lambda: 1)
    assert caught.value.retry_after
    held.may_return.set()
    assert await asyncio.gather(first, *waiting) == ["done", 1, 1]


async def test_a_call_past_its_limit_raises_and_keeps_its_thread():
    calls = BlockingCalls(1, "test")
    held = Held()
    with pytest.raises(ProviderTimeout, match="no answer within"):
        await calls.run(held, limit=0.05, about="ada")
    assert [calls.overdue(), calls.overdue("ada"), calls.overdue("bob")] == [1, 1, 0]
    with pytest.raises(NoFreeThread, match="no free thread"):
        await calls.run(lambda: 1, limit=0.05)
    assert (calls._free, calls._queue) == (0, [])
    held.may_return.set()
    assert await calls.run(lambda: 1) == 1
    assert calls.overdue() == 0


async def test_a_caller_that_leaves_the_queue_starts_no_call():
    calls = BlockingCalls(1, "test")
    held, first = await hold(calls)
    leaves = asyncio.ensure_future(calls.run(lambda: "never"))
    stays = asyncio.ensure_future(calls.run(lambda: "mine"))
    await asyncio.sleep(0)
    leaves.cancel()
    held.may_return.set()
    assert await first == "done"
    assert await stays == "mine"
    with pytest.raises(asyncio.CancelledError):
        await leaves
    assert calls._free == 1


# --- a call that never returns ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("caller", ["is cancelled", "passes its limit"])
async def test_a_hanging_call_is_given_up_and_another_starts_in_its_place(monkeypatch, caller):
    monkeypatch.setattr(module, "GIVE_UP_AFTER", 0.05)
    calls = BlockingCalls(1, "test")
    held, task = await hold(calls, limit=60 if caller == "is cancelled" else 0, priority=Priority((), "a"))
    task.cancel()
    assert await calls.run(lambda: "next", priority=Priority((), "a")) == "next"
    assert (calls._given_up, calls.overdue(), calls._free) == (1, 0, 1)
    held.may_return.set()
    while calls._given_up:
        await calls.run(lambda: None)
    assert calls._free == 1, "its thread counts no second time"


async def test_only_so_many_calls_are_given_up(monkeypatch):
    monkeypatch.setattr(module, "GIVE_UP_AFTER", 0.01)
    monkeypatch.setattr(module, "MAX_GIVEN_UP", 1)
    calls = BlockingCalls(1, "test")
    first, second = Held(), Held()
    for held in (first, second):
        with pytest.raises(ProviderTimeout):
            await calls.run(held, limit=0.05)
        await asyncio.to_thread(held.started.wait, 60)
    with pytest.raises(NoFreeThread):
        await calls.run(lambda: 1, limit=0.1)
    assert calls.overdue() == 1
    first.may_return.set()
    assert await calls.run(lambda: "after all") == "after all"
    second.may_return.set()


def test_a_hanging_call_does_not_keep_the_process_alive():
    code = """
import asyncio, threading
from oauthenticator_suite.errors import ProviderTimeout
from oauthenticator_suite.hub.resilience.blocking_calls import BlockingCalls

async def main():
    try:
        await BlockingCalls(1, "test").run(threading.Event().wait, limit=0.01)
    except ProviderTimeout:
        print("timed out")

asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "timed out\n", "")


async def test_threads_end_with_their_owner():
    calls = BlockingCalls(2, "test")
    threads = await asyncio.gather(*(calls.run(threading.current_thread) for _ in range(2)))
    del calls
    gc.collect()
    for thread in threads:
        await asyncio.to_thread(thread.join, 60)
        assert not thread.is_alive()


async def test_where_the_system_starts_no_thread_the_call_is_not_started(monkeypatch):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    calls = BlockingCalls(1, "test")
    with monkeypatch.context() as system:
        system.setattr(threading.Thread, "start", refuse)
        with pytest.raises(NoFreeThread, match="starts no thread"):
            await calls.run(lambda: 1)
    assert await calls.run(lambda: 1) == 1
