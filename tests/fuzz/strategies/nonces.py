"""Nonces of a server that demands DPoP proofs, and its answers."""

from __future__ import annotations

import json
from typing import NamedTuple

from hypothesis import strategies as st

from oauthenticator_suite.protocol.messages import Response

good = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='"\\'), min_size=1, max_size=30)
"""RFC 9449 §8.1."""

odd = st.sampled_from(
    ["", " ", "a b", 'a"b', "a\\b", "a, b", "a,b", "\t", "eyJhbGciOiJub25lIn0..", "<script>", "{}", "%0d%0aX: y", "n" * 1024,
     "n" * 1025, "n" * 6000, "\u2028", "use_dpop_nonce", "null", "nonce", "é", "\u212a"]
)  # fmt: skip

wire_texts = good | odd | st.text(st.characters(min_codepoint=0x20, exclude_categories=["Cs", "Cc"]), max_size=20)
"""What an HTTP server can send."""

header_texts = (
    wire_texts
    | st.binary(max_size=20).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
    | st.sampled_from(["a\r\nX: y", "a\nb", "a\x00b", "\x7f", "a\rb", "\ud800"])
)
"""What a header can have after it was read: also bytes that are not UTF-8, and what no HTTP client lets through."""


class ServerAnswer(NamedTuple):
    """One answer: its nonces, and whether the server accepts the proof."""

    nonces: list[str]
    how: str
    """``accept``, or ``demand`` for a refusal with use_dpop_nonce."""


def server_answers(texts: st.SearchStrategy[str]) -> st.SearchStrategy[ServerAnswer]:
    """Answers with up to three nonces."""
    return st.builds(ServerAnswer, st.lists(texts, max_size=3), st.sampled_from(["accept", "demand", "demand"]))


def response(answer: ServerAnswer, *, to_resource: bool) -> Response:
    """The answer as the HTTP client returns it: header fields of one name are joined (RFC 9110 §5.3)."""
    headers = {"content-type": "application/json"}
    if answer.nonces:
        headers["dpop-nonce"] = ", ".join(answer.nonces)
    if answer.how == "accept":
        return Response(200, headers, b"{}")
    if to_resource:
        return Response(401, {**headers, "www-authenticate": 'DPoP error="use_dpop_nonce"'}, b"")
    return Response(400, headers, json.dumps({"error": "use_dpop_nonce"}).encode())
