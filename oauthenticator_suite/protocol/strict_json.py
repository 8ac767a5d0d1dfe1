"""Strict parsing of JSON (RFC 8259 and I-JSON, RFC 7493): text that two parsers could read differently is refused.

All JSON is read here: metadata, key sets, token responses, user data, and the parts of a JWT.
"""

from __future__ import annotations

import json
import re
from math import isinf
from typing import Any, NoReturn

from ..errors import InvalidResponse

_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_PARENTHESES = bytes.maketrans(b"[]{}", b"()()")
_MAY_BE_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")

# The digits of a 128-bit integer and a sign: enough for identifiers, and int() stays fast.
_MAX_INTEGER_CHARS = 40
# More than an exact binary64 number needs, and float() stays fast.
_MAX_FLOAT_CHARS = 1100


class _Refused(Exception):
    """Carries the reason of a refusal out of the parser's callbacks."""


def loads_object(data: bytes | str, *, label: str, max_bytes: int = 1_048_576, max_depth: int = 40) -> dict[str, Any]:
    """Parse `data` as one JSON object, which is what all OAuth and OpenID Connect messages are.

    Parameters are those of `loads`.

    Raises
    ------
    InvalidResponse
        As in `loads`; also if the value is not an object.
    """
    value = loads(data, label=label, max_bytes=max_bytes, max_depth=max_depth)
    if not isinstance(value, dict):
        raise InvalidResponse(f"{label}: JSON of type {type(value).__name__} instead of an object")
    return value


def members_of(data: bytes | str) -> dict[str, Any]:
    """The members of the JSON object in `data`; none if it is anything else, as the body of a refusal may be."""
    try:
        return loads_object(data, label="JSON")
    except InvalidResponse:
        return {}


def loads(data: bytes | str, *, label: str, max_bytes: int = 1_048_576, max_depth: int = 40) -> Any:
    """Parse `data` as one JSON value of any type. Some provider APIs return arrays.

    Parameters
    ----------
    data:
        The text, or its UTF-8 bytes. A byte order mark is refused (RFC 8259 §8.1).
    label:
        Names the document in errors, such as "token response". It must not contain data.
    max_bytes:
        The maximum size in bytes of UTF-8.
    max_depth:
        The maximum nesting depth of objects and arrays; the outermost has depth 1.

    Raises
    ------
    InvalidResponse
        If the data are too large, too deep, empty, not UTF-8 or not JSON; or if parsers disagree about them: a
        duplicate member name (RFC 7493 §2.3), NaN or Infinity, a number that is too long or overflows (§2.2), or an
        unpaired surrogate (§2.1). The detail gives the reason and never quotes the data.
    """
    # Not raised in an except block: a JSONDecodeError as __context__ would contain the whole document.
    value, reason = _load(data, max_bytes, max_depth)
    if reason:
        raise InvalidResponse(f"{label}: {reason}")
    return value


def _load(data: bytes | str, max_bytes: int, max_depth: int) -> tuple[Any, str]:
    """The value and an empty reason, or None and the reason of the refusal."""
    # A text has at least as many bytes as characters, so this check also limits the cost of encoding.
    if len(data) > max_bytes:
        return None, f"larger than {max_bytes} bytes"
    try:
        raw = data.encode("utf-8") if isinstance(data, str) else data
        text = raw.decode("utf-8")
    except UnicodeError:
        return None, "not valid UTF-8"
    if len(raw) > max_bytes:
        return None, f"larger than {max_bytes} bytes"
    if text.startswith("\ufeff"):
        return None, "begins with a byte order mark"
    if not text.strip():
        return None, "empty instead of JSON"
    if _too_deep(raw, max_depth):
        return None, f"JSON nested deeper than {max_depth}"
    try:
        value = json.loads(
            text, object_pairs_hook=_members, parse_int=_integer, parse_float=_number, parse_constant=_constant
        )
        # A lone surrogate can only come from an escape sequence, because the text is valid UTF-8.
        if _MAY_BE_SURROGATE.search(raw):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except _Refused as refused:
        return None, str(refused)
    except UnicodeEncodeError:
        return None, "JSON with a lone surrogate"
    except json.JSONDecodeError as error:
        return None, f"not JSON at character {error.pos} of {len(text)}"
    return value, ""


def _too_deep(raw: bytes, max_depth: int) -> bool:
    """Whether the nesting is too deep. Checked without recursion, before the recursive parser sees the text.

    Up to the first syntax error, this function and the parser agree on where strings begin and end. The parser stops at
    the first syntax error.
    """
    if raw.count(b"[") + raw.count(b"{") <= max_depth:
        return False
    without_escapes = raw.replace(rb"\\", b"").replace(rb"\"", b"")
    without_strings = b"".join(without_escapes.split(b'"')[::2])
    nesting = without_strings.translate(_PARENTHESES, _NOT_BRACKETS)
    for _ in range(max_depth):
        # Each pass removes the innermost level everywhere.
        peeled = nesting.replace(b"()", b"")
        if len(peeled) == len(nesting):
            break
        nesting = peeled
    # The rest is unbalanced and therefore not JSON. The parser reports that, unless the rest is too deep for it.
    return b"()" in nesting or nesting.count(b"(") > max_depth


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Refused("JSON object with a duplicate member name")
    return members


def _integer(literal: str) -> int:
    if len(literal) > _MAX_INTEGER_CHARS:
        raise _Refused(f"JSON integer of {len(literal)} characters")
    return int(literal)


def _number(literal: str) -> float:
    if len(literal) > _MAX_FLOAT_CHARS or isinf(value := float(literal)):
        raise _Refused("JSON number that is too large or too long")
    return value


def _constant(literal: str) -> NoReturn:
    raise _Refused("JSON with NaN or Infinity")
