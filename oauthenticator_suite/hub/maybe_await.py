"""What an override or a hook may be: a function, a coroutine function, or one that hands its work to a thread."""

from __future__ import annotations

import asyncio
import concurrent.futures
import inspect
from typing import Any


async def result_of(value: Any) -> Any:
    """`value`, or what it comes to if it is to be awaited.

    Unlike the Hub's ``maybe_future`` it makes no task of a coroutine: what need not wait is done at once, and a hundred
    pages that ask the same need not all be in memory together.
    """
    if isinstance(value, concurrent.futures.Future):
        value = asyncio.wrap_future(value)
    return await value if inspect.isawaitable(value) else value
