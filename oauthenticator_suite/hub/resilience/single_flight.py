"""Many ask for the same thing at the same time, and one request is made for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from ...errors import SuiteError

T = TypeVar("T")


class Once(Generic[T]):
    """What is under way is waited for, and not begun again.

    Parameters
    ----------
    work:
        Does it. It goes on when somebody who waits for it goes away.
    """

    def __init__(self, work: Callable[[], Awaitable[T]]) -> None:
        self._work = work
        self._task: asyncio.Future[T] | None = None

    async def __call__(self) -> T:
        """The result of what is under way, or of a new run.

        Raises
        ------
        SuiteError
            What `work` raised: of its own for each who waited, as each page has a reference number of its own.
        """
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._work())
            self._task.add_done_callback(_retrieve)
        try:
            return await asyncio.shield(self._task)
        except SuiteError as error:
            raise _twin(error) from error


def _twin(error: SuiteError) -> SuiteError:
    """The same error once more, not yet shown to anybody."""
    twin: SuiteError = type(error).__new__(type(error), *error.args)
    vars(twin).update(vars(error), reference=None)
    return twin


def _retrieve(task: asyncio.Future[T]) -> None:
    """Mark a task's exception as seen: all who waited for it may be gone."""
    if not task.cancelled():
        task.exception()
