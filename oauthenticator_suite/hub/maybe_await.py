"""Results of overrides and hooks: values, awaitables, or futures of a thread pool."""

from __future__ import annotations

import asyncio
import concurrent.futures
import inspect
from typing import Any


async def result_of(value: Any) -> Any:
    """Return `value`, or await it if it is awaitable or a `concurrent.futures.Future`.

    Unlike JupyterHub's ``maybe_future``, this function does not create a task for a coroutine, so a coroutine that does
    not wait completes without another iteration of the event loop.
    """
    if isinstance(value, concurrent.futures.Future):
        value = asyncio.wrap_future(value)
    return await value if inspect.isawaitable(value) else value
