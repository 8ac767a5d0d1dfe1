"""A record of the requests of a transport, for tools that tell an operator about a provider.

A running Hub records nothing. `oauthenticator-suite check --online` does: from the responses it reads the provider's
clock, and from the TLS handshakes the certificates.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Any

from ...errors import TransportError
from ...protocol.messages import Request, Response


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and what came of it.

    Attributes
    ----------
    request, response, error:
        One of response and error is None; both are if the request was cancelled. No ``repr`` shows a secret.
    sent_at, ended_at:
        When the request was sent, and when its response was complete, in seconds since 1970.
    """

    request: Request
    response: Response | None
    error: TransportError | None
    sent_at: float
    ended_at: float


@dataclass(frozen=True, slots=True)
class Peer:
    """A host with which a TLS handshake was completed.

    Attributes
    ----------
    version:
        The version of TLS, such as ``TLSv1.3``.
    certificate:
        The host's own certificate, in DER.
    """

    version: str
    certificate: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Recording:
    """What a transport has done since its recording began. `peers` are by host name."""

    exchanges: list[Exchange] = field(default_factory=list)
    peers: dict[str, Peer] = field(default_factory=dict)

    def record_handshakes(self, context: ssl.SSLContext) -> None:
        """Add the peer of each completed handshake of `context`, which no other transport may use, to `peers`."""
        peers = self.peers

        class RecordedTLS(ssl.SSLObject):
            """TLS over a connection of asyncio, which makes one of these for each."""

            def do_handshake(self) -> None:
                super().do_handshake()
                certificate = self.getpeercert(True)
                if self.server_hostname and certificate:
                    peers[self.server_hostname] = Peer(self.version() or "", certificate)

        own: Any = context
        own.sslobject_class = RecordedTLS
