"""Which kind of network an address is in (F8), compared with IANA's registries and with Python's `ipaddress`."""

from __future__ import annotations

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.protocol.addresses import (
    PRIVATE_TOO,
    PUBLIC_ONLY,
    AddressKind,
    NotAnAddress,
    kind_of,
    literal_address,
    reachable_from,
)

PUBLIC, PRIVATE, LOOPBACK, CLOUD, UNUSABLE = AddressKind

# IANA, IPv4 and IPv6 Special-Purpose Address Registry: every entry that is not "Globally Reachable: True", with the
# multicast ranges, which are in separate registries.
IANA = {
    "0.0.0.0/8": UNUSABLE,
    "10.0.0.0/8": PRIVATE,
    "100.64.0.0/10": PRIVATE,
    "127.0.0.0/8": LOOPBACK,
    "169.254.0.0/16": UNUSABLE,
    "172.16.0.0/12": PRIVATE,
    "192.0.0.0/24": UNUSABLE,
    "192.0.2.0/24": PRIVATE,
    "192.88.99.0/24": UNUSABLE,
    "192.168.0.0/16": PRIVATE,
    "198.18.0.0/15": PRIVATE,
    "198.51.100.0/24": PRIVATE,
    "203.0.113.0/24": PRIVATE,
    "224.0.0.0/4": UNUSABLE,
    "240.0.0.0/4": UNUSABLE,
    "255.255.255.255/32": UNUSABLE,
    "::1/128": LOOPBACK,
    "::/128": UNUSABLE,
    "64:ff9b:1::/48": PRIVATE,
    "100::/64": UNUSABLE,
    "100:0:0:1::/64": UNUSABLE,
    "2001::/23": UNUSABLE,
    "2001:db8::/32": PRIVATE,
    "3fff::/20": PRIVATE,
    "5f00::/16": UNUSABLE,
    "fc00::/7": PRIVATE,
    "fe80::/10": UNUSABLE,
    "fec0::/10": PRIVATE,
    "ff00::/8": UNUSABLE,
    "4000::/2": UNUSABLE,
}
NETWORKS = {ipaddress.ip_network(text): kind for text, kind in IANA.items()}
CLOUD_METADATA = [
    *("169.254.169.254", "169.254.170.2", "169.254.170.23", "169.254.0.23", "100.100.100.200", "168.63.129.16"),
    *("192.0.0.192", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "fd00:c1::a9fe:a9fe"),
]


@pytest.mark.parametrize("network", IANA)
def test_every_special_range(network: str) -> None:
    """Both ends of each range. Where two ranges overlap, the smaller one counts."""
    found = ipaddress.ip_network(network)
    for address in (found[0], found[-1]):
        around = [each for each in NETWORKS if each.version == address.version and address in each]
        smallest = max(around, key=lambda each: each.prefixlen)
        assert kind_of(str(address)) is NETWORKS[smallest], address


@pytest.mark.parametrize("address", CLOUD_METADATA)
def test_services_that_hand_out_credentials_of_a_cloud(address: str) -> None:
    """Never allowed, also with the option for private addresses, and also if written as an IPv6 address."""
    assert kind_of(address) is CLOUD
    assert CLOUD not in PRIVATE_TOO
    if "." in address:
        assert kind_of(f"::ffff:{address}") is CLOUD


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("1.1.1.1", PUBLIC),
        ("172.15.255.255", PUBLIC),
        ("172.32.0.0", PUBLIC),
        ("100.63.255.255", PUBLIC),
        ("100.128.0.0", PUBLIC),
        ("223.255.255.255", PUBLIC),
        ("2606:4700::1111", PUBLIC),
        ("2a00::1", PUBLIC),
        ("2001:200::1", PUBLIC),
        ("::ffff:1.1.1.1", PUBLIC),
        ("::ffff:127.0.0.1", LOOPBACK),
        ("::ffff:10.1.2.3", PRIVATE),
        ("64:ff9b::1.1.1.1", PUBLIC),
        ("64:ff9b::127.0.0.1", LOOPBACK),
        ("64:ff9b::10.0.0.1", PRIVATE),
        ("64:ff9b::169.254.169.254", CLOUD),
        ("2002:0101:0101::1", PUBLIC),
        ("2002:7f00:0001::1", LOOPBACK),
        ("2002:0a00:0001::", PRIVATE),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", UNUSABLE),  # Teredo
        ("::7f00:1", UNUSABLE),  # IPv4-compatible, of 127.0.0.1
        ("fe80::1%eth0", UNUSABLE),
        ("fd00:ec2::254%1", CLOUD),
        ("", UNUSABLE),
        ("example.org", UNUSABLE),
        ("010.0.0.1", UNUSABLE),
    ],
)
def test_kinds(address: str, kind: AddressKind) -> None:
    assert kind_of(address) is kind


