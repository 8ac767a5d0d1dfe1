"""urls: endpoints that all parsers read alike, and queries without duplicate parameters."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.protocol.metadata import check_endpoint
from oauthenticator_suite.protocol.urls import (
    PlainHTTP,
    URLError,
    add_query,
    for_message,
    is_loopback,
    origin,
    shown,
    split_url,
)


@pytest.mark.parametrize(
    "url",
    [
        "https://op.example",
        "https://op.example/authorize?p=b2c",
        "HTTPS://OP.example:8443/token",
        "https://my_service/token",
        "https://[2001:db8::1]/token",
        "https://10.0.0.1/token",
        "http://localhost:8000/token",
        "http://LOCALHOST/token",
        "http://127.0.0.1:1/token",
        "http://127.255.255.254/token",
        "http://[::1]:9000/token",
    ],
)
def test_good_endpoints(url: str) -> None:
    """B16: https is required, except for addresses of the local machine."""
    check_endpoint(url, "token_url", PlainHTTP.NEVER)


@pytest.mark.parametrize(
    "url",
    [
        "http://op.example/token",
        "http://localhost.evil.example/token",
        "http://127.0.0.1.evil.example/token",
        "http://128.0.0.1/token",
        "http://[2001:db8::1]/token",
        "http://notlocalhost/token",
    ],
)
def test_f14_plain_http_is_for_loopback_unless_allowed(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"token_url .*Use https, or set allow_insecure_http = True if"):
        check_endpoint(url, "token_url", PlainHTTP.REFUSED)
    with pytest.raises(ConfigurationError, match=r"token_url .*would cross the network unencrypted\. Use https$"):
        check_endpoint(url, "token_url", PlainHTTP.NEVER)
    check_endpoint(url, "token_url", PlainHTTP.ALLOWED)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/token",
        "op.example/token",
        "//op.example/token",
        "ftp://op.example/",
        "javascript:alert(1)",
        "https://",
        "https:///token",
        "https:op.example",
        "https://op.example/#",
        "https://op.example/#fragment",
        "https://user@op.example/",
        "https://user:pass@op.example/",
        "https://op.example@evil.example/",
        "https://op.example\\@evil.example/",
        "https://op.example:99999/",
        "https://op.example:0/",
        "https://op.example:x/",
        "https://[::1/",
        "https://[op.example]/",
        "https://[::1].evil.example/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://op.example.0x/",
        "https://010.0.0.1/",
        "https://1.2.3.4.5/",
        " https://op.example/",
        "https://op.example/a b",
        "https://op.exa\tmple/",
        "https://op.example/\r\nX: 1",
        "https://öp.example/",
        "https://op%2eexample/",
        "https://.op.example/",
        "https://op.example./",
        "https://op.example/" + "x" * 2048,
        None,
        1,
        ["https://op.example/"],
        b"https://op.example/",
    ],
)
def test_everything_else_is_refused_whatever_is_allowed(url: object) -> None:
    for plain_http in PlainHTTP:
        with pytest.raises(ConfigurationError, match=r"^token_url ") as caught:
            check_endpoint(url, "token_url", plain_http)  # type: ignore[arg-type]
        assert "evil" not in caught.value.detail
        assert "pass" not in caught.value.detail.replace("password", "")


def test_loopback() -> None:
    assert all(map(is_loopback, ["localhost", "127.0.0.1", "127.8.9.10", "::1"]))
    assert not any(map(is_loopback, ["", "localhost.", "127.0.0.1.example", "::2", "0.0.0.0", "10.0.0.1"]))


def test_origins_have_their_ports_filled_in() -> None:
    assert origin(split_url("https://OP.example/x")) == origin(split_url("https://op.example:443"))
    assert origin(split_url("http://op.example")) == ("http", "op.example", 80)
    assert origin(split_url("https://op.example:8443")) != origin(split_url("https://op.example"))


def test_shown_urls_have_no_query_and_an_end() -> None:
    assert shown(split_url("https://op.example/a?secret=1")) == "https://op.example/a"
    assert len(shown(split_url("https://op.example/" + "a" * 1000))) == 200


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://op.example", "https://op.example?a=1%202"),
        ("https://op.example/x?", "https://op.example/x?a=1%202"),
        ("https://op.example/x?p=%7E+~", "https://op.example/x?p=%7E+~&a=1%202"),
        ("https://op.example/x?p=1&", "https://op.example/x?p=1&a=1%202"),
    ],
)
def test_a_query_is_kept_to_the_letter(url: str, expected: str) -> None:
    """RFC 6749 §3.1: an endpoint's own query must be retained."""
    assert add_query(url, {"a": "1 2"}, "userdata_url") == expected
    assert add_query(url, {}, "userdata_url") == url


