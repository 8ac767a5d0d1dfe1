"""DPoP in the Hub: the key of each login, proofs in its requests, and the servers' nonces (RFC 9449).

A login's key is derived from its attempt, and stored in the login's record when the login succeeds. While that login,
or a refresh of it, runs, its `Binding` travels in a context variable, so that no override can leave the proof out. A
login without DPoP sets none. The form of proofs is in `protocol.dpop`.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from secrets import token_urlsafe
from urllib.parse import urlsplit

from ...errors import InvalidResponse, TokenResponseError, UnreadableRecord
from ...protocol.dpop import CLOCK_HINT, WRONG_PROOF, ProofKey, challenged_error, nonce_in, wants_nonce, with_proof
from ...protocol.messages import Request, Response
from ..accounts.record import SessionRecord
from .attempts import Attempt

MAX_ORIGINS = 100
"""Servers whose latest nonce is remembered."""

Send = Callable[[Request], Awaitable[Response]]


class Nonces:
    """The latest nonce of each server, by origin (RFC 9449 §8.2)."""

    def __init__(self) -> None:
        self._latest: OrderedDict[str, str] = OrderedDict()

    def __len__(self) -> int:
        return len(self._latest)

    def of(self, url: str) -> str | None:
        """The latest nonce of the server of `url`; None if it has sent none."""
        return self._latest.get(_origin(url))

    def note(self, url: str, nonce: str) -> None:
        """Remember the nonce that the server of `url` has sent."""
        self._latest[_origin(url)] = nonce
        self._latest.move_to_end(_origin(url))
        if len(self._latest) > MAX_ORIGINS:
            self._latest.popitem(last=False)


@dataclass(slots=True)
class Binding:
    """The key to which the tokens of one login are bound, while that login or a refresh of it runs.

    Attributes
    ----------
    tokens:
        The access tokens that are bound to the key.
    clock:
        Returns the time in seconds since the epoch.
    """

    key: ProofKey
    nonces: Nonces
    tokens: set[str] = field(default_factory=set, repr=False)
    clock: Callable[[], float] = time.time

    async def send(self, send: Send, build: Callable[[], Request], access_token: str | None = None) -> Response:
        """Send a request with a proof.

        If the server demands a nonce, or a newer one, the request is built and sent once more, with a new proof. This
        is the only case in which a POST request is sent twice: the server has refused the first before it used the
        code or refresh token in it (§8).

        Raises
        ------
        InvalidResponse
            If the server demands a nonce again, or sends none.
        TokenResponseError
            ``invalid_dpop_proof`` if a resource server does not accept the proof. The token may still be valid.
        TransportError
            As `send` raises.
        """
        request = build()
        nonce = self.nonces.of(request.url)
        response = await self._sent(send, request, nonce, access_token)
        if wants_nonce(response):
            nonce = nonce_in(response)
            if nonce is None:
                raise InvalidResponse(f"{request.label}: the server demands a DPoP nonce, and sends none that is valid")
            request = build()
            response = await self._sent(send, request, nonce, access_token)
        if wants_nonce(response):
            raise InvalidResponse(f"{request.label}: the server refuses the DPoP nonce that it has just sent")
        if access_token is not None and challenged_error(response) == WRONG_PROOF:
            raise TokenResponseError(WRONG_PROOF, f"{request.label}: HTTP {response.status}: {CLOCK_HINT}")
        return response

    async def send_with_token(self, send: Send, request: Request, access_token: str) -> Response:
        """The response to a request with an access token, which has a proof if the token is bound to the key."""
        if access_token not in self.tokens:
            return await send(request)
        return await self.send(send, lambda: request, access_token)

    async def _sent(self, send: Send, request: Request, nonce: str | None, access_token: str | None) -> Response:
        identifier = token_urlsafe(16)
        response = await send(
            with_proof(
                request, self.key, now=self.clock(), identifier=identifier, nonce=nonce, access_token=access_token
            )
        )
        newer = nonce_in(response)
        if newer is not None:
            self.nonces.note(request.url, newer)
        return response


current_binding: ContextVar[Binding | None] = ContextVar("the DPoP key of this login or refresh", default=None)
"""The key of the login for which this code runs, or whose refresh it is; None without DPoP."""


@contextmanager
def bound_to(key: ProofKey | None, nonces: Nonces, access_token: str = "") -> Iterator[None]:
    """Within the block, requests with a token of this login have proofs. Without a key, none have.

    Parameters
    ----------
    access_token:
        A stored access token that is bound to the key.
    """
    binding = None if key is None else Binding(key, nonces, {access_token} - {""})
    token = current_binding.set(binding)
    try:
        yield
    finally:
        current_binding.reset(token)


def login_key(attempt: Attempt) -> ProofKey | None:
    """The key of a login attempt; None if the attempt began without DPoP."""
    return ProofKey.from_seed(attempt.dpop_seed) if attempt.dpop_seed else None


def stored_key(record: SessionRecord) -> ProofKey | None:
    """The key in the record of a login; None if its tokens are not bound to one.

    Raises
    ------
    UnreadableRecord
        If the stored key cannot be used.
    """
    if record.dpop_key is None:
        return None
    try:
        return ProofKey.from_jwk(record.dpop_key)
    except ValueError:
        pass
    error = UnreadableRecord(record.login or "a user", "DPoP key")
    error.detail = f"the DPoP key in the auth_state of {error.username!r} cannot be used"
    raise error


async def send_with_token(send: Send, request: Request, access_token: str) -> Response:
    """The response to a request with an access token, which has a proof if the token is bound to the current key."""
    binding = current_binding.get()
    return await (send(request) if binding is None else binding.send_with_token(send, request, access_token))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
