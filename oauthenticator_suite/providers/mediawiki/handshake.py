"""The three requests of MediaWiki's OAuth 1.0a, and one of two clients that send them.

`Native` uses the transport of all providers, without threads. `library.Library` uses the mwoauth library in threads.
Both validate the wiki's responses with the same functions, so they raise the same errors.
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
    """A client of the wiki's OAuth 1.0a pages. All methods raise the errors of `providers.mediawiki.messages`."""

    async def initiate(self, consumer: ConsumerToken, callback: str) -> RequestToken:
        """Request a request token. `callback` is a URL, or ``oob`` for the registered one."""

    async def complete(self, consumer: ConsumerToken, request_token: RequestToken, verifier: str) -> AccessToken:
        """Exchange a request token that the user has authorized for an access token."""

    async def identify(self, consumer: ConsumerToken, access_token: AccessToken) -> dict[str, Any]:
        """Return the claims of the user who granted the access token."""


def new_stamp() -> protocol.Stamp:
    """A new nonce and the current time, for signing a request."""
    return protocol.Stamp(token_hex(16), int(time.time()))


class Native:
    """Signs requests with oauthlib and sends them by the transport, with its limits, proxy, TLS and User-Agent.

    Parameters
    ----------
    index_url:
        The URL of the wiki's ``index.php``.
    send:
        `Transport.send`.
    trusted_hosts:
        Hosts that are accepted in the identity's ``iss``, in addition to the wiki's host.
    leeway:
        The accepted difference between the wiki's clock and this one, in seconds.
    """

    def __init__(
        self,
        index_url: str,
        send: Callable[[Request], Awaitable[Response]],
        trusted_hosts: Collection[str] = (),
        leeway: float = protocol.LEEWAY,
    ) -> None:
        self._index_url = index_url
        self._send = send
        self._trusted_hosts = trusted_hosts
        self._leeway = leeway

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
            leeway=self._leeway,
        )
