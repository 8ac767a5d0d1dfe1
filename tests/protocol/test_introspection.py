"""Token introspection (RFC 7662)."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.errors import (
    ClientRefused,
    InvalidResponse,
    ProviderBusy,
    ProviderUnreachable,
    SuiteError,
    TokenResponseError,
    TransportError,
)
from oauthenticator_suite.protocol.client import Client
from oauthenticator_suite.protocol.introspection import (
    Expected,
    introspection_request,
    process_introspection_response,
)
from oauthenticator_suite.protocol.messages import Response

LOGIN = Expected("https://login.example", "subject", "alice", "hub", "thumb")
RIGHT = {"active": True, "iss": "https://login.example", "sub": "subject", "client_id": "hub", "username": "Alice E."}


def answer(body: object, status: int = 200, kind: str = "application/json") -> Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, {"content-type": kind}, content)


def test_the_request() -> None:
    request = introspection_request("https://login.example/introspect", Client("hub", "secret"), "t0ken")
    assert (request.method, request.url, request.label) == (
        "POST",
        "https://login.example/introspect",
        "token introspection",
    )
    assert request.headers["Accept"] == "application/json"
    assert parse_qs((request.body or b"").decode()) == {
        "token": ["t0ken"],
        "token_type_hint": ["access_token"],
        "client_id": ["hub"],
        "client_secret": ["secret"],
    }
    basic = introspection_request("https://login.example/i", Client("hub", "secret", "client_secret_basic"), "t0ken")
    assert basic.headers["Authorization"].startswith("Basic ")
    with pytest.raises(TokenResponseError):
        introspection_request("https://login.example/i", Client("hub"), "a\r\nb")


@pytest.mark.parametrize(
    "info",
    [
        RIGHT,
        {"active": True},
        {**RIGHT, "cnf": {"jkt": "thumb"}, "aud": ["an", "api"], "token_type": "DPoP"},
        {**RIGHT, "cnf": {"x5t#S256": "certificate"}},
        {**RIGHT, "cnf": "odd"},
        {"active": True, "username": "alice"},
    ],
)
def test_an_active_token(info: dict[str, Any]) -> None:
    assert process_introspection_response(answer(info), LOGIN) is True
    assert process_introspection_response(answer(info, kind="application/x+json"), Expected()) is True


def test_a_token_that_is_not_active() -> None:
    assert process_introspection_response(answer({"active": False}), LOGIN) is False
    assert process_introspection_response(answer({"active": False, "sub": "other"}), LOGIN) is False


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"iss": "https://login.example/"}, "iss"),
        ({"sub": "other"}, "sub"),
        ({"sub": 7}, "sub"),
        ({"client_id": "other"}, "client_id"),
        ({"sub": None, "username": "bob"}, "username"),
        ({"cnf": {"jkt": "other"}}, "cnf.jkt"),
    ],
)
def test_an_answer_about_another_login_says_nothing(change: dict[str, Any], name: str) -> None:
    with pytest.raises(InvalidResponse, match=name):
        process_introspection_response(answer({**RIGHT, **change}), LOGIN)


@pytest.mark.parametrize(
    "body",
    [{}, {"active": "true"}, {"active": 1}, {"active": None}, [], b"", b"{", b'{"active": true, "active": false}'],
)
def test_an_answer_that_says_nothing(body: object) -> None:
    with pytest.raises(InvalidResponse, match=r"^token introspection: "):
        process_introspection_response(answer(body), LOGIN)


def test_a_signed_answer_is_not_read() -> None:
    with pytest.raises(InvalidResponse, match="media type"):
        process_introspection_response(answer(b"a.b.c", kind="application/token-introspection+jwt"), LOGIN)


@pytest.mark.parametrize(
    ("status", "body", "kind", "credentials"),
    [
        (401, {"error": "invalid_client"}, ClientRefused, True),
        (401, b"", ClientRefused, True),
        (403, {"error": "forbidden"}, ClientRefused, False),
        (400, {"error": "invalid_client"}, ClientRefused, True),
        (400, {"error": "unauthorized_client"}, ClientRefused, False),
        (401, {"error": "invalid_token"}, ClientRefused, True),
        (403, {"error": "insufficient_scope"}, ClientRefused, False),
        (400, {"error": "invalid_request"}, TokenResponseError, None),
        (400, {"error": "e " * 100}, TokenResponseError, None),
        (404, b"<html>", TokenResponseError, None),
        (404, {"error": 7}, TokenResponseError, None),
        (404, {"error": ""}, TokenResponseError, None),
    ],
)
def test_refusals(status: int, body: object, kind: type[TokenResponseError], credentials: bool | None) -> None:
    """The detail has the provider's code, of at most 64 characters. The error's own code is not about the user."""
    with pytest.raises(kind) as caught:
        process_introspection_response(answer(body, status), LOGIN)
    assert type(caught.value) is kind
    assert caught.value.error == "introspection"
    assert getattr(caught.value, "credentials", None) is credentials
    code = str((body.get("error") if isinstance(body, dict) else "") or "").strip()
    shown = "no error code" if code in ("", "7") else code if len(code) <= 64 else f"{code[:63]}…"
    assert f"HTTP {status}, {shown}:" in caught.value.detail


@pytest.mark.parametrize(
    ("status", "kind"), [(429, ProviderBusy), (503, ProviderBusy), (500, ProviderUnreachable), (302, InvalidResponse)]
)
def test_outages(status: int, kind: type[SuiteError]) -> None:
    with pytest.raises(kind, match=rf"^token introspection: HTTP {status}"):
        process_introspection_response(answer(b"", status), LOGIN)


@given(st.binary(max_size=200), st.sampled_from([200, 204, 400, 401]))
def test_only_typed_errors(body: bytes, status: int) -> None:
    with suppress(TokenResponseError, TransportError):
        assert process_introspection_response(answer(body, status), LOGIN) in (True, False)
