"""The address of the client that sent a request, as far as it can be trusted.

A client can send any header, and JupyterHub's proxy passes ``X-Real-Ip`` on as it came. So no header counts, except
that each trusted proxy says from which address it was asked: it appends that address to ``X-Forwarded-For``. The header
is read from its right end, one entry for each trusted proxy on the way:

1. The sender of the TCP connection is known. If it is on the Hub's own machine, or a Unix socket, it is taken for
   JupyterHub's proxy, and its entry, the last one, is the address. Every other sender is the client itself.
2. While the address is that of a proxy that the operator named, the next entry to the left is the address.

JupyterHub's own ``request.remote_ip`` differs: there, the client's ``X-Real-Ip`` decides, from any client.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, NamedTuple

Address = IPv4Address | IPv6Address

MAX_ENTRIES = 64
"""Entries of ``X-Forwarded-For`` that are read, from the right."""


class ClientAddress(NamedTuple):
    """Where a request comes from."""

    address: str
    """The client's address; empty if the request came through a Unix socket without ``X-Forwarded-For``."""

    forwards: bool
    """Whether `address` says that it forwards the request of another client, but is not a trusted proxy."""


def client_address(request: Any, trusted: Iterable[str] = ()) -> ClientAddress:
    """Find out where a request comes from, as this module's docstring describes.

    Parameters
    ----------
    request:
        A `tornado.httputil.HTTPServerRequest`.
    trusted:
        The addresses and networks (CIDR) of proxies. Those of ``JupyterHub.trusted_downstream_ips`` are added.
    """
    context = getattr(request.connection, "context", None)
    sender = _parsed(_host(getattr(context, "address", None)))
    networks = _networks((*trusted, *sorted(getattr(context, "trusted_downstream", None) or ())))
    entries = ",".join(request.headers.get_list("X-Forwarded-For")).split(",")[-MAX_ENTRIES:]
    forwarded = [entry.strip() for entry in entries if entry.strip()]
    address = sender
    if sender is None or _is_here(request, sender) or _is_in(sender, networks):
        while forwarded:
            nearest = _parsed(forwarded[-1])
            if nearest is None:
                break
            address = nearest
            forwarded.pop()
            if not _is_in(address, networks):
                break
    return ClientAddress("" if address is None else str(address), bool(forwarded))


def network_of(text: str) -> IPv4Network | IPv6Network:
    """Return the network for ``192.0.2.1``, ``10.0.0.0/8`` or ``2001:db8::/32``.

    Raises
    ------
    ValueError
        If the text is none, or has bits to the right of its mask.
    """
    return ip_network(text.strip())


@lru_cache(maxsize=64)
def _networks(texts: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(map(network_of, texts))


def _is_in(address: Address, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    return any(address in network for network in networks)


def _is_here(request: Any, sender: Address) -> bool:
    """Whether the connection comes from the Hub's own machine."""
    if sender.is_loopback:
        return True
    try:
        own = request.connection.stream.socket.getsockname()
    except (AttributeError, OSError):  # the connection has been closed
        return False
    return sender == _parsed(_host(own))


def _host(address: Any) -> str:
    """The host in the address of a socket; empty for a Unix socket."""
    return str(address[0]) if isinstance(address, tuple) else ""


def _parsed(text: str) -> Address | None:
    """The address in an entry of ``X-Forwarded-For``; some proxies add the port. None if there is none."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
