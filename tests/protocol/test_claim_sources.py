"""Aggregated and distributed claims: which sources an answer names, and the checks of their tokens."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.errors import InvalidResponse, InvalidToken, ProviderUnreachable, UserLimit
from oauthenticator_suite.protocol.claim_sources import (
    MAX_SOURCES,
    ClaimSource,
    check_source_token,
    claim_source_request,
    claim_sources,
    process_claim_source_response,
)
from oauthenticator_suite.protocol.id_token import Expectations, IDToken
from oauthenticator_suite.protocol.messages import Response

NOW = 1_900_000_000.0
EXPECTED = Expectations("hub", "https://claims.example", None, None, frozenset({"HS256"}))


def answer(source: Any, **names: Any) -> dict[str, Any]:
    return {"sub": "alice", "_claim_names": names or {"groups": "s1"}, "_claim_sources": {"s1": source}}


def test_both_kinds() -> None:
    (aggregated,) = claim_sources(answer({"JWT": "a.b.c"}, groups="s1", unit="s1", email="s2"))
    assert (aggregated.name, aggregated.claims, aggregated.token) == ("s1", {"groups", "unit"}, "a.b.c")
    (distributed,) = claim_sources(answer({"endpoint": "https://c.example/me", "access_token": "canary"}))
    assert distributed == ClaimSource("s1", frozenset({"groups"}), "", "https://c.example/me", "canary")
    assert "canary" not in repr(distributed)
    request = claim_source_request(distributed)
    assert (request.method, request.url, request.label) == ("GET", "https://c.example/me", "claim source request")
    assert request.headers == {"Accept": "application/jwt", "Authorization": "Bearer canary"}
    (open_to_all,) = claim_sources(answer({"endpoint": "https://c.example/me"}))
    assert "Authorization" not in claim_source_request(open_to_all).headers
    assert open_to_all.shown == "s1"


@pytest.mark.parametrize(
    "source",
    [None, [], "x", {}, {"JWT": 7}, {"JWT": ""}, {"endpoint": 7}, {"endpoint": ""},
     {"endpoint": "https://c.example", "access_token": "a\r\nX: 1"}, {"endpoint": "https://c.example", "access_token": 7}],
)  # fmt: skip
def test_malformed_sources_are_left_out(source: Any) -> None:
    assert claim_sources(answer(source)) == []


def test_a_malformed_source_hides_no_other() -> None:
    sources = {"unnamed": {"JWT": "a"}, "s1": "x", "s2": {"JWT": 7}, "s3": {"JWT": "a.b.c"}}
    names = {"groups": "s1", "unit": "s2", "email": "s3"}
    found = claim_sources({"_claim_names": names, "_claim_sources": sources})
    assert found == [ClaimSource("s3", frozenset({"email"}), "a.b.c")]


@pytest.mark.parametrize(
    "claims",
    [{}, {"_claim_names": {"groups": "s1"}}, {"_claim_sources": {"s1": {"JWT": "a"}}}, answer({"JWT": "a"}, groups="s2"),
     {"_claim_names": ["groups"], "_claim_sources": {}}, answer({"JWT": "a"}, groups=["s1"])],
)  # fmt: skip
def test_answers_without_a_source(claims: dict[str, Any]) -> None:
    assert claim_sources(claims) == []


def test_the_number_of_sources_is_bounded() -> None:
    names = {f"c{number}": f"s{number}" for number in range(50)}
    sources = {source: {"JWT": "a.b.c"} for source in names.values()}
    assert len(claim_sources({"_claim_names": names, "_claim_sources": sources})) == MAX_SOURCES


JSON = st.recursive(
    st.none() | st.text(max_size=5) | st.integers(), lambda inner: st.dictionaries(st.text(max_size=3), inner)
)


@given(JSON, JSON)
def test_any_answer_is_read(names: Any, sources: Any) -> None:
    for source in claim_sources({"_claim_names": names, "_claim_sources": sources}):
        assert source.claims <= set(names)
        assert bool(source.token) != bool(source.endpoint)


def test_the_response() -> None:
    assert process_claim_source_response(Response(200, {}, b" a.b.c\n")) == "a.b.c"
    for status, body, error in (
        (200, "é".encode(), InvalidResponse),
        (401, b"a.b.c", InvalidResponse),
        (204, b"", InvalidResponse),
        (302, b"", InvalidResponse),
        (429, b"", UserLimit),
        (500, b"", ProviderUnreachable),
    ):
        with pytest.raises(error):
            process_claim_source_response(Response(status, {}, body))


def token(**claims: Any) -> IDToken:
    given = {"iss": "https://claims.example", "groups": ["staff"], **claims}
    return IDToken.parse(jwt.encode({k: v for k, v in given.items() if v != "gone"}, "k" * 32, "HS256"))


@pytest.mark.parametrize(
    "claims", [{}, {"aud": "hub"}, {"aud": ["hub"]}, {"sub": "another-subject"}, {"exp": NOW + 1, "iat": NOW - 10**7}]
)
def test_good_tokens(claims: dict[str, Any]) -> None:
    for leeway in (60.0, 0.0):
        check_source_token(token(**claims), replace(EXPECTED, leeway=leeway), NOW)


@pytest.mark.parametrize(
    "claims",
    [{"iss": "gone"}, {"iss": "https://other.example"}, {"aud": "other"}, {"exp": NOW - 61}, {"iat": NOW + 61}, {"nbf": NOW + 61}],
)  # fmt: skip
def test_bad_tokens(claims: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken) as caught:
        check_source_token(token(**claims), EXPECTED, NOW)
    assert caught.value.claim == next(iter(claims))
