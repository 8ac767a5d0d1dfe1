"""The proxy for each request: that of `http_request_kwargs`, else the one that the environment names for the URL.

The variables are ``http_proxy`` and ``https_proxy`` (for URLs of that scheme), ``all_proxy`` (for both) and
``no_proxy``. Each may also be written in capital letters; the name in small letters takes precedence. They have no
standard. This module reads them as curl and Go do:

- The value of a proxy is ``http://host:port``, with ``user:password@`` in front of the host for credentials. The
  scheme may be left out. The default port is 80.
- ``no_proxy`` is a list, separated by commas or blanks. An entry is a domain with all its subdomains (``example.org``
  and ``.example.org`` mean the same), an IP address, a range of addresses (``10.0.0.0/8``), or ``*`` for all hosts. A
  domain or an address may have a port, and then counts for that port alone. Ranges apply to hosts that are written as
  addresses; no name is resolved.
- A request to this machine (localhost, loopback addresses) never uses a proxy of the environment.
"""

from __future__ import annotations

import ipaddress
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from ...errors import ConfigurationError
from ...protocol.urls import is_loopback

OPTION = "http_request_kwargs"

_DEFAULT_PORTS = {"http": 80, "https": 443}
_ADDRESS = re.compile(r"(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:(?P<port>[0-9]{1,5}))?/?")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,19}")
_ENTRY = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._*-]+)(:(?P<port>[0-9]{1,5}))?")

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy. https requests use a CONNECT tunnel through it.

    Attributes
    ----------
    url:
        ``http://host:port``, without credentials.
    username, password:
        Basic credentials (RFC 7617); None without credentials.
    source:
        Where the proxy is configured: the option, or the name of the environment variable.
    """

    url: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    source: str = OPTION

    @property
    def authorization(self) -> str | None:
        """The value of the header Proxy-Authorization; None without credentials."""
        if self.username is None:
            return None
        return "Basic " + b64encode(f"{self.username}:{self.password or ''}".encode()).decode("ascii")

    @property
    def address_setting(self) -> str:
        """Where the operator has set the address, for errors."""
        return "proxy_host and proxy_port" if self.source == OPTION else f"{self.source} in the environment"

    @property
    def credentials_setting(self) -> str:
        """Where the operator has set the credentials, for errors."""
        return "proxy_username and proxy_password" if self.source == OPTION else f"{self.source} in the environment"


@dataclass(frozen=True, slots=True)
class Destination:
    """An entry of ``no_proxy``: hosts that are reached directly.

    Attributes
    ----------
    domain:
        A domain in lower case, which includes its subdomains; empty for addresses.
    network:
        A range of addresses, which may hold a single one; None for a domain.
    port:
        The only port that is meant; None for all.
    """

    domain: str = ""
    network: _Network | None = None
    port: int | None = None

    def includes(self, host: str, port: int) -> bool:
        """Whether a host, in lower case and without brackets, and its port are meant."""
        if self.port not in (None, port):
            return False
        address = _address(host)
        if self.network is not None:
            return address is not None and address.version == self.network.version and address in self.network
        return address is None and (host == self.domain or host.endswith("." + self.domain))


@dataclass(frozen=True, slots=True)
class EnvironmentProxies:
    """The proxies that the environment names, read once.

    Attributes
    ----------
    http, https:
        The proxy for URLs of each scheme; None if there is none.
    direct:
        The entries of ``no_proxy``.
    unreadable:
        The entries of ``no_proxy`` that mean nothing, for a warning.
    """

    http: Proxy | None = None
    https: Proxy | None = None
    direct: tuple[Destination, ...] = ()
    unreadable: tuple[str, ...] = ()

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> EnvironmentProxies:
        """Read the variables.

        Raises
        ------
        ConfigurationError
            If the value of a proxy is not valid, or has a scheme other than ``http``. The detail names the variable,
            and does not contain the value, which may hold a password.
        """
        _, exceptions = _variable(environment, "no_proxy")
        entries = [entry for entry in re.split(r"[,\s]+", exceptions) if entry]
        if "*" in entries:
            return cls()
        read = {entry: _destination(entry) for entry in entries}
        return cls(
            http=_read_proxy(environment, "http_proxy"),
            https=_read_proxy(environment, "https_proxy"),
            direct=tuple(destination for destination in read.values() if destination is not None),
            unreadable=tuple(entry for entry, destination in read.items() if destination is None),
        )

    def __bool__(self) -> bool:
        return self.http is not None or self.https is not None

    def proxy_for(self, parts: SplitResult) -> Proxy | None:
        """The proxy for requests to a URL; None if they are sent directly.

        Raises
        ------
        ValueError
            If the URL's port is not a number.
        """
        proxy = self.https if parts.scheme == "https" else self.http
        host = (parts.hostname or "").rstrip(".")
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
        if proxy is None or is_loopback(host) or any(entry.includes(host, port) for entry in self.direct):
            return None
        return proxy


NO_PROXIES = EnvironmentProxies()
"""An environment without proxies."""


def host_and_port(url: str) -> str:
    """The host and port of a URL as ``host:port``; an empty string if the URL is not valid."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:
        return ""
    host = parts.hostname or ""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}" if host and port else ""


