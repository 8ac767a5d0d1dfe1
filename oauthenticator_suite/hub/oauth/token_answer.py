"""Whether the provider has answered a refresh request, and with which refresh token, whatever else went wrong.

Many providers accept a refresh token only once, and revoke the whole grant when they see it again (RFC 9700 §4.14.2).
The answer must therefore be known also when a check or an operator's override refuses it. `answer_of` notes
it as soon as it has arrived.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from ...errors import TransportError
from ...protocol.messages import Response
from ...protocol.token import is_refresh_token, process_token_response

_current: ContextVar[TokenAnswer | None] = ContextVar("the token answer of this refresh", default=None)


@dataclass(slots=True)
class TokenAnswer:
    """The provider's answer to one refresh request.

    Attributes
    ----------
    received:
        Whether the provider has answered with success. The refresh token that was sent may be worthless from then on.
    token_info:
        The token response; None when it cannot be read.
    error:
        Why the answer cannot be used, or why there is none; None when it can be used.
    """

    received: bool = False
    token_info: Mapping[str, Any] | None = field(default=None, repr=False)
    error: Exception | None = None

    def successor(self, sent: str) -> str:
        """The refresh token to use from now on, instead of `sent`; an empty string when there is none.

        A response without a refresh token leaves the refresh token of the request in use (RFC 6749 §6).
        """
        if not self.received:
            return sent
        if self.token_info is None:
            return ""
        token = self.token_info.get("refresh_token")
        if token is None:
            return sent
        return str(token) if is_refresh_token(token) else ""


@contextmanager
def token_answer() -> Iterator[TokenAnswer]:
    """Collect what is noted in this block, also in tasks that it starts."""
    answer = TokenAnswer()
    token = _current.set(answer)
    try:
        yield answer
    finally:
        _current.reset(token)


async def answer_of(sent: Awaitable[Response]) -> dict[str, Any]:
    """The token response that arrives for a token request, not yet checked. It is noted, also when it cannot be read.

    Raises
    ------
    TokenResponseError, TransportError
        See `process_token_response`, and `Transport.send`.
    """
    response: Response | None = None
    answer = _current.get()  # there is none at a login
    try:
        response = await sent
        token_info = process_token_response(response)
    except TransportError as error:
        was_answered = error.answered or (response is not None and 200 <= response.status < 300)
        if answer is not None and was_answered:
            answer.received, answer.token_info = True, None
        raise
    if answer is not None:
        answer.received, answer.token_info = True, token_info
    return token_info
