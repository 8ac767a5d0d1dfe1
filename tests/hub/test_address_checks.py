"""Where URLs lead that a provider's documents name: F8 (private addresses) and F9 (DNS rebinding)."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from raw_server import RawServer, answer, running
from yarl import URL

from oauthenticator_suite.errors import AddressRefused, ProviderUnreachable
from oauthenticator_suite.hub.transport.addresses import AddressGuard
from oauthenticator_suite.hub.transport.client import DNS_TTL, Transport, TransportSettings
from oauthenticator_suite.protocol.messages import Request
from oauthenticator_suite.protocol.urls import PlainHTTP
from tests.contract.logins import accepted, ready, refused
from tests.fakes.openid_provider import Call, FakeProvider, Reply
from tests.support import FakeTime, Hub, reference_on
from tests.support.little_internet import OTHER_PUBLIC, PUBLIC, LittleInternet, little_internet

LOG = logging.getLogger("test_address_checks")
NOT_PUBLIC = [
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"),
    *("198.18.0.1", "::1", "::ffff:10.0.0.1", "fe80::1", "fd00::1", "fd00:ec2::254", "64:ff9b::a00:1"),
]
NEVER = ["169.254.169.254", "169.254.1.1", "0.0.0.0", "224.0.0.1", "fe80::1", "fd00:ec2::254", "100.100.100.200"]

pytestmark = [pytest.mark.usefixtures("clock"), pytest.mark.hub_versions]

HubMaker = Callable[..., Awaitable[Hub]]


@pytest.fixture
def internet() -> Iterator[LittleInternet]:
    with little_internet() as internet:
        yield internet


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    async with running(answer()) as server:
        yield server


def guarded(home: str = "idp.example", **rules: bool) -> Transport:
    """The HTTP client of an authenticator whose issuer is at `home`. These tests use http, which TLS would hide."""
    guard = AddressGuard(home=home, plain_http=PlainHTTP.ALLOWED, **rules)
    return Transport(TransportSettings(), LOG, guard=guard)


async def visit(transport: Transport, host: str, port: int, *, configured: bool = False, method: str = "GET") -> int:
    request = Request(
        method, f"http://{host}:{port}/keys?a=b", "request for the provider's keys", configured=configured
    )
    return (await transport.send(request)).status


@pytest.mark.fault("F8")
@pytest.mark.parametrize("address", NOT_PUBLIC)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_f8_a_named_url_whose_host_is_not_public(
    internet: LittleInternet, server: RawServer, address: str, method: str
) -> None:
    """F8: refused, without a packet to that address. The detail names the address, the reason and the option."""
    internet.names["idp.example"] = [address]
    transport = guarded()
    with pytest.raises(AddressRefused, match=r"idp\.example:\d+: the host has the address") as caught:
        await visit(transport, "idp.example", server.port, method=method)
    await transport.close()
    assert internet.connections == []
    assert server.requests == []
    assert ("allow_private_provider_addresses" in caught.value.detail) is (address not in NEVER)
    assert "a=b" not in caught.value.detail
    assert address not in caught.value.public_message
    assert caught.value.fault == "address"
    assert isinstance(caught.value, ProviderUnreachable)  # so that no user loses a session because of it


@pytest.mark.fault("F8")
@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "[::1]", "[::ffff:127.0.0.1]", "[fe80::1]"])
async def test_f8_an_address_in_the_url(internet: LittleInternet, server: RawServer, address: str) -> None:
    """F8: a URL with an address is not resolved, and is checked all the same."""
    transport = guarded()
    with pytest.raises(AddressRefused, match="the host has the address"):
        await visit(transport, address, server.port)
    await transport.close()
    assert server.connections == 0


@pytest.mark.fault("F8")
@pytest.mark.parametrize(
    ("host", "refused"),
    [
        ("169.254.169.254", "No option allows that"),
        ("[fd00:ec2::254]", "No option allows that"),
        ("[::ffff:169.254.169.254]", "No option allows that"),
        ("2852039166", "not an IP address in the usual form"),
        ("10.1.2.3", ""),
        ("idp.example", ""),
    ],
)
def test_f8_an_address_that_is_never_allowed_is_not_asked_for_at_a_proxy(host: str, refused: str) -> None:
    """F8: a proxy resolves names, and may be nearer to a cloud's metadata service than the Hub."""
    guard, url = AddressGuard(home="idp.example"), f"https://{host}/keys"
    if refused:
        with pytest.raises(AddressRefused, match=refused):
            guard.passage(Request("GET", url, "keys"), URL(url, encoded=True), "keys", is_direct=False)
    request = Request("GET", url, "keys", configured=bool(refused))
    assert guard.passage(request, URL(url, encoded=True), "keys", is_direct=False).allowed is None


