"""`TransportSettings` and `http_request_kwargs`: accepted values, and mistakes that stop the start-up."""

from __future__ import annotations

from typing import Any

import pytest

from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.transport.client import TransportSettings, settings_from_request_kwargs

BASE = TransportSettings(timeout=7, user_agent="base")


def test_nothing_changes_nothing() -> None:
    assert settings_from_request_kwargs({}, base=BASE) == BASE
    assert settings_from_request_kwargs({"proxy_host": None, "request_timeout": None}, base=BASE) == BASE


def test_every_name_is_heard() -> None:
    settings = settings_from_request_kwargs(
        {
            "proxy_host": "proxy.example",
            "proxy_port": 3128,
            "proxy_username": "user",
            "proxy_password": "word",
            "ca_certs": "/ca.pem",
            "client_cert": "/cert.pem",
            "client_key": "/key.pem",
            "connect_timeout": 3,
            "request_timeout": 21.5,
            "user_agent": "Hub/1.0 (ops@example.org)",
            "validate_cert": False,
        },
        base=BASE,
    )
    assert settings == TransportSettings(
        timeout=21.5,
        connect_timeout=3,
        silence_timeout=21.5,
        user_agent="Hub/1.0 (ops@example.org)",
        verify=False,
        ca_certs="/ca.pem",
        client_cert="/cert.pem",
        client_key="/key.pem",
        proxy_url="http://proxy.example:3128",
        proxy_username="user",
        proxy_password="word",
    )
    assert "word" not in repr(settings)


def test_a_proxy_by_its_ipv6_address() -> None:
    settings = settings_from_request_kwargs({"proxy_host": "fd00::1", "proxy_port": 80}, base=BASE)
    assert settings.proxy_url == "http://[fd00::1]:80"


@pytest.mark.parametrize("name", ["proxy", "headers", "follow_redirects", "body", "Validate_Cert", "timeout"])
def test_unknown_names(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"does not know {name}. It knows: ca_certs, .*validate_cert"):
        settings_from_request_kwargs({name: "secret-value"}, base=BASE)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("proxy_host", 5),
        ("proxy_port", "secret-value"),
        ("proxy_port", 0),
        ("proxy_port", 65536),
        ("proxy_port", True),
        ("proxy_username", ""),
        ("proxy_password", b"secret-value"),
        ("ca_certs", ["secret-value"]),
        ("client_cert", ("secret-value",)),
        ("client_key", ""),
        ("connect_timeout", "5"),
        ("connect_timeout", 0),
        ("request_timeout", -1),
        ("request_timeout", float("nan")),
        ("request_timeout", float("inf")),
        ("request_timeout", True),
        ("user_agent", ""),
        ("user_agent", "two\r\nlines"),
        ("user_agent", "naïve"),
        ("validate_cert", "False"),
        ("validate_cert", 0),
    ],
)
def test_wrong_values(name: str, value: Any) -> None:
    """The error names the option and does not contain the value."""
    given = {"proxy_host": "proxy.example", "proxy_port": 80, "proxy_username": "u", "client_cert": "/c", name: value}
    with pytest.raises(ConfigurationError, match=name) as caught:
        settings_from_request_kwargs(given, base=BASE)
    assert "secret-value" not in caught.value.detail


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"proxy_host": "proxy.example"}, "proxy_host and proxy_port must be set together"),
        ({"proxy_port": 80}, "proxy_host and proxy_port must be set together"),
        ({"proxy_username": "u"}, "proxy_username is set without proxy_host"),
        ({"proxy_host": "p", "proxy_port": 1, "proxy_password": "w"}, "proxy_password is set without proxy_username"),
        ({"proxy_host": "p", "proxy_port": 1, "proxy_username": "a:b"}, "proxy_username must not contain a colon"),
        ({"proxy_host": "http://p", "proxy_port": 1}, "proxy_host must be a host name"),
        ({"proxy_host": "p/path", "proxy_port": 1}, "proxy_host must be a host name"),
        ({"proxy_host": "p:80", "proxy_port": 1}, "proxy_host must be a host name"),
        ({"proxy_host": "two words", "proxy_port": 1}, "proxy_host must be a host name"),
        ({"proxy_host": "bücher", "proxy_port": 1}, "proxy_host must be a host name"),
        ({"proxy_host": "user:word@p", "proxy_port": 1}, "set the proxy.s credentials in proxy_username"),
        ({"proxy_host": "user@p", "proxy_port": 1}, "set the proxy.s credentials in proxy_username"),
        ({"client_key": "/key.pem"}, "client_key is set without client_cert"),
    ],
)
def test_combinations_that_make_no_sense(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        settings_from_request_kwargs(given, base=TransportSettings())


@pytest.mark.parametrize("name", ["timeout", "connect_timeout", "silence_timeout", "max_connections", "max_body_bytes"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
def test_limits_must_be_limits(name: str, value: float) -> None:
    with pytest.raises(ConfigurationError, match=name):
        TransportSettings(**{name: value})


@pytest.mark.parametrize("url", ["https://proxy.example:1", "socks5://p:1", "http://p", "http://p:1/path", "http://:1"])
def test_proxies_that_are_not_spoken(url: str) -> None:
    with pytest.raises(ConfigurationError, match="proxy_host"):
        TransportSettings(proxy_url=url)
