"""Every way in which aiohttp, TLS and the network can fail, as one of the errors of `TransportError`.

The sentences tell an operator where to look. They are made of our own words, host names, error numbers and OpenSSL's
reasons alone: the texts of aiohttp's exceptions hold whole URLs and pieces of what the peer sent.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl

import aiohttp
from aiohttp.http import HttpProcessingError

from ...errors import InvalidResponse, ProviderTimeout, ProviderUnreachable, TransportError
from .settings import TransportSettings

# Whatever a request may raise. asyncio.TimeoutError is a class of its own before Python 3.11; ValueError comes from
# addresses and headers that cannot be written.
FAULTS = (aiohttp.ClientError, HttpProcessingError, OSError, asyncio.TimeoutError, EOFError, ValueError)

# The connection was there and broke, so that the same request may go better on another one.
_BROKEN = (aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError, aiohttp.ClientOSError, ConnectionError)
_NEVER_CONNECTED = (aiohttp.ClientConnectorError, asyncio.TimeoutError)


def is_broken_connection(exc: BaseException) -> bool:
    """Whether an established connection broke before the answer was complete."""
    return isinstance(exc, _BROKEN) and not isinstance(exc, _NEVER_CONNECTED)


def translate(exc: BaseException, what: str, settings: TransportSettings) -> TransportError:
    """The error of ours for an exception of `FAULTS`; `what` names the request and the host."""
    proxy = f"the proxy {settings.proxy_url}"
    if isinstance(exc, (asyncio.TimeoutError, TimeoutError)):
        return ProviderTimeout(
            f"{what}: no complete answer in time. The limits are {settings.timeout:g} s for the whole request, "
            f"{settings.connect_timeout:g} s to connect, {settings.silence_timeout:g} s of silence; "
            "provider_timeout changes them (as do request_timeout and connect_timeout in http_request_kwargs)."
        )
    if isinstance(exc, aiohttp.ClientHttpProxyError):
        return refused_by_proxy(what, exc.status, settings)
    if isinstance(exc, (aiohttp.ClientConnectorCertificateError, ssl.SSLCertVerificationError)):
        return ProviderUnreachable(
            f"{what}: the TLS certificate is not accepted ({_tls_reason(exc)}). If a private authority has signed it, "
            "name that authority's PEM file as ca_certs in http_request_kwargs. (validate_server_cert = False would "
            "talk to whoever answers, secrets included: never outside a test.)"
        )
    if isinstance(exc, aiohttp.ClientProxyConnectionError):
        return ProviderUnreachable(
            f"{what}: {proxy} cannot be reached ({_os_reason(exc)}). Check proxy_host and proxy_port."
        )
    # A reset before anything was sent: some servers end a handshake that they do not like in this way.
    reset = isinstance(exc, aiohttp.ClientConnectorError) and isinstance(_os_error(exc), ConnectionResetError)
    if reset or isinstance(exc, (aiohttp.ClientSSLError, ssl.SSLError)):
        return ProviderUnreachable(
            f"{what}: TLS could not be agreed ({_tls_reason(exc)}). The server must speak TLS 1.2 or newer on this "
            "port, and may want client_cert in http_request_kwargs."
        )
    if isinstance(exc, aiohttp.ClientConnectorError):
        if isinstance(_os_error(exc), socket.gaierror):
            return ProviderUnreachable(f"{what}: the host name does not resolve ({_os_reason(exc)}).")
        return ProviderUnreachable(
            f"{what}: no connection ({_os_reason(exc)}). Check the address, and whether the Hub may reach it "
            "directly or needs proxy_host and proxy_port in http_request_kwargs."
        )
    if isinstance(exc, (aiohttp.ClientResponseError, HttpProcessingError)):
        return InvalidResponse(f"{what}: the answer is not well-formed HTTP, or its headers are too large")
    if isinstance(exc, ValueError):
        return ProviderUnreachable(f"{what}: the address or a header cannot be written into a request")
    return ProviderUnreachable(f"{what}: the connection broke before the answer was complete ({_os_reason(exc)})")


def refused_by_proxy(what: str, status: int, settings: TransportSettings) -> ProviderUnreachable:
    """The proxy itself answered (RFC 9110 §9.3.6, §15.5.8)."""
    hint = "Check proxy_username and proxy_password." if status == 407 else "It may not be allowed to go there."
    return ProviderUnreachable(f"{what}: the proxy {settings.proxy_url} answered {status}. {hint}")


def _os_error(exc: BaseException) -> BaseException:
    """What lies below aiohttp's exception, where it says so."""
    error = getattr(exc, "os_error", None) or getattr(exc, "certificate_error", None)
    return error if isinstance(error, BaseException) else exc


def _tls_reason(exc: BaseException) -> str:
    error = _os_error(exc)
    reason = getattr(error, "verify_message", None) or getattr(error, "reason", None)
    return str(reason)[:200] if reason else type(error).__name__


def _os_reason(exc: BaseException) -> str:
    error = _os_error(exc)
    number = getattr(error, "errno", None)
    if isinstance(error, socket.gaierror):
        return str(error.strerror)[:200]
    if isinstance(number, int) and number in errno.errorcode:
        return f"{errno.errorcode[number]}: {os.strerror(number)}"
    return type(error).__name__