@pytest.mark.fault("F8")
@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1"])
async def test_f8_numbers_that_some_parsers_read_as_an_address(server: RawServer, host: str) -> None:
    """F8: refused before anything resolves them."""
    transport = guarded()
    with pytest.raises(AddressRefused, match="not an IP address in the usual form"):
        await visit(transport, host, server.port)
    await transport.close()
    assert server.connections == 0


async def test_a_public_address_is_used(internet: LittleInternet, server: RawServer) -> None:
    internet.names["idp.example"] = [PUBLIC]
    transport = guarded()
    assert await visit(transport, "idp.example", server.port) == 200
    await transport.close()
    assert internet.connections == [(PUBLIC, server.port)]


@pytest.mark.fault("F8")
async def test_only_the_public_addresses_of_a_host_are_used(internet: LittleInternet, server: RawServer) -> None:
    """F8: of several addresses, the connection never tries a forbidden one."""
    internet.names["idp.example"] = ["127.0.0.1", "10.0.0.1", PUBLIC, "fd00::1", OTHER_PUBLIC]
    internet.here.discard(PUBLIC)  # it is down, so that the next one is tried
    transport = guarded()
    assert await visit(transport, "idp.example", server.port) == 200
    await transport.close()
    assert set(internet.connections) == {(PUBLIC, server.port), (OTHER_PUBLIC, server.port)}


@pytest.mark.fault("F9")
async def test_f9_the_second_answer_of_the_resolver_is_not_public(
    internet: LittleInternet, server: RawServer, clock: FakeTime
) -> None:
    """F9: rebinding. The first answer is public, the second is this machine: no packet goes to the second."""
    internet.answers["idp.example"] = [[PUBLIC], ["127.0.0.1"]]
    transport = guarded()
    assert await visit(transport, "idp.example", server.port, configured=True) == 200
    server.hang_up()
    clock.passes(DNS_TTL + 1)
    with pytest.raises(AddressRefused, match="127"):
        await visit(transport, "idp.example", server.port)
    await transport.close()
    assert internet.connections == [(PUBLIC, server.port)]
    assert internet.lookups == ["idp.example"] * 2
    assert len(server.requests) == 1


@pytest.mark.fault("F9")
async def test_f9_an_answer_is_used_as_it_was_checked(internet: LittleInternet, server: RawServer) -> None:
    """F9: a name is looked up once for a check and its connections, so that they cannot differ."""
    internet.answers["idp.example"] = [[PUBLIC], ["127.0.0.1"]]
    transport = guarded()
    for _ in range(3):
        assert await visit(transport, "idp.example", server.port) == 200
        server.hang_up()
    await transport.close()
    assert internet.lookups == ["idp.example"]
    assert internet.connections == [(PUBLIC, server.port)] * 3


async def test_a_configured_url_may_be_anywhere(internet: LittleInternet, server: RawServer) -> None:
    """The operator has chosen it. Its connection is not used for a URL that a document names."""
    internet.names["keys.example"] = ["10.1.2.3"]
    internet.here.add("10.1.2.3")
    transport = guarded()
    assert await visit(transport, "keys.example", server.port, configured=True) == 200
    assert await visit(transport, "keys.example", server.port) == 200  # the operator has named the host itself
    internet.names["other.example"] = ["10.1.2.3"]
    with pytest.raises(AddressRefused):
        await visit(transport, "other.example", server.port)
    await transport.close()


