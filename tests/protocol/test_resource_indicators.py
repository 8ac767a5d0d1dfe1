"""Resource indicators in requests (RFC 8707)."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.protocol.authorization import authorization_url
from oauthenticator_suite.protocol.client import Client
from oauthenticator_suite.protocol.resource_indicators import resource_fields, resource_problem
from oauthenticator_suite.protocol.token import refresh_token_grant, token_request

ONE, TWO = "https://api.example.org/a?b=c&d", "urn:example:files"


@pytest.mark.parametrize("uri", [ONE, TWO, "https://[::1]:8000/", "api://0000-1111"])
def test_what_can_be_a_resource(uri: str) -> None:
    assert resource_problem(uri) == ""


@pytest.mark.parametrize(
    ("uri", "problem"),
    [
        ("", "absolute"),
        ("/api", "absolute"),
        ("api.example.org", "absolute"),
        ("https://api.example.org/ a", "absolute"),
        ("https://api.example.org/\n", "absolute"),
        ("https://\u00e9.example", "absolute"),
        ("https://api.example.org/#a", "fragment"),
    ],
)
def test_what_cannot(uri: str, problem: str) -> None:
    assert problem in resource_problem(uri)


def test_fields() -> None:
    assert resource_fields([]) == {}
    assert resource_fields([ONE]) == {"resource": ONE}
    assert resource_fields([ONE, TWO, ONE]) == {"resource": [ONE, TWO]}


def url(**values: object) -> str:
    arguments = {"scope": [], "state": "s", "nonce": None, "code_verifier": None, "extra": {}, **values}
    return authorization_url(
        "https://login.example/a", client_id="c", redirect_uri="https://hub.example/cb", **arguments
    )


def test_the_authorization_request() -> None:
    pairs = parse_qsl(urlsplit(url(resources=[ONE, TWO], extra={"prompt": "login"})).query)
    assert pairs[-3:] == [("resource", ONE), ("resource", TWO), ("prompt", "login")]
    assert ("resource", "x") in parse_qsl(urlsplit(url(extra={"resource": "x"})).query)
    with pytest.raises(ConfigurationError, match="resources"):
        url(resources=[ONE], extra={"resource": "x"})


def test_the_thumbprint_in_the_authorization_request() -> None:
    assert ("dpop_jkt", "t") in parse_qsl(urlsplit(url(dpop_jkt="t")).query)
    with pytest.raises(ConfigurationError, match="dpop_jkt"):
        url(extra={"dpop_jkt": "another"})


def test_the_token_request() -> None:
    fields = {**refresh_token_grant("r"), **resource_fields([ONE, TWO])}
    request = token_request("https://login.example/t", Client("c", "s"), fields)
    assert request.body is not None
    pairs = parse_qsl(request.body.decode())
    assert [value for name, value in pairs if name == "resource"] == [ONE, TWO]
    assert dict(pairs)["client_secret"] == "s"
    for wrong in ({"resource": [ONE, 7]}, {"resource": 7}):
        with pytest.raises(ConfigurationError, match="'resource' must be text"):
            token_request("https://login.example/t", Client("c", "s"), wrong)
    with pytest.raises(ConfigurationError, match="Unicode"):
        token_request("https://login.example/t", Client("c", "s"), {"resource": ["\ud800", "a"]})
