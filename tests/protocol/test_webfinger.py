"""WebFinger: identifiers are normalized as OpenID Connect Discovery §2.1 says, and answers are checked."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.errors import ConfigurationError, InvalidResponse, ProviderBusy, SuiteError
from oauthenticator_suite.protocol.messages import Response
from oauthenticator_suite.protocol.webfinger import (
    ISSUER_RELATION,
    normalize,
    process_webfinger_response,
    webfinger_request,
)


@pytest.mark.parametrize(
    ("text", "resource", "origin"),
    [
        ("joe@example.com", "acct:joe@example.com", "https://example.com"),  # §2.2.1
        ("https://example.com/joe", "https://example.com/joe", "https://example.com"),  # §2.2.2
        ("https://example.com:8080/", "https://example.com:8080/", "https://example.com:8080"),  # §2.2.3
        (
            "acct:juliet%40capulet.example@shopping.example.com",  # §2.2.4
            "acct:juliet%40capulet.example@shopping.example.com",
            "https://shopping.example.com",
        ),
        ("example.com", "https://example.com/", "https://example.com"),
        ("example.com:8080/joe", "https://example.com:8080/joe", "https://example.com:8080"),
        ("https://Example.com/joe#me", "https://Example.com/joe", "https://example.com"),
        ("ACCT:joe@example.com", "acct:joe@example.com", "https://example.com"),
        ("acct:joe@example.com:8443", "acct:joe@example.com:8443", "https://example.com:8443"),
        ("  joe@example.com\n", "acct:joe@example.com", "https://example.com"),
        ("acct:joe@127.0.0.1:8000", "acct:joe@127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://localhost:8000/joe", "http://localhost:8000/joe", "http://localhost:8000"),
        ("https://localhost:8443/joe", "https://localhost:8443/joe", "https://localhost:8443"),
        ("localhost:8000/joe", "https://localhost:8000/joe", "http://localhost:8000"),
        ("Xanadu.example", "https://Xanadu.example/", "https://xanadu.example"),
        ("example.com/" + "x" * 1012, "https://example.com/" + "x" * 1012, "https://example.com"),  # the longest
    ],
)
def test_identifiers(text: str, resource: str, origin: str) -> None:
    found = normalize(text)
    assert (found.resource, found.origin) == (resource, origin)
    assert found.host == urlsplit(origin).hostname


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "has 0 characters"),
        ("example.com/" + "x" * 1013, "has 1025 characters"),
        ("=joe", "is an XRI"),
        ("acct:example.com", "is not an account"),
        ("acct:joe@exa mple.com", "not an account|not allowed"),
        ("joe@", "is not"),
        ("joe@host/path", "username or password"),
        ("http://example.com/joe", "is a plain http URL"),
        ("ftp://example.com", "not"),
        ("https://", "not an absolute"),
        ("joe@example.com:99999", "username or password|not an absolute"),
        ("acct:joe@[::1", "not an absolute|host"),
    ],
)
def test_what_is_no_identifier(text: str, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        normalize(text)


@given(st.text(max_size=60) | st.from_regex(r"(acct:)?[a-z%@.:/?#\\-]{1,30}@[a-z.:/-]{1,20}", fullmatch=True))
def test_every_text_is_an_identifier_or_refused(text: str) -> None:
    """The request goes to the host of the identifier, and its query has exactly the two parameters of RFC 7033."""
    try:
        found = normalize(text)
    except ConfigurationError:
        return
    parts = urlsplit(webfinger_request(found).url)
    assert f"{parts.scheme}://{parts.netloc}" == found.origin
    assert parts.path == "/.well-known/webfinger"
    assert parse_qs(parts.query, strict_parsing=True) == {"resource": [found.resource], "rel": [ISSUER_RELATION]}


def response(document: Any, status: int = 200, media_type: str = "application/jrd+json") -> Response:
    return Response(status, {"content-type": media_type}, json.dumps(document).encode())


def links(*hrefs: Any) -> dict[str, Any]:
    return {"subject": "acct:joe@example.com", "links": [{"rel": ISSUER_RELATION, "href": href} for href in hrefs]}


def test_the_request_is_of_the_operator() -> None:
    request = webfinger_request(normalize("joe@example.com"))
    assert (request.method, request.label) == ("GET", "WebFinger request")
    assert request.headers == {"Accept": "application/jrd+json, application/json"}
    assert request.configured


def test_the_url_of_the_request() -> None:
    """RFC 7033 §4.1: the values of the query are percent-encoded."""
    assert webfinger_request(normalize("https://example.com:8080/~joe")).url == (
        "https://example.com:8080/.well-known/webfinger?resource=https%3A%2F%2Fexample.com%3A8080%2F~joe"
        "&rel=http%3A%2F%2Fopenid.net%2Fspecs%2Fconnect%2F1.0%2Fissuer"
    )


@pytest.mark.parametrize("media_type", ["application/jrd+json", "application/json; charset=utf-8"])
def test_the_issuer(media_type: str) -> None:
    document = links("https://login.example.com/tenant", "https://other.example")
    document["links"].insert(0, {"rel": "avatar", "href": "https://a.example"})
    assert process_webfinger_response(response(document, media_type=media_type)) == "https://login.example.com/tenant"


@pytest.mark.parametrize(
    ("answer", "kind", "problem"),
    [
        (response({}, 404), ConfigurationError, "HTTP 404"),
        (response({}, 400), ConfigurationError, "HTTP 400"),
        (response({}, 302), InvalidResponse, "not followed"),
        (response({}, 503), ProviderBusy, "503"),
        (response(links("https://a.example"), media_type="text/html"), InvalidResponse, "media type"),
        (response([]), InvalidResponse, "instead of an object"),
        (response({}), ConfigurationError, "names no OpenID issuer"),
        (response({"links": {}}), InvalidResponse, "links is not a list"),
        (response({"links": ["x"]}), InvalidResponse, "links is not a list"),
        (response(links(None)), InvalidResponse, "the issuer"),
        (response(links("http://login.example.com")), ConfigurationError, "plain http"),
        (response(links("https://login.example.com/?a=b")), InvalidResponse, "query"),
        (response(links("https://login.example.com/#a")), InvalidResponse, "fragment"),
        (response(links("https://a@login.example.com/")), InvalidResponse, "username"),
    ],
)
def test_other_answers(answer: Response, kind: type[SuiteError], problem: str) -> None:
    with pytest.raises(kind, match=problem):
        process_webfinger_response(answer)
