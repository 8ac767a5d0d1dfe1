"""Which proxy a request uses: the variables of the environment, their exceptions, and values that stop the start-up."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.transport.proxies import EnvironmentProxies, host_and_port
from oauthenticator_suite.hub.transport.settings import TransportSettings

PROXY = "http://proxy.example:3128"


def route(environment: dict[str, str], url: str = "https://login.example/token") -> str | None:
    """The URL of the proxy for requests to `url`; None when they are sent directly."""
    proxy = EnvironmentProxies.read(environment).proxy_for(urlsplit(url))
    return proxy.url if proxy else None


def test_without_variables_nothing_changes() -> None:
    assert not EnvironmentProxies.read({})
    assert not EnvironmentProxies.read({"https_proxy": "", "HTTP_PROXY": " ", "no_proxy": "login.example"})
    assert TransportSettings().proxy_for("https://login.example/") is None


@pytest.mark.parametrize(
    ("environment", "https", "http"),
    [
        ({"https_proxy": PROXY}, PROXY, None),
        ({"http_proxy": PROXY}, None, PROXY),
        ({"HTTPS_PROXY": PROXY}, PROXY, None),
        ({"HTTP_PROXY": PROXY, "REQUEST_METHOD": "GET"}, None, PROXY),
        ({"HTTPS_PROXY": "http://other.example:1", "https_proxy": PROXY}, PROXY, None),
        ({"HTTPS_PROXY": PROXY, "https_proxy": ""}, None, None),
        ({"Https_Proxy": PROXY}, None, None),
        ({"all_proxy": PROXY}, PROXY, PROXY),
        ({"ALL_PROXY": PROXY, "http_proxy": "http://other.example:1"}, PROXY, "http://other.example:1"),
        ({"all_proxy": PROXY, "https_proxy": ""}, None, PROXY),
        ({"all_proxy": "socks5://s.example:1", "https_proxy": PROXY, "http_proxy": PROXY}, PROXY, PROXY),
    ],
    ids=str,
)
def test_which_variable_counts(environment: dict[str, str], https: str | None, http: str | None) -> None:
    assert route(environment) == https
    assert route(environment, "http://login.example/token") == http


@pytest.mark.parametrize(
    ("value", "url"),
    [
        (PROXY, PROXY),
        ("HTTP://proxy.example:3128/", PROXY),
        ("proxy.example:3128", PROXY),
        (" proxy.example:3128\n", PROXY),
        ("http://proxy.example", "http://proxy.example:80"),
        ("proxy", "http://proxy:80"),
        ("http://[fd00::1]:3128", "http://[fd00::1]:3128"),
        ("http://user:word@10.1.2.3:8080/", "http://10.1.2.3:8080"),
        ("user:p@ss@proxy.example:3128", PROXY),
    ],
)
def test_values(value: str, url: str) -> None:
    assert route({"https_proxy": value}) == url


def test_credentials() -> None:
    proxy = EnvironmentProxies.read({"https_proxy": "http://us%2Fer:p%40ss:w%20rd@proxy.example:3128"}).https
    assert proxy is not None
    assert (proxy.username, proxy.password) == ("us/er", "p@ss:w rd")
    assert proxy.authorization == "Basic dXMvZXI6cEBzczp3IHJk"
    assert "p@ss" not in repr(proxy)
    assert proxy.url == PROXY


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("socks5://user:secret-word@proxy.example:1080", "names a socks5:// proxy, and only http://"),
        ("socks5h://proxy.example", "names a socks5h:// proxy"),
        ("https://user:secret-word@proxy.example:3129", "names a https:// proxy"),
        ("secret word://proxy.example", "names a proxy of unknown kind"),
        ("http://", "is not the URL of a proxy"),
        ("http://user:secret-word@", "is not the URL of a proxy"),
        ("http://user:secret/word@proxy.example:3128/path", "is not the URL of a proxy"),
        ("http://proxy.example:0", "is not the URL of a proxy"),
        ("http://proxy.example:70000", "is not the URL of a proxy"),
        ("http://proxy.example:port", "is not the URL of a proxy"),
        ("http://proxy.example:3128/?a=secret-word", "is not the URL of a proxy"),
        ("http://pröxy.example:3128", "is not the URL of a proxy"),
        ("http://us%3Aer:secret-word@proxy.example:3128", "a user name without a colon"),
        ("http://:secret-word@proxy.example:3128", "a user name without a colon"),
        ("http://user:secret-word%0d%0aX-A:b@proxy.example:3128", "no control characters"),
        ("http://user:secret-word\udcff@proxy.example:3128", "no control characters"),
    ],
)
@pytest.mark.parametrize("name", ["https_proxy", "HTTP_PROXY", "all_proxy"])
def test_values_that_stop_the_start_up(name: str, value: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        EnvironmentProxies.read({name: value})
    assert f"the environment variable {name} " in caught.value.detail
    assert words in caught.value.detail
    assert "secret" not in caught.value.detail


@pytest.mark.parametrize(
    ("no_proxy", "url", "direct"),
    [
        ("example.org", "https://example.org/", True),
        ("example.org", "https://login.example.org/", True),
        ("example.org", "https://LOGIN.Example.ORG/", True),
        ("Example.ORG", "https://login.example.org./", True),
        ("example.org.", "https://login.example.org/", True),
        ("example.org", "https://notexample.org/", False),
        ("example.org", "https://example.org.evil.example/", False),
        (".example.org", "https://login.example.org/", True),
        (".example.org", "https://example.org/", True),
        ("*.example.org", "https://login.example.org/", True),
        ("*", "https://login.example.org/", True),
        ("a.example,*", "https://login.example.org/", True),
        ("a.example, example.org", "https://login.example.org/", True),
        ("a.example example.org", "https://login.example.org/", True),
        ("login.example.org:8443", "https://login.example.org:8443/", True),
        ("login.example.org:8443", "https://login.example.org/", False),
        ("login.example.org:443", "https://login.example.org/", True),
        (".example.org:443", "https://login.example.org/", True),
        ("example.org:80", "https://login.example.org/", False),
        ("10.1.2.3", "https://10.1.2.3/", True),
        ("10.1.2.3", "https://10.1.2.30/", False),
        ("10.1.2.3:8443", "https://10.1.2.3:8443/", True),
        ("10.1.2.3:8443", "https://10.1.2.3/", False),
        ("10.0.0.0/8", "https://10.1.2.3/", True),
        ("10.1.2.3/8", "https://10.200.0.1/", True),
        ("10.0.0.0/8", "https://11.1.2.3/", False),
        ("10.0.0.0/8", "https://ten.example.org/", False),
        ("10.0.0.0/8", "https://[::ffff:10.1.2.3]/", True),
        ("fd00::/8", "https://[fd00::1]/", True),
        ("fd00::/8", "https://[fe80::1]/", False),
        ("fd00::1", "https://[FD00:0::1]:8443/", True),
        ("[fd00::1]", "https://[fd00::1]/", True),
        ("[fd00::1]:8443", "https://[fd00::1]:8443/", True),
        ("[fd00::1]:8443", "https://[fd00::1]/", False),
        ("2.3", "https://10.1.2.3/", False),
        ("", "https://localhost:8443/", True),
        ("", "https://127.3.2.1/", True),
        ("", "https://[::1]/", True),
        ("", "https://localhost.example.org/", False),
        ("", "https://10.1.2.3/", False),
        ("", "https://login.example.org:port/", True),
    ],
)
def test_exceptions(no_proxy: str, url: str, direct: bool) -> None:
    settings = TransportSettings(
        environment_proxies=EnvironmentProxies.read({"all_proxy": PROXY, "NO_PROXY": no_proxy})
    )
    assert (settings.proxy_for(url) is None) is direct


def test_every_host_is_an_exception() -> None:
    """Then no proxy is used, whatever the other variables are."""
    assert not EnvironmentProxies.read({"https_proxy": "socks5://proxy.example", "no_proxy": "*"})


@pytest.mark.parametrize(
    "entry", ["10.0.0.0/99", "192.168.*", "<local>", "a:b:c", "[example.org]", "/", ".", "x:999999"]
)
def test_entries_that_mean_nothing(entry: str) -> None:
    proxies = EnvironmentProxies.read({"https_proxy": PROXY, "no_proxy": f"example.org,{entry}"})
    assert proxies.unreadable == (entry,)
    assert len(proxies.direct) == 1


def test_the_option_takes_precedence() -> None:
    settings = TransportSettings(
        proxy_url="http://own.example:1", environment_proxies=EnvironmentProxies.read({"https_proxy": PROXY})
    )
    proxy = settings.proxy_for("https://login.example/")
    assert proxy is not None
    assert proxy.url == "http://own.example:1"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:word@login.example/path?a=b", "login.example:443"),
        ("http://Login.example", "login.example:80"),
        ("https://[fd00::1]:8443/", "[fd00::1]:8443"),
        ("https://login.example:port/", ""),
        ("ftp://login.example/", ""),
        ("login.example", ""),
    ],
)
def test_host_and_port(url: str, shown: str) -> None:
    assert host_and_port(url) == shown


def test_settings_do_not_show_credentials() -> None:
    environment: dict[str, Any] = {"https_proxy": "http://user:secret-word@proxy.example:3128"}
    assert "secret-word" not in repr(TransportSettings(environment_proxies=EnvironmentProxies.read(environment)))
