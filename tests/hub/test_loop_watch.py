"""The invariant on blocking calls can fail: each kind of blocking call is found in a hook, and no other call."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.contract.logins import accepted
from tests.fakes.openid_provider import FakeProvider
from tests.support import check_invariants
from tests.support.invariants import LoopBlocked

pytestmark = pytest.mark.hub_versions


@pytest.fixture
def pipe(tmp_path: Path) -> str:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return str(path)


def connects(provider: FakeProvider) -> None:
    """The system accepts the connection: nothing waits for this loop."""
    host, _, port = provider.host.partition(":")
    socket.create_connection((host, int(port))).close()


BLOCKS: dict[str, Callable[[FakeProvider, str], Any]] = {
    "time.sleep": lambda provider, pipe: time.sleep(0),
    "socket.getaddrinfo": lambda provider, pipe: socket.getaddrinfo("localhost", 80),
    "socket.gethostbyname": lambda provider, pipe: socket.gethostbyname("localhost"),
    "socket.gethostbyaddr": lambda provider, pipe: socket.gethostbyaddr("127.0.0.1"),
    "socket.getnameinfo": lambda provider, pipe: socket.getnameinfo(("127.0.0.1", 80), socket.NI_NUMERICHOST),
    "socket.connect": lambda provider, pipe: connects(provider),
    "subprocess.Popen.wait": lambda provider, pipe: subprocess.run(["true"], check=True),
    "os.system": lambda provider, pipe: os.system("true"),
    "open": lambda provider, pipe: os.close(os.open(pipe, os.O_RDWR)),  # which does not wait, on Linux
}


def opens(path: str, flags: int = os.O_RDONLY) -> None:
    os.close(os.open(path, flags))


async def a_process() -> None:
    await (await asyncio.create_subprocess_exec("true")).wait()


PASSES: dict[str, Callable[[FakeProvider, str], Any]] = {
    "a thread": lambda provider, pipe: asyncio.to_thread(time.sleep, 0),
    "a sleep of the loop": lambda provider, pipe: asyncio.sleep(0),
    "a look-up of the loop": lambda provider, pipe: asyncio.get_running_loop().getaddrinfo("localhost", 80),
    "an address": lambda provider, pipe: socket.getaddrinfo("127.0.0.1", 80),
    "no host": lambda provider, pipe: socket.getaddrinfo(None, 80),
    "a regular file": lambda provider, pipe: opens(__file__),
    "a device without an end": lambda provider, pipe: opens("/dev/null"),
    "a pipe without waiting": lambda provider, pipe: opens(pipe, os.O_RDONLY | os.O_NONBLOCK),
    "a process of the loop": lambda provider, pipe: a_process(),
}


def hook_with(call: Callable[[FakeProvider, str], Any], provider: FakeProvider, pipe: str) -> Callable[..., Any]:
    """A `post_auth_hook`, which runs in the middle of a login."""

    async def hook(authenticator: Any, handler: Any, authentication: Any) -> Any:
        with suppress(OSError):  # a machine without these names
            result = call(provider, pipe)
            if asyncio.iscoroutine(result):
                await result
        return authentication

    return hook


@pytest.mark.parametrize("name", BLOCKS)
async def test_a_blocking_call_is_found(provider: FakeProvider, hub_at_provider: Any, pipe: str, name: str) -> None:
    hub = await hub_at_provider(post_auth_hook=hook_with(BLOCKS[name], provider, pipe))
    await accepted(hub, provider)
    assert {call.partition(",")[0] for call in hub.loop_watch.calls} == {name}
    with pytest.raises(LoopBlocked, match=rf"^{name}, called from .*test_loop_watch\.py:\d+"):
        check_invariants(hub, provider, accounts={"alice"})


@pytest.mark.parametrize("name", PASSES)
async def test_a_call_that_does_not_block_is_not_found(
    provider: FakeProvider, hub_at_provider: Any, pipe: str, name: str
) -> None:
    hub = await hub_at_provider(post_auth_hook=hook_with(PASSES[name], provider, pipe))
    await accepted(hub, provider)
    check_invariants(hub, provider, accounts={"alice"})
    assert hub.loop_watch.calls == []


async def test_only_the_hub_is_watched(provider: FakeProvider, hub_at_provider: Any) -> None:
    """A test and the fake provider may wait."""
    hub = await hub_at_provider()
    time.sleep(0)  # noqa: ASYNC251
    socket.getaddrinfo("localhost", 80)
    await accepted(hub, provider)
    assert hub.loop_watch.calls == []
