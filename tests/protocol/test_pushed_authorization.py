"""pushed_authorization: the request authenticates the client, and only a usable reference is accepted."""

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.errors import (
    ClientRefused,
    ConfigurationError,
    InvalidResponse,
    ProviderBusy,
    ProviderUnreachable,
    SuiteError,
    TokenResponseError,
)
from oauthenticator_suite.protocol.client import Client
from oauthenticator_suite.protocol.messages import Request, Response
from oauthenticator_suite.protocol.pushed_authorization import (
    process_pushed_authorization_response,
    pushed_authorization_request,
)

ENDPOINT = "https://op.example/par"
PARAMETERS = {"client_id": "hub", "response_type": "code", "state": "s"}
GOOD = {"request_uri": "urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c", "expires_in": 60}


def answer(body: object, status: int = 201, kind: str = "application/json") -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, {"content-type": kind, "retry-after": "7"}, raw)


def fields_of(request: Request) -> dict[str, str]:
    return dict(parse_qsl((request.body or b"").decode(), strict_parsing=True))


@pytest.mark.parametrize(
    ("method", "added", "header"),
    [
        ("client_secret_basic", {}, "Basic aHViOnMlMkJ0"),
        ("client_secret_post", {"client_secret": "s+t"}, None),
        ("none", {}, None),
    ],
)
def test_the_request_has_the_parameters_and_the_client(method: Any, added: dict[str, str], header: str | None) -> None:
    """RFC 9126 §2.1: with every method, client_id is among the parameters."""
    request = pushed_authorization_request(ENDPOINT, Client("hub", "s+t", method), PARAMETERS)
    assert (request.method, request.url) == ("POST", ENDPOINT)
    assert request.headers.get("Authorization") == header
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert fields_of(request) == {**PARAMETERS, **added}


def test_a_parameter_that_is_no_text() -> None:
    with pytest.raises(ConfigurationError, match="extra_authorize_params"):
        pushed_authorization_request(ENDPOINT, Client("hub", "s"), {**PARAMETERS, "prompt": "\ud800"})


@pytest.mark.parametrize("status", [200, 201])
def test_the_reference(status: int) -> None:
    assert process_pushed_authorization_response(answer(GOOD, status)) == GOOD["request_uri"]
    assert process_pushed_authorization_response(answer({**GOOD, "expires_in": 0.5, "more": []})) == GOOD["request_uri"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "request_uri"),
        ({**GOOD, "request_uri": None}, "request_uri"),
        ({**GOOD, "request_uri": ["urn:a"]}, "request_uri"),
        ({**GOOD, "request_uri": "no-uri"}, "request_uri"),
        ({**GOOD, "request_uri": "urn:a b"}, "request_uri"),
        ({**GOOD, "request_uri": "urn:a\n"}, "request_uri"),
        ({**GOOD, "request_uri": "urn:a#b"}, "request_uri"),
        ({**GOOD, "request_uri": "urn:" + "a" * 1001}, "request_uri"),
        ({"request_uri": "urn:a"}, "expires_in"),
        ({**GOOD, "expires_in": 0}, "expires_in"),
        ({**GOOD, "expires_in": -1}, "expires_in"),
        ({**GOOD, "expires_in": True}, "expires_in"),
        ({**GOOD, "expires_in": "60"}, "expires_in"),
        ([GOOD], "pushed authorization request"),
        (json.dumps(GOOD).encode().ljust(65_537), "pushed authorization request: larger than 65536 bytes"),
    ],
)
def test_another_answer_is_refused(body: object, says: str) -> None:
    with pytest.raises(InvalidResponse, match=says):
        process_pushed_authorization_response(answer(body))


@pytest.mark.parametrize(("status", "kind"), [(202, "application/json"), (204, ""), (201, "text/html"), (201, "")])
def test_another_form_is_refused(status: int, kind: str) -> None:
    with pytest.raises(InvalidResponse):
        process_pushed_authorization_response(answer(GOOD, status, kind))


@pytest.mark.parametrize(
    ("status", "body", "kind", "error", "credentials"),
    [
        (401, {"error": "invalid_client"}, ClientRefused, "invalid_client", True),
        (400, {"error": "unauthorized_client"}, ClientRefused, "unauthorized_client", False),
        (401, b"<html>", ClientRefused, "invalid_response", True),
        (401, {}, ClientRefused, "invalid_response", True),
        (400, {"error": "invalid_request"}, TokenResponseError, "invalid_request", None),
        (400, {"error": "invalid_scope"}, TokenResponseError, "invalid_scope", None),
        (413, {"error": 7}, TokenResponseError, "invalid_response", None),
        (405, b"", TokenResponseError, "invalid_response", None),
        (404, [], TokenResponseError, "invalid_response", None),
        (400, b'{"error": "invalid_request"}'.ljust(65_537), TokenResponseError, "invalid_response", None),
    ],
)
def test_the_provider_refuses(
    status: int, body: object, kind: type[TokenResponseError], error: str, credentials: bool | None
) -> None:
    """RFC 9126 §2.3: errors have the form of those of the token endpoint."""
    with pytest.raises(kind) as caught:
        process_pushed_authorization_response(answer(body, status))
    assert type(caught.value) is kind
    assert caught.value.error == error
    assert caught.value.detail.startswith(f"pushed authorization request: HTTP {status}")
    assert caught.value.detail.count("pushed authorization request") == 1
    assert getattr(caught.value, "credentials", None) is credentials


def test_an_outage() -> None:
    with pytest.raises(ProviderBusy) as caught:
        process_pushed_authorization_response(answer({}, 429))  # RFC 9126 §2.3
    assert caught.value.retry_after == 7
    with pytest.raises(ProviderUnreachable):
        process_pushed_authorization_response(answer({}, 500))
    with pytest.raises(InvalidResponse):
        process_pushed_authorization_response(answer({}, 302))


@given(st.binary(max_size=200) | st.dictionaries(st.sampled_from(["request_uri", "expires_in", "error"]), st.none() | st.text() | st.integers()).map(lambda d: json.dumps(d).encode()), st.sampled_from([200, 201, 400, 401, 500]))  # fmt: skip
def test_any_answer_is_a_reference_or_a_typed_error(body: bytes, status: int) -> None:
    try:
        request_uri = process_pushed_authorization_response(answer(body, status))
    except SuiteError:
        return
    assert status in (200, 201)
    assert request_uri.isascii()
    assert request_uri.isprintable()
    assert " " not in request_uri