async def test_a_connection_that_a_configured_request_left_behind(internet: LittleInternet, server: RawServer) -> None:
    """A pooled connection to an address that is not allowed is not used, although nothing had to be resolved."""
    internet.names["metadata.example"] = ["169.254.169.254"]
    internet.here.add("169.254.169.254")
    transport = guarded()
    assert await visit(transport, "metadata.example", server.port, configured=True) == 200
    with pytest.raises(AddressRefused, match=r"169\.254"):
        await visit(transport, "metadata.example", server.port)
    await transport.close()
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("home", "named", "allowed"),
    [
        ("10.1.2.3", "192.168.7.7", True),
        ("10.1.2.3", "127.0.0.1", False),
        ("127.0.0.1", "10.1.2.3", True),
        (PUBLIC, "10.1.2.3", False),
        ("10.1.2.3", "169.254.169.254", False),
        ("10.1.2.3", "fd00:ec2::254", False),
    ],
)
async def test_a_provider_in_a_private_network(
    internet: LittleInternet, server: RawServer, home: str, named: str, allowed: bool
) -> None:
    """A Hub and its provider in one private network need no option. Cloud metadata services are never reached."""
    internet.names.update({"idp.example": [home], "keys.example": [named]})
    internet.here |= {home, named}
    transport = guarded()
    assert await visit(transport, "idp.example", server.port, configured=True) == 200
    if allowed:
        assert await visit(transport, "keys.example", server.port) == 200
    else:
        with pytest.raises(AddressRefused):
            await visit(transport, "keys.example", server.port)
        assert internet.connections == [(home, server.port)]
    await transport.close()


async def test_an_address_counts_only_when_the_provider_has_answered_there(
    internet: LittleInternet, server: RawServer
) -> None:
    """An issuer's name that resolves to a private address where no server answers opens nothing."""
    internet.names.update({"idp.example": ["10.1.2.3"], "keys.example": ["10.9.9.9"]})
    transport = guarded()
    with pytest.raises(ProviderUnreachable, match="no connection"):
        await visit(transport, "idp.example", server.port, configured=True)
    with pytest.raises(AddressRefused):
        await visit(transport, "keys.example", server.port)
    await transport.close()
    assert internet.connections == [("10.1.2.3", server.port)]


async def test_without_an_issuer_every_configured_host_is_the_providers(
    internet: LittleInternet, server: RawServer
) -> None:
    """The next page of a list, at a provider whose class knows its endpoints, in a private network."""
    internet.names.update({"api.example": ["10.1.2.3"]})
    internet.here.add("10.1.2.3")
    transport = guarded(home="")
    with pytest.raises(AddressRefused):
        await visit(transport, "api.example", server.port)
    assert await visit(transport, "api.example", server.port, configured=True) == 200
    assert await visit(transport, "api.example", server.port) == 200
    await transport.close()


@pytest.mark.parametrize("address", ["10.1.2.3", "127.0.0.1", "192.168.1.1", "100.64.0.1"])
async def test_the_option(internet: LittleInternet, server: RawServer, address: str) -> None:
    internet.names["idp.example"] = [address]
    internet.here.add(address)
    transport = guarded(allow_private=True)
    assert await visit(transport, "idp.example", server.port) == 200
    await transport.close()


@pytest.mark.parametrize("address", NEVER)
async def test_what_the_option_does_not_allow(internet: LittleInternet, server: RawServer, address: str) -> None:
    internet.names["idp.example"] = [address]
    transport = guarded(allow_private=True)
    with pytest.raises(AddressRefused, match="No option allows that"):
        await visit(transport, "idp.example", server.port)
    await transport.close()
    assert internet.connections == []


@pytest.mark.fault("F14")
async def test_f14_a_named_url_without_https(internet: LittleInternet, server: RawServer) -> None:
    """F14: in any document, and after any earlier check."""
    internet.names["idp.example"] = [PUBLIC]
    transport = Transport(TransportSettings(), LOG, guard=AddressGuard(home="idp.example"))
    with pytest.raises(AddressRefused, match=r"plain http URL.*allow_insecure_http"):
        await visit(transport, "idp.example", server.port)
    await transport.close()
    assert internet.lookups == []


async def test_a_burst_resolves_a_name_once(internet: LittleInternet, server: RawServer) -> None:
    internet.names["idp.example"] = [PUBLIC]
    transport = guarded()
    statuses = await asyncio.gather(*(visit(transport, "idp.example", server.port) for _ in range(20)))
    await transport.close()
    assert statuses == [200] * 20
    assert internet.lookups == ["idp.example"]


# --- through a Hub ---------------------------------------------------------------------------------------------------


class ProviderOfSeveralHosts(FakeProvider):
    """A provider whose keys may be at another host than its issuer. Browsers, which are not tested, know its address."""

    keys_at = ""

    async def _metadata(self, call: Call) -> Reply:
        reply = await super()._metadata(call)
        authorize, keys = f"{self.origin}/authorize", f"{self.keys_at or self.issuer}/jwks"
        return Reply(json={**reply.json, "authorization_endpoint": authorize, "jwks_uri": keys})


