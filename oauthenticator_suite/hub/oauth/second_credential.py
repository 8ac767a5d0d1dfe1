"""A request that the provider has refused because of the client's credential, sent again with the other one.

During a rotation the client has two secrets, or two keys, and the provider decides from when on it accepts which one. A
request that it refuses for the credential has used neither code nor refresh token (RFC 6749 §3.2.1 and §5.2), so it may
be sent again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import TypeVar

from ...errors import ClientRefused, TokenResponseError

Answer = TypeVar("Answer")
_chosen: ContextVar[tuple[object, str] | None] = ContextVar("the client's credential of this request", default=None)


def chosen_by(owner: object) -> str | None:
    """The credential of `owner` for the requests of the current task, if it is another one than usual; else None."""
    chosen = _chosen.get()
    return chosen[1] if chosen is not None and chosen[0] is owner else None


@contextmanager
def choosing(owner: object, credential: str) -> Iterator[None]:
    """In this block, and in what it calls, `chosen_by` returns `credential` for `owner`.

    A request is authenticated by one credential, so only one is chosen at a time.
    """
    token = _chosen.set((owner, credential))
    try:
        yield
    finally:
        _chosen.reset(token)


async def sent_again(
    request: Callable[[], Awaitable[Answer]],
    refusal: ClientRefused,
    *,
    other: AbstractContextManager[None],
    accepted: Callable[[], None],
    both_refused: str,
) -> Answer:
    """The answer to a request with the other credential.

    Parameters
    ----------
    request:
        Builds and sends the request, with the credential that is chosen then.
    refusal:
        The provider's refusal of the first one.
    other:
        `choosing` with the other credential.
    accepted:
        Is called when the provider has accepted the other credential, whatever else it says.
    both_refused:
        What is added to the detail of `refusal` when it has not.

    Raises
    ------
    ClientRefused
        `refusal`, when the provider refuses the other credential as well.
    SuiteError
        As `request` raises.
    """
    try:
        with other:
            answer = await request()
    except ClientRefused as again:
        if again.credentials:
            refusal.detail += both_refused
            raise refusal from None
        accepted()
        raise
    except TokenResponseError:  # another error: the client was authenticated
        accepted()
        raise
    accepted()
    return answer
