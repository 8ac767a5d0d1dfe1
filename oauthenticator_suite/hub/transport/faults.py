"""Translation of failures of aiohttp, TLS and the network into `TransportError`.

The details tell the operator what to check. They contain host names, error numbers and OpenSSL's reasons, but never the
texts of aiohttp's exceptions, which contain whole URLs and received data.
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
from .proxies import Proxy
from .settings import TransportSettings

# All exceptions that a request may raise. asyncio.TimeoutError is a separate class before Python 3.11. ValueError is
# raised for invalid URLs and headers.
FAULTS = (aiohttp.ClientError, HttpProcessingError, OSError, asyncio.TimeoutError, EOFError, ValueError)

# An established connection broke, so the request may succeed on another connection.
_BROKEN = (aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError, aiohttp.ClientOSError, ConnectionError)
_NEVER_CONNECTED = (aiohttp.ClientConnectorError, asyncio.TimeoutError)


def is_broken_connection(exc: BaseException) -> bool:
    """Whether an established connection broke before the response was complete."""
    return isinstance(exc, _BROKEN) and not isinstance(exc, _NEVER_CONNECTED)


def translate(exc: BaseException, what: str, settings: TransportSettings, proxy: Proxy | None) -> TransportError:
    """Return the `TransportError` for an exception in `FAULTS`, with its `fault`.

    `what` names the request and the host; `proxy` is the one that the request used.
    """
    error = _translated(exc, what, settings, proxy)
    error.fault = _fault(exc) if isinstance(error, ProviderUnreachable) else ""
    return error


def _fault(exc: BaseException) -> str:
    """Where the connection failed: see `TransportError`."""
    if isinstance(exc, (aiohttp.ClientHttpProxyError, aiohttp.ClientProxyConnectionError)):
        return "proxy"
    if isinstance(exc, (aiohttp.ClientConnectorCertificateError, ssl.SSLCertVerificationError)):
        return "certificate"
    if _is_refused_handshake(exc):
        return "tls"
    if isinstance(exc, aiohttp.ClientConnectorError):
        return "dns" if isinstance(_os_error(exc), socket.gaierror) else "connect"
    return "" if isinstance(exc, ValueError) else "broken"


def _is_refused_handshake(exc: BaseException) -> bool:
    """Whether TLS could not be agreed upon. Some servers reset the connection to refuse a handshake."""
    reset = isinstance(exc, aiohttp.ClientConnectorError) and isinstance(_os_error(exc), ConnectionResetError)
    return reset or isinstance(exc, (aiohttp.ClientSSLError, ssl.SSLError))


def _translated(exc: BaseException, what: str, settings: TransportSettings, proxy: Proxy | None) -> TransportError:
    if isinstance(exc, (asyncio.TimeoutError, TimeoutError)):
        return ProviderTimeout(
            f"{what}: no complete response in time. The limits are {settings.timeout:g} s for the whole request, "
            f"{settings.connect_timeout:g} s to connect and {settings.silence_timeout:g} s without data. Change them "
            "with provider_timeout, or with request_timeout and connect_timeout in http_request_kwargs."
        )
    if isinstance(exc, aiohttp.ClientHttpProxyError) and proxy is not None:
        return refused_by_proxy(what, exc.status, proxy)
    if isinstance(exc, (aiohttp.ClientConnectorCertificateError, ssl.SSLCertVerificationError)):
        return ProviderUnreachable(
            f"{what}: the TLS certificate is not accepted ({_tls_reason(exc)}). If a private authority has signed it, "
            "set ca_certs in http_request_kwargs to that authority's PEM file. (validate_server_cert = False would "
            "send secrets to an unverified server: use it in tests only.)"
        )
    if isinstance(exc, aiohttp.ClientProxyConnectionError) and proxy is not None:
        return ProviderUnreachable(
            f"{what}: the proxy {proxy.url} cannot be reached ({_os_reason(exc)}). Check {proxy.address_setting}."
        )
    if _is_refused_handshake(exc):
        return ProviderUnreachable(
            f"{what}: the TLS handshake failed ({_tls_reason(exc)}). The server must support TLS 1.2 or newer on this "
            "port, and may require client_cert in http_request_kwargs."
        )
    if isinstance(exc, aiohttp.ClientConnectorError):
        if isinstance(_os_error(exc), socket.gaierror):
            return ProviderUnreachable(f"{what}: the host name does not resolve ({_os_reason(exc)}).")
        return ProviderUnreachable(
            f"{what}: no connection ({_os_reason(exc)}). Check the address, and whether the Hub can reach it directly "
            "or needs a proxy: https_proxy in its environment, or proxy_host and proxy_port in http_request_kwargs."
        )
    if isinstance(exc, (aiohttp.ClientResponseError, HttpProcessingError)):
        return InvalidResponse(f"{what}: the response is malformed HTTP, or its headers are too large")
    if isinstance(exc, ValueError):
        return ProviderUnreachable(f"{what}: the URL or a header is not valid in a request")
    return ProviderUnreachable(f"{what}: the connection broke before the response was complete ({_os_reason(exc)})")


def refused_by_proxy(what: str, status: int, proxy: Proxy) -> ProviderUnreachable:
    """Return the error for a refusal by the proxy itself (RFC 9110 §9.3.6, §15.5.8)."""
    hint = f"Check {proxy.credentials_setting}." if status == 407 else "It may not allow this destination."
    error = ProviderUnreachable(f"{what}: the proxy {proxy.url} answered {status}. {hint}")
    error.fault = "proxy"
    return error


def _os_error(exc: BaseException) -> BaseException:
    """The exception that aiohttp wrapped, if it is known."""
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