@pytest.fixture
async def provider() -> AsyncIterator[ProviderOfSeveralHosts]:
    async with ProviderOfSeveralHosts() as provider:
        yield provider


@pytest.fixture
def at_a_public_address(provider: ProviderOfSeveralHosts, internet: LittleInternet) -> ProviderOfSeveralHosts:
    """The fake provider, with the name idp.example and a public address."""
    internet.names["idp.example"] = [PUBLIC]
    provider.issuer = provider.origin.replace("127.0.0.1", "idp.example")
    return provider


async def test_a_provider_at_a_public_address(
    at_a_public_address: ProviderOfSeveralHosts, hub_at_provider: HubMaker
) -> None:
    hub = await ready(await hub_at_provider(allow_insecure_http=True, trusted_provider_hosts={"127.0.0.1"}))
    await accepted(hub, at_a_public_address)


@pytest.mark.fault("F8")
async def test_f8_keys_at_a_private_address_are_said_at_the_start(
    at_a_public_address: ProviderOfSeveralHosts, internet: LittleInternet, hub_at_provider: HubMaker
) -> None:
    """F8 through a Hub: a CRITICAL line names the option; the user's page says nothing of addresses; no packet."""
    provider = at_a_public_address
    internet.names["keys.example"] = ["10.1.2.3"]
    provider.keys_at = provider.origin.replace("127.0.0.1", "keys.example")
    hub = await hub_at_provider(allow_insecure_http=True, trusted_provider_hosts={"127.0.0.1", "keys.example"})
    line = await hub.log.until("No user can sign in")
    assert line.startswith("CRITICAL")
    assert "allow_private_provider_addresses" in line
    assert "10.1.2.3" in line
    page = await refused(hub, provider, 502)
    assert "10.1.2.3" not in page.body
    assert {address for address, _ in internet.connections} == {PUBLIC}


@pytest.mark.fault("F9")
async def test_f9_a_provider_that_rebinds_its_name(
    at_a_public_address: ProviderOfSeveralHosts, internet: LittleInternet, hub_at_provider: HubMaker, clock: FakeTime
) -> None:
    """F9 through a Hub: the code and the client's secret are not sent to the second address; logins work afterwards."""
    provider = at_a_public_address
    hub = await ready(await hub_at_provider(allow_insecure_http=True, trusted_provider_hosts={"127.0.0.1"}))
    browser = hub.browser()
    callback = await browser.walk_to_callback()
    await provider.go_down()  # all connections end
    await provider.come_back()
    internet.names["idp.example"] = ["10.1.2.3"]
    clock.passes(DNS_TTL + 1)
    page = await browser.open(callback)
    assert page.status == 502
    (line,) = hub.log.lines_with(reference_on(page, hub))
    assert re.search("AddressRefused.*token request.*10.1.2.3.*allow_private_provider_addresses", line)
    assert "10.1.2.3" not in page.body
    assert provider.count("token") == 0
    assert {address for address, _ in internet.connections} == {PUBLIC}


@pytest.mark.fault("F14")
async def test_f14_an_endpoint_without_https_in_the_metadata(
    provider: ProviderOfSeveralHosts, hub_at_provider: HubMaker
) -> None:
    """F14: a CRITICAL line at the start names the endpoint and the option; every login is refused."""
    provider.keys_at = "http://keys.example"
    hub = await hub_at_provider(trusted_provider_hosts={"keys.example"})
    line = await hub.log.until("No user can sign in")
    assert re.match("CRITICAL.*jwks_uri is a plain http URL.*allow_insecure_http", line)
    await refused(hub, provider, 500, configuration_error=True)
    assert provider.count("authorize") == 0


async def test_allow_private_provider_addresses(
    at_a_public_address: ProviderOfSeveralHosts, internet: LittleInternet, hub_at_provider: HubMaker
) -> None:
    """A provider whose metadata are at a public address, and whose keys are in the Hub's network."""
    provider = at_a_public_address
    internet.names["keys.example"] = ["10.1.2.3"]
    internet.here.add("10.1.2.3")
    provider.keys_at = provider.origin.replace("127.0.0.1", "keys.example")
    hub = await hub_at_provider(
        allow_insecure_http=True,
        trusted_provider_hosts={"127.0.0.1", "keys.example"},
        allow_private_provider_addresses=True,
    )
    await accepted(await ready(hub), provider)
    assert {address for address, _ in internet.connections} == {PUBLIC, "10.1.2.3"}
