"""Mutual TLS (RFC 8705): a second address with TLS that demands a client certificate, and tokens that are bound to it."""

from __future__ import annotations

import ssl
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any

from aiohttp import web
from cryptography import x509

from .records import Call
from .rules import Refused, Registration

MEMBERS = {
    "token": "token_endpoint",
    "revoke": "revocation_endpoint",
    "userinfo": "userinfo_endpoint",
    "par": "pushed_authorization_request_endpoint",
}


def thumbprint(der: bytes) -> str:
    return urlsafe_b64encode(sha256(der).digest()).rstrip(b"=").decode()


def certificate_of_request(request: web.Request) -> bytes:
    """The client's certificate in DER; empty without one."""
    tls = request.transport.get_extra_info("ssl_object") if request.transport is not None else None
    return (tls.getpeercert(True) if tls is not None else None) or b""


class MutualTLS:
    """A part of the provider."""

    _listen: Callable[..., Awaitable[str]]
    application: Callable[[], web.Application]
    mtls_origin = ""
    binds_tokens = False

    async def listen_with_tls(self, server: str, client_authorities: str) -> str:
        """Listen at another port with TLS, and announce the aliases there.

        `server` is a PEM file with the certificate and key of the server; `client_authorities` one with those that may
        sign clients' certificates, or with self-signed certificates of clients.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(server)
        context.load_verify_locations(client_authorities)
        context.verify_mode = ssl.CERT_REQUIRED
        self.mtls_origin = await self._listen(self.application(), "127.0.0.1", tls=context)
        return self.mtls_origin

    def mutual_tls_metadata(self) -> dict[str, Any]:
        """The members of the metadata, if it listens."""
        if not self.mtls_origin:
            return {}
        aliases = {MEMBERS[name]: f"{self.mtls_origin}/{name}" for name in MEMBERS}
        return {
            "tls_client_certificate_bound_access_tokens": True,
            "mtls_endpoint_aliases": aliases,
        }

    def check_certificate(self, call: Call, client: Registration) -> None:
        """Refuse the request unless the certificate of its connection is that of the client."""
        if not call.certificate:
            raise Refused("invalid_client", "there is no client certificate", status=401)
        if client.auth_method == "self_signed_tls_client_auth":
            if thumbprint(call.certificate) not in client.certificates:
                raise Refused("invalid_client", "not a registered certificate", status=401)
        elif x509.load_der_x509_certificate(call.certificate).subject.rfc4514_string() != client.tls_subject:
            raise Refused("invalid_client", "the certificate has another subject", status=401)

    def check_bound(self, call: Call, certificate: str) -> None:
        """Refuse an access token that is bound to another certificate than that of the connection (§3)."""
        if certificate and (not call.certificate or thumbprint(call.certificate) != certificate):
            raise Refused("invalid_token", "the token is bound to another certificate", status=401)
