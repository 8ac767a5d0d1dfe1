"""Settings for requests to providers: limits, TLS and proxy. They are validated before the first request.

`TransportSettings` is the value. `settings_from_request_kwargs` reads the option `http_request_kwargs`, whose names are
those of tornado's ``HTTPRequest``. A mistake is a `ConfigurationError` that names the option and the fix.
"""

from __future__ import annotations

import math
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from ...errors import ConfigurationError
from ..credential_files import require_regular_file
from .certificate_files import why_unusable
from .proxies import NO_PROXIES, OPTION, EnvironmentProxies, Proxy

_PROXY_URL = re.compile(r"http://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}/?")


@dataclass(frozen=True, slots=True)
class TransportSettings:
    """Limits, TLS and proxy for all requests to providers.

    Parameters
    ----------
    timeout:
        Limit for a whole request in seconds: connecting, TLS, headers, body, and the retry if there is one.
    connect_timeout:
        Limit for one TCP connection and its TLS handshake, in seconds.
    silence_timeout:
        Limit for the time between two received bytes of a connection, in seconds.
    max_connections:
        Maximum number of open connections to all providers. Further requests wait for one, within `timeout`.
    max_body_bytes:
        Maximum size of a body, both as sent and decompressed.
    user_agent:
        The User-Agent header.
    verify:
        Whether TLS certificates are verified. False is for tests.
    ca_certs:
        Path of a PEM file with the authorities to trust *instead of* the system's.
    client_cert, client_key:
        Paths of PEM files with a client certificate and its unencrypted key. `client_cert` may contain both.
    client_cert_option:
        The option that has `client_cert`, for errors; empty for that of `settings_from_request_kwargs`.
    proxy_url:
        ``http://host:port`` of a proxy for all requests. https requests use a CONNECT tunnel.
    proxy_username, proxy_password:
        Basic credentials for the proxy (RFC 7617).
    environment_proxies:
        The proxies to use if `proxy_url` is None.

    Raises
    ------
    ConfigurationError
        If a number is not positive, a text is not valid in a header, or a related setting is missing. `tls_context`
        checks the files.
    """

    timeout: float = 10.0
    connect_timeout: float = 5.0
    silence_timeout: float = 4.5
    max_connections: int = 100
    max_body_bytes: int = 1_048_576
    user_agent: str = "oauthenticator-suite"
    verify: bool = True
    ca_certs: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    client_cert_option: str = ""
    proxy_url: str | None = None
    proxy_username: str | None = None
    proxy_password: str | None = field(default=None, repr=False)
    environment_proxies: EnvironmentProxies = NO_PROXIES

    def __post_init__(self) -> None:
        for name in ("timeout", "connect_timeout", "silence_timeout", "max_connections", "max_body_bytes"):
            value = getattr(self, name)
            if not (value > 0 and math.isfinite(value)):
                raise ConfigurationError(f"requests to providers: {name} must be a positive number, not {value}")
        if not self.user_agent or not (self.user_agent.isascii() and self.user_agent.isprintable()):
            raise ConfigurationError("requests to providers: user_agent must be one line of printable ASCII")
        if self.client_key is not None and self.client_cert is None:
            raise ConfigurationError(f"{OPTION}: client_key is set without client_cert")
        if self.proxy_url is not None:
            _check_proxy_url(self.proxy_url)
        elif self.proxy_username is not None:
            raise ConfigurationError(f"{OPTION}: proxy_username is set without proxy_host")
        if self.proxy_password is not None and self.proxy_username is None:
            raise ConfigurationError(f"{OPTION}: proxy_password is set without proxy_username")
        if self.proxy_username is not None and ":" in self.proxy_username:
            # The first colon ends the username in Basic credentials (RFC 7617 §2).
            raise ConfigurationError(f"{OPTION}: proxy_username must not contain a colon")

    @property
    def has_proxies(self) -> bool:
        """Whether requests to some hosts use a proxy."""
        return self.proxy_url is not None or bool(self.environment_proxies)

    def proxy_for(self, url: str) -> Proxy | None:
        """The proxy for requests to `url`; None if they are sent directly, or `url` is not valid."""
        if self.proxy_url is not None:
            return Proxy(self.proxy_url, self.proxy_username, self.proxy_password)
        if not self.environment_proxies:
            return None
        try:
            return self.environment_proxies.proxy_for(urlsplit(url))
        except ValueError:
            return None

    def tls_context(self, *, shared: bool = True) -> ssl.SSLContext:
        """Create the TLS context, for the lifetime of a transport.

        The minimum version is TLS 1.2. As in tornado, `ca_certs` replaces the system's authorities.

        Parameters
        ----------
        shared:
            Whether other transports without certificate files may use the same context.

        Raises
        ------
        ConfigurationError
            If a file is missing, cannot be read, or contains no usable certificate or key.
        """
        if shared and self.ca_certs is None and self.client_cert is None:
            return _system_context(self.verify)
        try:
            if self.ca_certs is not None:
                require_regular_file(self.ca_certs)
            context = _new_context(self.verify, self.ca_certs)
        except (OSError, ValueError) as exc:  # ValueError: a path with a NUL
            reason = getattr(exc, "reason", None) or getattr(exc, "strerror", None) or type(exc).__name__
            raise _unusable_file("ca_certs", self.ca_certs, reason) from exc
        if self.client_cert is not None:
            try:
                for path in filter(None, (self.client_cert, self.client_key)):
                    require_regular_file(path)
                # With password=None, OpenSSL would ask for the password of an encrypted key on the terminal.
                context.load_cert_chain(self.client_cert, self.client_key, password="")
            except (OSError, ValueError) as exc:  # ValueError: a path with a NUL
                names = "client_cert" if self.client_key is None else "client_cert and client_key"
                paths = " and ".join(dict.fromkeys(filter(None, (self.client_cert, self.client_key))))
                reason = why_unusable(self.client_cert, self.client_key or self.client_cert, exc)
                raise _unusable_file(names, paths, reason, self.client_cert_option) from exc
        return context


