"""Refresh tokens that the provider has answered: each is replaced by its successor at once, and never sent again.

A provider that rotates refresh tokens takes a token that comes a second time for a stolen one, and revokes the grant
(RFC 9700 §4.14.2). The successor is therefore stored before the rest of the answer is checked, and the exchange ends
even if the refresh that needed it is cancelled.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from logging import Logger, LoggerAdapter
from typing import Any

from jupyterhub.user import User

from ...errors import DatabaseFailed, InvalidGrant
from ..accounts.auth_state import encrypted_auth_state, replace_auth_state
from .ports import AnsweredRefresh

MAX_ANSWERED = 5000
"""Answered refresh tokens that are remembered, so that none is sent again though the Hub's database did not take the
successor.
"""

TIME_TO_END = 2.0
"""Seconds for which a cancelled refresh waits for the answer to a refresh token, so that a logout can revoke the new
token. After that, the exchange continues without it.
"""

Redeem = Callable[[str], Awaitable[AnsweredRefresh]]


class Rotation:
    """The exchanges of one authenticator."""

    def __init__(self, redeem: Redeem, log: Logger | LoggerAdapter[Any]) -> None:
        self._redeem = redeem
        self._log = log
        self._running: dict[str, asyncio.Task[AnsweredRefresh]] = {}  # by refresh token
        self._answered: OrderedDict[str, str] = OrderedDict()  # refresh token → the one to use instead

    async def exchange(self, user: User, auth_state: Mapping[str, Any]) -> tuple[AnsweredRefresh, str]:
        """Use the refresh token in `auth_state`. The successor is stored before this returns.

        Returns
        -------
        tuple
            The answer, which has the error if it cannot be used, and the refresh token to use from now on; an empty
            string when there is none.

        Raises
        ------
        InvalidGrant
            When the refresh token was answered before, and the answer had no successor.
        """
        sent = self._latest(str(auth_state.get("refresh_token") or ""))
        if not sent:
            raise InvalidGrant("answered", "the provider has answered the refresh token with an unreadable response")
        running = self._running.get(sent)
        if running is None:
            running = self._running[sent] = asyncio.ensure_future(self._exchange(user, auth_state, sent))
            running.add_done_callback(lambda task: self._ended(sent, task))
        try:
            answer = await asyncio.shield(running)
        except asyncio.CancelledError:
            if not running.done():
                await asyncio.wait({running}, timeout=TIME_TO_END)
            raise
        return answer, answer.successor(sent)

    async def _exchange(self, user: User, auth_state: Mapping[str, Any], sent: str) -> AnsweredRefresh:
        before = encrypted_auth_state(user)
        answer = await self._redeem(sent)
        successor = answer.successor(sent)
        if successor != sent:
            self._remember(sent, successor)
            self.store(user, before, with_refresh_token(auth_state, successor))
        return answer

    def _latest(self, token: str) -> str:
        """The successor of a refresh token that was answered, else the token."""
        while token in self._answered:
            token = self._answered[token]
        return token

    def _remember(self, sent: str, successor: str) -> None:
        self._answered.pop(successor, None)  # the provider has issued it again
        self._answered[sent] = successor
        if len(self._answered) > MAX_ANSWERED:
            self._answered.popitem(last=False)

    def store(self, user: User, before: bytes | None, auth_state: Mapping[str, Any]) -> None:
        """Store `auth_state`, without waiting, unless a login or a logout has replaced the data `before`.

        A database that fails stops no refresh.
        """
        try:
            replace_auth_state(user, before, auth_state)
        except DatabaseFailed as error:
            self._log.warning("New tokens are not stored yet, only in memory: %s", error.detail)

    def _ended(self, sent: str, task: asyncio.Task[AnsweredRefresh]) -> None:
        del self._running[sent]
        if not task.cancelled():
            task.exception()  # also when no request waits for it


def with_refresh_token(auth_state: Mapping[str, Any], token: str) -> dict[str, Any]:
    """`auth_state` with another refresh token, or with none if `token` is empty."""
    changed = {**auth_state, "refresh_token": token or None}
    response = auth_state.get("token_response")
    if isinstance(response, Mapping):
        changed["token_response"] = {**response, "refresh_token": token or None}
    return changed
