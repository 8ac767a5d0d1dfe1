"""Files with credentials: damaged ones, ones with other members, and odd paths."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st
from joserfc.jwk import Key

from .documents import exchanged, json_values

INSERTED = [
    b"\x00",
    b"\xff",
    b"\r\n",
    b"&a=b",
    b" ",
    b".",
    b"\xef\xbb\xbf",
    b'"',
    b"{",
    b"-----BEGIN PRIVATE KEY-----",
    b"=" * 9,
]


@st.composite
def changed(draw: st.DrawFn, content: bytes) -> bytes:
    """A good file, with up to three changes: bytes flipped, cut, repeated, inserted; or in another encoding."""
    result = bytearray(content)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, max(len(result) - 1, 0)))
        how = draw(st.sampled_from(["flip", "cut", "drop", "insert", "repeat", "recode"]))
        if how == "flip" and result:
            result[at] ^= 1 << draw(st.integers(0, 7))
        elif how == "cut":
            del result[at:]
        elif how == "drop":
            del result[at : at + draw(st.integers(1, 40))]
        elif how == "insert":
            result[at:at] = draw(st.sampled_from(INSERTED) | st.binary(max_size=10))
        elif how == "repeat":
            result += result[: 200_000 - len(result)]
        elif how == "recode":
            result = bytearray(bytes(result).decode("latin-1").encode(draw(st.sampled_from(["utf-16", "utf-7"]))))
    return bytes(result)


def texts(good: str) -> st.SearchStrategy[bytes]:
    """A text, changed, with white space around it."""
    space = st.sampled_from([b"", b"\n", b"\r\n", b" ", b"\t\n", b"\x0b", b"\xc2\xa0"])
    return st.tuples(space, changed(good.encode()), space).map(b"".join)


def tokens(token: Callable[..., str]) -> st.SearchStrategy[bytes]:
    """Tokens with other claims, and with other headers."""
    claims = st.dictionaries(st.sampled_from(["exp", "iat", "iss", "sub", "aud", "nbf"]), json_values, max_size=3)
    headers = st.fixed_dictionaries({}, optional={"alg": json_values, "typ": json_values, "crit": json_values})

    def with_header(parts: tuple[str, dict[str, Any]]) -> bytes:
        _, rest = parts[0].split(".", 1)
        text = json.dumps(parts[1]).encode("utf-8", "surrogatepass")
        return base64.urlsafe_b64encode(text).rstrip(b"=") + b"." + rest.encode()

    return claims.map(lambda each: _signed(token, each)) | st.tuples(st.just(token()), headers).map(with_header)


def _signed(token: Callable[..., str], claims: dict[str, Any]) -> bytes:
    try:
        return token(**claims).encode()
    except (TypeError, ValueError):  # what PyJWT does not sign
        return b""


def jwk_sets(keys: Sequence[Key]) -> st.SearchStrategy[bytes]:
    """Sets of keys some of whose members are exchanged, and sets of one key twice."""
    members = [key.as_dict(private=True) for key in keys]
    extra = {"use": "sig", "alg": "RS256", "kid": "k", "x5c": ["A"], "key_ops": ["sign"], "oth": []}
    one = st.sampled_from(members).flatmap(lambda member: exchanged(member) | exchanged({**member, **extra}))
    documents = st.lists(one, max_size=4).map(lambda found: {"keys": found}) | one
    return documents.map(lambda document: json.dumps(document).encode("utf-8", "surrogatepass"))


paths = st.sampled_from(
    ["{folder}", "{folder}/missing", "{folder}/\x00", "/dev/null", "/dev/zero", "/dev/full", "/proc/self/mem", "/", ".", "..",
     "~", "a" * 5_000, "\ud800", "\n", "file:///etc/passwd", "{folder}/" + "b/" * 2_000, "/etc/passwd"]
) | st.text(min_size=1, max_size=30).map(lambda name: f"{{folder}}/no/{name}")  # fmt: skip
"""Paths of which none has a credential. ``{folder}`` stands for an existing one."""
