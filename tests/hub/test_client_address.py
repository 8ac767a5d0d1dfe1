"""Which client a request counts for: no header decides, except what trusted proxies have appended."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tornado.httputil import HTTPHeaders
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.web.client_address import MAX_ENTRIES, client_address
from oauthenticator_suite.local.forms.throttle import PAIR_FREE

pytestmark = pytest.mark.hub_versions

LIARS = ("X-Real-Ip", "X-Client-Ip", "True-Client-Ip", "Cf-Connecting-Ip", "X-Cluster-Client-Ip", "Forwarded")
"""Headers in which some proxies write the client's address, and which JupyterHub's proxy passes on unchanged."""


def request(sender, forwarded=(), *, here=("10.9.9.9", 8081), downstream=(), **headers):
    """A request from the address `sender` (None: through a Unix socket), with lines of X-Forwarded-For."""
    found = HTTPHeaders(headers)
    for line in forwarded:
        found.add("X-Forwarded-For", line)
    context = SimpleNamespace(address="" if sender is None else (sender, 50_000), trusted_downstream=set(downstream))
    stream = SimpleNamespace(socket=SimpleNamespace(getsockname=lambda: here))
    return SimpleNamespace(headers=found, connection=SimpleNamespace(context=context, stream=stream))


@pytest.mark.parametrize(
    ("sender", "forwarded", "trusted", "address"),
    [
        # the proxy on the Hub's machine adds one hop
        ("127.0.0.1", [], [], "127.0.0.1"),
        ("127.0.0.1", ["192.0.2.7"], [], "192.0.2.7"),
        ("::1", ["2001:db8::7"], [], "2001:db8::7"),
        ("127.0.0.1", ["203.0.113.9, 192.0.2.7"], [], "192.0.2.7"),
        ("127.0.0.1", ["203.0.113.9", "192.0.2.7"], [], "192.0.2.7"),
        ("127.0.0.1", [",192.0.2.7"], [], "192.0.2.7"),
        ("127.0.0.1", ["nonsense,192.0.2.7"], [], "192.0.2.7"),
        ("127.0.0.1", ["192.0.2.7, nonsense"], [], "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.9, 127.0.0.1"], [], "127.0.0.1"),
        ("10.9.9.9", ["192.0.2.7"], [], "192.0.2.7"),
        (None, ["192.0.2.7"], [], "192.0.2.7"),
        (None, [], [], ""),
        # another sender is the client
        ("198.51.100.1", ["192.0.2.7"], [], "198.51.100.1"),
        ("10.0.0.2", ["192.0.2.7"], [], "10.0.0.2"),
        # proxies that the operator names
        ("10.0.0.2", ["192.0.2.7"], ["10.0.0.2"], "192.0.2.7"),
        ("10.0.0.2", ["192.0.2.7"], ["10.0.0.0/8"], "192.0.2.7"),
        ("10.0.0.2", ["203.0.113.9, 192.0.2.7, 10.0.0.3"], ["10.0.0.0/8"], "192.0.2.7"),
        ("127.0.0.1", ["203.0.113.9, 192.0.2.7, 10.0.0.3"], ["10.0.0.3"], "192.0.2.7"),
        ("127.0.0.1", ["203.0.113.9, 192.0.2.7, 127.0.0.1"], ["127.0.0.1"], "192.0.2.7"),
        ("10.0.0.2", ["10.0.0.3"], ["10.0.0.0/8"], "10.0.0.3"),
        ("2001:db8::2", ["2001:db8:7::1"], ["2001:db8::/64"], "2001:db8:7::1"),
        # ways to write an address
        ("127.0.0.1", ["192.0.2.7:4711"], [], "192.0.2.7"),
        ("127.0.0.1", ["[2001:db8::7]:4711"], [], "2001:db8::7"),
        ("::ffff:127.0.0.1", ["::ffff:192.0.2.7"], [], "192.0.2.7"),
    ],
)
def test_the_address(sender, forwarded, trusted, address):
    lies = dict.fromkeys(LIARS, "203.0.113.66")
    for option in ({"trusted": trusted}, {}):
        downstream = () if option else trusted
        if not option and any("/" in entry for entry in trusted):
            continue  # JupyterHub's option takes addresses only
        assert client_address(request(sender, forwarded, downstream=downstream, **lies), **option).address == address


ADDRESSES = st.ip_addresses().map(str)


@given(
    st.lists(st.one_of(ADDRESSES, st.text("0123456789abcdef.:,[]% xyz", max_size=20).map(str.strip)), max_size=80),
    ADDRESSES.filter(lambda address: not address.startswith(("10.", "::ffff:"))),
    st.integers(0, 5),
)
def test_no_client_can_choose_its_address(lies, address, proxies):
    """Whatever the client sends, each proxy on the way appends the address from which it was asked."""
    hops = [address, *(f"10.0.0.{number}" for number in range(1, proxies + 1))]
    expected = client_address(request("127.0.0.1", [address])).address
    sent = request("127.0.0.1", [",".join([*lies, *hops])])
    assert client_address(sent, ["10.0.0.0/8"]).address == expected


def test_a_long_header_is_read_in_part():
    sent = request("127.0.0.1", [",".join(["10.0.0.1"] * 100_000)])
    assert client_address(sent, ["10.0.0.0/8"]).address == "10.0.0.1"
    hops = ["192.0.2.7", *["10.0.0.1"] * (MAX_ENTRIES - 1)]
    assert client_address(request("127.0.0.1", [",".join(hops)]), ["10.0.0.0/8"]).address == "192.0.2.7"


# --- through a Hub ----------------------------------------------------------------------------------------------------


def config_of(**traits):
    config = Config()
    config.JupyterHub.authenticator_class = DictionaryAuthenticator
    config.DictionaryAuthenticator.update(
        {"passwords": {"ada": "lovelace", "bob": "b"}, "allow_all": True, "failure_delay": 0, **traits}
    )
    return config


async def guess(hub, headers, name="ada", password="wrong"):
    """The status of an attempt in a browser that the Hub does not know."""
    browser = hub.browser()
    await browser.open("/hub/login", headers=headers)
    fields = {"username": name, "password": password, "_xsrf": browser.cookies["_xsrf"]}
    return (await browser.request("POST", "/hub/login", data=fields, headers=headers)).status


async def test_headers_do_not_make_another_client(hubs):
    hub = await hubs(config_of())
    names = [*LIARS, "X-Forwarded-For"]
    for number in range(PAIR_FREE):
        lies = dict.fromkeys(names, f"203.0.113.{number}") | {"X-Forwarded-For": f"203.0.113.{number}, 192.0.2.7"}
        assert await guess(hub, lies) == 403
    lies = dict.fromkeys(names, "203.0.113.99") | {"X-Forwarded-For": "203.0.113.99, 192.0.2.7"}
    assert await guess(hub, lies, "ada", "lovelace") == 429
    assert all("from 192.0.2.7:" in line for line in hub.log.lines_with("login failed for"))
    # no client is blamed for what another one sent in its name
    assert await guess(hub, {"X-Forwarded-For": "203.0.113.5"}, "ada", "lovelace") == 302
    assert await guess(hub, {"X-Forwarded-For": "192.0.2.7"}, "bob", "b") == 302


async def test_one_network_of_ipv6_is_one_client(hubs):
    hub = await hubs(config_of())
    for number in range(PAIR_FREE):
        assert await guess(hub, {"X-Forwarded-For": f"2001:db8:1:2:{number:x}::1"}) == 403
    assert await guess(hub, {"X-Forwarded-For": "2001:db8:1:2:ffff::1"}, "ada", "lovelace") == 429
    assert await guess(hub, {"X-Forwarded-For": "2001:db8:1:3::1"}, "ada", "lovelace") == 302


async def test_trusted_proxies(hubs):
    hub = await hubs(config_of(trusted_proxies=["127.0.0.1", " 10.1.0.0/16 "]))
    for number in range(PAIR_FREE):
        lies = {"X-Forwarded-For": f"9.9.9.{number}, 8.8.2.7, 10.1.0.{number}, 127.0.0.1"}
        assert await guess(hub, lies) == 403
    assert await guess(hub, {"X-Forwarded-For": "8.8.2.7, 10.1.4.4, 127.0.0.1"}, "ada", "lovelace") == 429
    assert await guess(hub, {"X-Forwarded-For": "8.8.2.8, 10.1.4.4, 127.0.0.1"}, "ada", "lovelace") == 302
    assert not hub.log.lines_with("on behalf of others")


async def test_trusted_downstream_ips_of_the_hub(hubs):
    config = config_of()
    config.JupyterHub.trusted_downstream_ips = ["10.1.0.1"]
    hub = await hubs(config)
    assert await guess(hub, {"X-Forwarded-For": "192.0.2.7, 10.1.0.1", "X-Real-Ip": "203.0.113.1"}) == 403
    assert hub.log.lines_with("login failed for 'ada' from 192.0.2.7:")


async def test_a_proxy_that_is_not_named_is_reported_once(hubs):
    hub = await hubs(config_of())
    for _ in range(3):
        assert await guess(hub, {"X-Forwarded-For": "192.0.2.7, 10.1.0.1"}) == 403
        assert await guess(hub, {"X-Forwarded-For": "192.0.2.7, 8.8.8.8"}) == 403
    (line,) = hub.log.lines_with("on behalf of others")
    assert "Requests come from 10.1.0.1" in line
    assert "c.DictionaryAuthenticator.trusted_proxies = ['10.1.0.1']" in line


@pytest.mark.parametrize("entry", ["proxy.example.org", "10.0.0.1/8", "10.0.0.0/64", "*"])
def test_an_entry_that_is_no_address_stops_the_start(entry):
    config = config_of(trusted_proxies=[entry])
    with pytest.raises(ConfigurationError, match=r"trusted_proxies.*neither an address nor a network"):
        DictionaryAuthenticator(config=config).check_configuration()