EMBEDDING = [ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("2002::/16")]


@given(
    st.ip_addresses(v=4)
    | st.ip_addresses(v=6)
    | st.sampled_from(list(NETWORKS)).flatmap(lambda network: st.ip_addresses(network=network))
)
def test_public_is_never_more_than_what_python_calls_global(address: ipaddress.IPv4Address) -> None:
    """Differential: no release of Python calls a public address anything else, apart from those that embed another."""
    kind = kind_of(str(address))
    if kind is PUBLIC and not any(address.version == 6 and address in network for network in EMBEDDING):
        assert address.is_global
        assert not address.is_multicast
        assert not any(address in network for network in NETWORKS if network.version == address.version)


@given(st.ip_addresses(v=4))
def test_forms_of_one_address_are_of_one_kind(address: ipaddress.IPv4Address) -> None:
    packed = int(address)
    for text in (
        f"::ffff:{address}",
        str(ipaddress.IPv6Address((0x64FF9B << 96) | packed)),
        str(ipaddress.IPv6Address((0x2002 << 112) | (packed << 80) | 1)),
    ):
        assert kind_of(text) is kind_of(str(address)), text


@pytest.mark.parametrize(
    "host",
    [
        *("127.1", "2130706433", "0x7f.0.0.1", "0x7f000001", "017700000001", "010.0.0.1", "1.2.3.4.", "1.2.3.256"),
        *("a.b.0x", "example.1", "::1::", "1:2", "[::1]:80"),
    ],
)
def test_hosts_that_parsers_read_differently(host: str) -> None:
    with pytest.raises(NotAnAddress, match="not an IP address"):
        literal_address(host)


@pytest.mark.parametrize("host", ["example.org", "1.example", "0x.example.org", "a", "xn--bcher-kva.example", "beef"])
def test_names(host: str) -> None:
    assert literal_address(host) is None


@given(st.from_regex(r"(0[xX])?[0-9a-fA-F]{1,11}(\.(0[xX])?[0-9a-fA-F]{0,4}){0,3}", fullmatch=True))
def test_what_the_system_reads_as_an_address_is_never_taken_for_a_name(host: str) -> None:
    """Differential: `inet_aton`, by which getaddrinfo reads numbers, knows no address in a host that is a name here."""
    try:
        if literal_address(host) is not None:
            return
    except NotAnAddress:
        return
    with pytest.raises(OSError, match="illegal"):
        socket.inet_aton(host)


@pytest.mark.parametrize(
    ("kinds", "allowed"),
    [
        ((), PUBLIC_ONLY),
        ((PUBLIC,), PUBLIC_ONLY),
        ((CLOUD,), PUBLIC_ONLY),
        ((UNUSABLE,), PUBLIC_ONLY),
        ((PRIVATE,), {PUBLIC, PRIVATE}),
        ((PUBLIC, PRIVATE), {PUBLIC, PRIVATE}),
        ((LOOPBACK,), {PUBLIC, PRIVATE, LOOPBACK}),
    ],
)
def test_what_a_document_may_name(kinds: tuple[AddressKind, ...], allowed: set[AddressKind]) -> None:
    assert reachable_from(kinds) == allowed
