"""The three requests of MediaWiki's OAuth 1.0a, and two ways to make them.

`Native` asks over the transport that all providers share, without threads. `Library` lets the mwoauth library talk to
the wiki, in threads. What the wiki answers is judged by the same functions in both, so their refusals are the same.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection
from secrets import token_hex
from typing import Any, Protocol

from mwoauth import AccessToken, ConsumerToken, RequestToken

from ...protocol.messages import Request, Response
from . import messages as protocol


class Handshake(Protocol):
    """What it takes to log in at a wiki. All methods raise the errors of `providers.mediawiki.messages`."""

    async def initiate(self, consumer: ConsumerToken, callback: str) -> RequestToken:
        """A request token."""

    async def complete(self, consumer: ConsumerToken, request_token: RequestToken, verifier: str) -> AccessToken:
        """The access token that the user has granted."""

    async def identify(self, consumer: ConsumerToken, access_token: AccessToken) -> dict[str, Any]:
        """Who has granted it: the claims of the identity."""


def new_stamp() -> protocol.Stamp:
    """The nonce and the time of a request that is to be signed now."""
    return protocol.Stamp(token_hex(16), int(time.time()))


class Native:
    """Signed by oauthlib, sent by our own transport: with its timeouts, limits, proxy, certificates and User-Agent.

    Parameters
    ----------
    index_url:
        The wiki's ``index.php``.
    send:
        The transport.
    trusted_hosts:
        Other hosts than the wiki's that may stand in the identity's ``iss``.
    """

    def __init__(
        self, index_url: str, send: Callable[[Request], Awaitable[Response]], trusted_hosts: Collection[str] = ()
    ) -> None:
        self._index_url = index_url
        self._send = send
        self._trusted_hosts = trusted_hosts

    async def initiate(self, consumer: ConsumerToken, callback: str) -> RequestToken:
        """RFC 5849 §2.1."""
        request = protocol.initiate_request(self._index_url, consumer, callback, new_stamp())
        return protocol.process_initiate_response(await self._send(request))

    async def complete(self, consumer: ConsumerToken, request_token: RequestToken, verifier: str) -> AccessToken:
        """RFC 5849 §2.3."""
        request = protocol.access_token_request(self._index_url, consumer, request_token, verifier, new_stamp())
        return protocol.process_access_token_response(await self._send(request))

    async def identify(self, consumer: ConsumerToken, access_token: AccessToken) -> dict[str, Any]:
        """``Special:OAuth/identify``."""
        stamp = new_stamp()
        request = protocol.identify_request(self._index_url, consumer, access_token, stamp)
        return protocol.process_identify_response(
            await self._send(request),
            consumer,
            index_url=self._index_url,
            nonce=stamp.nonce,
            now=time.time(),
            trusted_hosts=self._trusted_hosts,
        )
