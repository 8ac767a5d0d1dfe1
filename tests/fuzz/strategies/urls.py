"""URLs: what the parameter ``next`` can contain, what an operator can take for an endpoint, and ``Link`` headers."""

from __future__ import annotations

from hypothesis import strategies as st

PIECES = (
    *("/", "//", "\\", "\t", "\r", "\n", "\r\n", "@", ":", "#", "?", "%2f", "%5c", "%09", "%00", ".", "..", "%2e", ";"),
    *("\x00", " ", "&", "=", "https:", "http:", "javascript:", "data:", "https://", "evil.example", "[::1]", "user"),
    *("hub", "hub.example", "\u2028", "\u2029", "\uff0f", "\uff1a", "\u3002", "\xad", "a", "ж", "\ud800", "\x7f"),
)
"""What URLs are made of, and what parsers disagree about."""

destinations = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=9).map("".join)
"""Values of the parameter ``next``."""

_HOST_PIECES = st.sampled_from(
    ["op.example", "127.0.0.1", "[::1]", "[::1", "::1]", "xn--bcher-kva.example", "bücher.example", "a_b", "-a-", "..",
     "0x7f.1", "2130706433", "localhost", "user@", "user:pw@", ":443", ":0", ":65536", ":", "%2e", "%00", " ", "。", "."]
)  # fmt: skip
endpoints = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["https://", "http://", "HTTPS://", "https:/", "https:", "//", "ftp://", "https:\\\\", ""]),
        st.lists(_HOST_PIECES, max_size=3).map("".join),
        st.lists(st.sampled_from(PIECES), max_size=5).map("".join),
    ),
)
"""URLs that a document may name as an endpoint: most of them are wrong in some way."""

PAGE = "https://api.example/user/teams?per_page=100"
"""The URL of the first page of a list."""

link_pieces = st.sampled_from(
    ["<", ">", ";", ",", '"', " ", "rel=", "rel", "next", "last", '"next"', PAGE, "&page=2", "https://evil.example/",
     "//", "\\", "[", "]", "%2f", "\t", "é", "?", "#", "@", ":", "=", "a" * 50, "title*=UTF-8''x", "\u2028", "\x00"]
)  # fmt: skip
link_headers = st.lists(link_pieces | st.text(max_size=8), max_size=30).map("".join)
"""Values of the header ``Link`` (RFC 8288)."""