@pytest.mark.parametrize("url", ["https://op.example?a=1", "https://op.example?%61=", "https://op.example?b=1&b=2"])
def test_no_parameter_twice(url: str) -> None:
    with pytest.raises(ConfigurationError, match="userdata_url"):
        add_query(url, {"a": "1"}, "userdata_url")


def test_limits_of_urls() -> None:
    """The longest URL, and the longest that is shown in full."""
    longest = "https://op.example/" + "a" * (2048 - 19)
    assert split_url(longest).geturl() == longest
    with pytest.raises(URLError, match="has 2049 characters; a URL must have 1 to 2048"):
        split_url(longest + "a")
    for length, end in ((200, "a"), (201, "…")):
        url = "https://op.example/" + "a" * (length - 19)
        assert len(shown(split_url(url))) == len(for_message(url)) == 200
        assert shown(split_url(url))[-1] == for_message(url)[-1] == end


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (7, "token_url is of type int, not a URL"),
        ("https://op.example/#a", "token_url has a fragment"),
        ("https://u@op.example/", "token_url has a username or password"),
        ("https:///x", "token_url is not an absolute"),
        ("https://[::1/", "token_url is not an absolute"),
        ("https://op.example:99999/", "token_url is not an absolute"),
        ("https://-op.example/", "token_url has no valid host name"),
        ("https://op.example/ ", "token_url contains a character"),
        ("https://2130706433/", "token_url has an IPv4 address"),
    ],
)
def test_the_error_says_what_is_wrong(url: Any, says: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_endpoint(url, "token_url", PlainHTTP.REFUSED)
    assert says in caught.value.detail


def test_only_the_scheme_and_the_host_of_an_endpoint_before_its_first_mark_are_shown() -> None:
    assert for_message("htps://op.example/a?b=PASSWORD#c?d#e") == "htps://op.example/a?***"
    assert for_message("htps://op.example/a#PASSWORD?c") == "htps://op.example/a#***"


def test_the_query_of_an_endpoint_is_read_strictly() -> None:
    """A URL has at most 100 parameters. Each added one is encoded, slashes too."""
    many = "https://op.example?" + "&".join(f"p{number}" for number in range(100))
    assert add_query(many, {"a": "/"}, "userdata_url") == many + "&a=%2F"
    with pytest.raises(ConfigurationError, match="userdata_url: in its query, more than 100 fields"):
        add_query(many + "&q", {"a": "1"}, "userdata_url")
    with pytest.raises(ConfigurationError, match=r"userdata_url is not an absolute"):
        add_query("op.example", {"a": "1"}, "userdata_url")


def test_values_that_cannot_be_encoded_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="userdata_url"):
        add_query("https://op.example", {"a": "\ud800"}, "userdata_url")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("htps://op.example/token", "htps://op.example/token"),
        ("op.example", "op.example"),
        ("htps://hub:PASSWORD@op.example/token", "htps://***@op.example/token"),
        ("hub:PASSWORD@op.example", "***@op.example"),
        ("https://hub:PASS/WORD@op.example/", "https://***@op.example/"),
        ("https://hub:PASS?WORD@op.example/", "https://***"),
        ("https://hub:PASS#WORD@op.example/", "https://***"),
        ("htps://op.example/?token=PASSWORD#PASSWORD", "htps://op.example/?***"),
        ("htps://op.example/#PASSWORD", "htps://op.example/#***"),
        ("htps://op.example/?", "htps://op.example/?"),
        ("htps://op.example/?P", "htps://op.example/?***"),
        ("htps://op.example/X?P", "htps://op.example/X?***"),
        ("htps://hub:PASS@WORD@op.example/", "htps://***@op.example/"),
        ("https://hub:PASSWORD@op.example/https://", "***@op.example/https://"),
        ("htps://op.example/" + "a" * 200, "htps://op.example/" + "a" * 181 + "…"),
    ],
)
def test_rejected_urls_are_shown_without_secrets(url: str, expected: str) -> None:
    assert for_message(url) == expected


@given(
    st.sampled_from(["", "https://", "htps:/", "https://https://", " "]),
    st.text(max_size=10),
    st.sampled_from(["@op.example", "@op.example/?next=/", "/@", "@@op.example#top"]),
)
def test_no_password_in_a_rejected_url_is_shown(scheme: str, around: str, end: str) -> None:
    assert "PASSWORD" not in for_message(f"{scheme}{around}:PASSWORD{around}{end}")
