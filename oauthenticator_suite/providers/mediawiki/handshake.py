"""The three requests of MediaWiki's OAuth 1.0a, and two ways to make them.

`Native` sends them with the HTTP client that all providers share, without threads. `Library` uses the mwoauth library,
in threads. Both check the responses with the same functions, and therefore refuse the same responses.
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
    """The requests of a login at a wiki. All methods raise the errors of `providers.mediawiki.messages`."""

    async def initiate(self, consumer: ConsumerToken, callback: str) -> RequestToken:
        """Get a request token."""

    async def complete(self, consumer: ConsumerToken, request_token: RequestToken, verifier: str) -> AccessToken:
        """Get the access token that the user has granted."""

    async def identify(self, consumer: ConsumerToken, access_token: AccessToken) -> dict[str, Any]:
        """Get the claims of the identity of the token's user."""


def new_stamp() -> protocol.Stamp:
    """A new nonce and the present time."""
    return protocol.Stamp(token_hex(16), int(time.time()))


class Native:
    """Requests signed by oauthlib and sent by the shared HTTP client, with its limits, proxy and certificates.

    Parameters
    ----------
    index_url:
        The wiki's ``index.php``.
    send:
        The transport.
    trusted_hosts:
        Hosts, in addition to the wiki's, that the identity's ``iss`` may have.
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