def _new_context(verify: bool, ca_certs: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_certs)
    context.minimum_version = max(context.minimum_version, ssl.TLSVersion.TLSv1_2)
    context.set_alpn_protocols(["http/1.1"])
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


@cache
def _system_context(verify: bool) -> ssl.SSLContext:
    """The context that all transports without certificate files share: reading the system's authorities takes 50 ms."""
    return _new_context(verify, None)


def _check_proxy_url(url: str) -> None:
    if "@" in url:
        raise ConfigurationError(f"{OPTION}: set the proxy's credentials in proxy_username and proxy_password")
    if not _PROXY_URL.fullmatch(url):
        raise ConfigurationError(
            f"{OPTION}: proxy_host must be a host name or address without a scheme, and proxy_port a number; "
            "the connection to the proxy uses http"
        )


def _unusable_file(name: str, path: str | None, reason: str, option: str = "") -> ConfigurationError:
    return ConfigurationError(
        f"{option or f'{OPTION}: {name}'}: {path} cannot be used ({reason}). "
        "It must be a PEM file that the Hub's user can read; a key must not be encrypted."
    )


# Checks of the values in `http_request_kwargs`: a predicate, and the description of valid values for errors.
_Check = tuple[Callable[[Any], bool], str]
_TEXT: _Check = (lambda value: isinstance(value, str) and value != "", "a non-empty string")
_ANY_TEXT: _Check = (lambda value: isinstance(value, str), "a string")
_SECONDS: _Check = (
    lambda value: isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf,
    "a positive number of seconds",
)
_PORT: _Check = (
    lambda value: isinstance(value, int) and not isinstance(value, bool) and 0 < value < 65536,
    "a whole number from 1 to 65535",
)
_FLAG: _Check = (lambda value: isinstance(value, bool), "True or False")
_KNOWN: dict[str, tuple[_Check, str]] = {
    # name in tornado: (check, field of TransportSettings; empty for the two that form proxy_url)
    "ca_certs": (_TEXT, "ca_certs"),
    "client_cert": (_TEXT, "client_cert"),
    "client_key": (_TEXT, "client_key"),
    "connect_timeout": (_SECONDS, "connect_timeout"),
    "proxy_host": (_TEXT, ""),
    "proxy_password": (_ANY_TEXT, "proxy_password"),
    "proxy_port": (_PORT, ""),
    "proxy_username": (_TEXT, "proxy_username"),
    "request_timeout": (_SECONDS, "timeout"),
    "user_agent": (_TEXT, "user_agent"),
    "validate_cert": (_FLAG, "verify"),
}


def settings_from_request_kwargs(kwargs: Mapping[str, Any], *, base: TransportSettings) -> TransportSettings:
    """Return `base` with the values of the option `http_request_kwargs`.

    A value of None means "not set", as in tornado. ``request_timeout`` limits the whole request, as in tornado, so it
    also becomes the `silence_timeout`. tornado's other names (``headers``, ``follow_redirects``, …) are refused like
    unknown names, because they would have no effect: each request has fixed headers, and redirects are never followed.

    Raises
    ------
    ConfigurationError
        If a name is not known, or a value has the wrong type or is out of range. The detail does not contain values.
    """
    unknown = sorted(str(name) for name in kwargs if name not in _KNOWN)
    if unknown:
        raise ConfigurationError(f"{OPTION} does not know {', '.join(unknown)}. It knows: {', '.join(_KNOWN)}.")
    given = {name: value for name, value in kwargs.items() if value is not None}
    for name, value in given.items():
        (good, wanted), _ = _KNOWN[name]
        if not good(value):
            raise ConfigurationError(f"{OPTION}: {name} must be {wanted} (this {type(value).__name__} is not)")
    changes = {target: given[name] for name, (_, target) in _KNOWN.items() if target and name in given}
    if "client_cert" in changes:
        changes["client_cert_option"] = ""
    if "timeout" in changes:
        changes["silence_timeout"] = changes["timeout"]
    if "proxy_host" in given or "proxy_port" in given:
        if not {"proxy_host", "proxy_port"} <= given.keys():
            raise ConfigurationError(f"{OPTION}: proxy_host and proxy_port must be set together")
        host = given["proxy_host"]
        if ":" in host and not host.startswith("["):
            host = f"[{host}]"  # an IPv6 address; any other value with a colon is refused as an invalid URL
        changes["proxy_url"] = f"http://{host}:{given['proxy_port']}"
    return replace(base, **changes)
