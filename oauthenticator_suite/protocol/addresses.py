"""IP addresses: which kind of network each is in, and which kinds a provider's document may lead to.

The classification follows IANA's registries of special-purpose addresses (RFC 6890). `ipaddress.is_global` is not used:
its answer differs between releases of Python. Addresses that are not known to be public are never called public.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from enum import Enum
from functools import lru_cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class AddressKind(Enum):
    """The kind of network that an address is in. The value describes it in messages."""

    PUBLIC = "a public address"
    PRIVATE = "an address of a private network"
    LOOPBACK = "a loopback address, which is the Hub's own machine"
    CLOUD_METADATA = "the address of a cloud's metadata service, which hands out credentials"
    UNUSABLE = "a link-local, multicast or reserved address"


PUBLIC_ONLY = frozenset({AddressKind.PUBLIC})
"""What a document of a provider may name in general."""

PRIVATE_TOO = frozenset({AddressKind.PUBLIC, AddressKind.PRIVATE, AddressKind.LOOPBACK})
"""What a document may name if the operator allows private addresses. The other kinds are never allowed."""

_CLOUD_METADATA = frozenset(
    ipaddress.ip_address(address)
    for address in (
        "169.254.169.254",  # AWS, Azure, Google Cloud, DigitalOcean, OpenStack, Oracle
        "169.254.170.2",  # AWS ECS: credentials of a task
        "169.254.170.23",  # AWS EKS: credentials of a pod
        "169.254.0.23",  # Tencent Cloud
        "100.100.100.200",  # Alibaba Cloud
        "168.63.129.16",  # Azure's platform
        "192.0.0.192",  # Oracle Cloud, first generation
        "fd00:ec2::254",  # AWS
        "fd00:ec2::23",  # AWS EKS
        "fd20:ce::254",  # Google Cloud
        "fd00:c1::a9fe:a9fe",  # Oracle Cloud
    )
)


def _networks(*ranges: str) -> tuple[_Network, ...]:
    return tuple(ipaddress.ip_network(each) for each in ranges)


_LOOPBACK = _networks("127.0.0.0/8", "::1/128")
_PRIVATE = _networks(
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),  # RFC 1918
    "100.64.0.0/10",  # RFC 6598: shared by a carrier's customers
    "198.18.0.0/15",  # RFC 2544: benchmarks
    *("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"),  # RFC 5737: documentation
    "fc00::/7",  # RFC 4193: unique local
    "fec0::/10",  # RFC 3879: site-local
    "64:ff9b:1::/48",  # RFC 8215: NAT64 within a network
    *("2001:db8::/32", "3fff::/20"),  # RFC 3849, RFC 9637: documentation
)
_UNUSABLE_V4 = _networks(
    "0.0.0.0/8",  # RFC 791: this network
    "169.254.0.0/16",  # RFC 3927: link-local
    "192.0.0.0/24",  # RFC 6890: protocol assignments
    "192.88.99.0/24",  # RFC 7526: former 6to4 relays
    "224.0.0.0/4",  # RFC 1112: multicast
    "240.0.0.0/4",  # RFC 1112: reserved, and the broadcast address
)
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")  # RFC 4291: all global unicast addresses are in it
_UNUSABLE_V6 = _networks("2001::/23")  # RFC 2928: protocol assignments, such as Teredo
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052
_6TO4 = ipaddress.IPv6Network("2002::/16")  # RFC 3056

# A host of digits, dots and hexadecimal digits, of which parsers disagree what address it means: "127.1", "0x7f.1",
# "2130706433", "010.0.0.1" (WHATWG URL, "ends in a number checker").
_NUMERIC_HOST = re.compile(r"(.*\.)?(0x[0-9a-f]*|[0-9]+)\.?", re.IGNORECASE)


class NotAnAddress(ValueError):
    """A host is written like an address, but not in the one form that all parsers read alike."""


@lru_cache(maxsize=1024)
def literal_address(host: str) -> Address | None:
    """The address that a URL's host is, without brackets; None if it is a name that must be resolved.

    Raises
    ------
    NotAnAddress
        If it ends in a number and is not an address in the usual form, such as ``127.1``.
    """
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    if ":" in host or _NUMERIC_HOST.fullmatch(host):
        raise NotAnAddress("the host is a number, and not an IP address in the usual form")
    return None


@lru_cache(maxsize=1024)
def kind_of(address: str) -> AddressKind:
    """The kind of an address, written as `socket.getaddrinfo` returns it (with ``%scope`` for link-local ones).

    An IPv6 address that stands for an IPv4 address is of the kind of that: IPv4-mapped (RFC 4291 §2.5.5.2), NAT64
    (RFC 6052) and 6to4 (RFC 3056). A text that is not an address is `UNUSABLE`.
    """
    try:
        return _kind(ipaddress.ip_address(address))
    except ValueError:
        return AddressKind.UNUSABLE


def _kind(address: Address) -> AddressKind:
    if isinstance(address, ipaddress.IPv6Address):
        embedded = _embedded(address)
        if embedded is not None:
            return _kind(embedded)
        address = ipaddress.IPv6Address(int(address))  # without its scope
    if address in _CLOUD_METADATA:
        return AddressKind.CLOUD_METADATA
    if _is_in(address, _LOOPBACK):
        return AddressKind.LOOPBACK
    if _is_in(address, _PRIVATE):
        return AddressKind.PRIVATE
    if isinstance(address, ipaddress.IPv4Address):
        return AddressKind.UNUSABLE if _is_in(address, _UNUSABLE_V4) else AddressKind.PUBLIC
    is_public = address in _GLOBAL_V6 and not _is_in(address, _UNUSABLE_V6)
    return AddressKind.PUBLIC if is_public else AddressKind.UNUSABLE


def _is_in(address: Address, networks: Collection[_Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address to which packets for an IPv6 address go in the end; None if there is none."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _6TO4:
        return ipaddress.IPv4Address(int(address) >> 80 & 0xFFFFFFFF)
    return None


def reachable_from(kinds: Collection[AddressKind]) -> frozenset[AddressKind]:
    """What documents may name if the provider that sent them is at addresses of these kinds.

    A provider in a private network may name private addresses, and one on the Hub's own machine loopback addresses
    too. A public provider may name public addresses.
    """
    if AddressKind.LOOPBACK in kinds:
        return PRIVATE_TOO
    if AddressKind.PRIVATE in kinds:
        return PUBLIC_ONLY | {AddressKind.PRIVATE}
    return PUBLIC_ONLY