def _variable(environment: Mapping[str, str], name: str) -> tuple[str, str]:
    """The name and the value of a variable. The name in small letters takes precedence, also with an empty value."""
    used = name if name in environment else name.upper()
    return used, environment.get(used, "").strip()


def _read_proxy(environment: Mapping[str, str], name: str) -> Proxy | None:
    name, value = next(_set_variables(environment, name), ("", ""))
    if not value:
        return None
    what = f"the environment variable {name}"
    fix = (
        "write it as http://host:port, name hosts that need no proxy in no_proxy, or set proxy_host and proxy_port in "
        f"{OPTION}, which takes precedence"
    )
    scheme, separator, rest = value.partition("://")
    if not separator:
        scheme, rest = "http", value
    if scheme.lower() != "http":
        shown = f"a {scheme.lower()}:// proxy" if _SCHEME.fullmatch(scheme.lower()) else "a proxy of unknown kind"
        raise ConfigurationError(f"{what} names {shown}, and only http:// proxies are supported: {fix}")
    credentials, at, address = rest.rpartition("@")
    matched = _ADDRESS.fullmatch(address)
    port = int(matched["port"] or 80) if matched else 0
    if not matched or not 0 < port < 65536:
        raise ConfigurationError(
            f"{what} is not the URL of a proxy: {fix}. Special characters in its user name and password are "
            "percent-encoded (%40 for @, %2F for /)"
        )
    url = f"http://{matched['host']}:{port}"
    if not at:
        return Proxy(url, source=name)
    username, _, password = (unquote(part) for part in credentials.partition(":"))
    # RFC 7617 §2: the first colon ends the username
    if not username or ":" in username or not (username + password).isprintable():
        raise ConfigurationError(
            f"{what} has credentials that cannot be sent: they need a user name without a colon, and no control "
            "characters"
        )
    return Proxy(url, username, password, source=name)


def _set_variables(environment: Mapping[str, str], name: str) -> Iterator[tuple[str, str]]:
    """The variables that may name the proxy, the first to be used first. An empty ``http_proxy`` means no proxy."""
    for candidate in (name, "all_proxy"):
        used, value = _variable(environment, candidate)
        if used in environment:
            yield used, value


def _destination(entry: str) -> Destination | None:
    """Read an entry of ``no_proxy``; None if it is neither a host, an address nor a range."""
    text = entry.lower()
    try:
        return Destination(network=ipaddress.ip_network(text, strict=False))
    except ValueError:
        pass
    matched = _ENTRY.fullmatch(text)
    if matched is None:
        return None
    host, port = matched["host"].strip("[]"), int(matched["port"]) if matched["port"] else None
    address = _address(host)
    if address is not None:
        return Destination(network=ipaddress.ip_network(address), port=port)
    domain = host.removeprefix("*").strip(".")
    if not domain or "*" in domain or matched["host"].startswith("["):
        return None
    return Destination(domain=domain, port=port)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
