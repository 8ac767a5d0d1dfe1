"""Single-flight: concurrent callers of an operation share one run of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from ...errors import SuiteError

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Calls `work` at most once at a time. A caller that arrives during a run waits for the result of that run.

    Parameters
    ----------
    work:
        The operation. A run continues when a waiting caller is cancelled.
    """

    def __init__(self, work: Callable[[], Awaitable[T]]) -> None:
        self._work = work
        self._task: asyncio.Future[T] | None = None

    async def __call__(self) -> T:
        """Return the result of the current run, or start a new run if there is none.

        Raises
        ------
        SuiteError
            The error that `work` raised. Each caller gets its own copy, because each error page has its own reference.
        """
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._work())
            self._task.add_done_callback(_retrieve_exception)
        try:
            return await asyncio.shield(self._task)
        except SuiteError as error:
            raise _copy(error) from error


def _copy(error: SuiteError) -> SuiteError:
    """A copy of the error, without a reference."""
    copy: SuiteError = type(error).__new__(type(error), *error.args)
    vars(copy).update(vars(error), reference=None)
    return copy


def _retrieve_exception(task: asyncio.Future[T]) -> None:
    """Mark the task's exception as retrieved, because every caller may have been cancelled."""
    if not task.cancelled():
        task.exception()
