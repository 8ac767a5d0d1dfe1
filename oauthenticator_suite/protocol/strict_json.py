"""JSON, read strictly (RFC 8259, and I-JSON, RFC 7493): what two readers could read in two ways is refused.

Metadata, key sets, token replies, user data, and the parts of a JWT are all read here, and nowhere else.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from ..errors import InvalidResponse

_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_PARENTHESES = bytes.maketrans(b"[]{}", b"()()")
_MAY_BE_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")

# The digits of the largest 128-bit number, and a sign: identifiers are at most as large, and int() stays cheap.
_MAX_INTEGER_CHARS = 40
# More than any writer of binary64 numbers needs to be exact, and float() stays cheap.
_MAX_FLOAT_CHARS = 1100


class _Refused(Exception):
    """Carries the reason out of the parser's callbacks."""


def loads_object(data: bytes | str, *, label: str, max_bytes: int = 1_048_576, max_depth: int = 40) -> dict[str, Any]:
    """Read `data` as exactly one JSON object: everything that the OAuth and OpenID documents speak of is one.

    Takes and raises what `loads` does, and also raises InvalidResponse for a value that is no object.
    """
    value = loads(data, label=label, max_bytes=max_bytes, max_depth=max_depth)
    if not isinstance(value, dict):
        raise InvalidResponse(f"{label}: JSON of type {type(value).__name__} where an object belongs")
    return value


def loads(data: bytes | str, *, label: str, max_bytes: int = 1_048_576, max_depth: int = 40) -> Any:
    """Read `data` as exactly one JSON value. Some providers' own APIs answer with arrays.

    Parameters
    ----------
    data:
        The text, or its UTF-8 bytes. A byte order mark is not part of JSON text (RFC 8259 §8.1) and is refused.
    label:
        What is read, for the error's detail: "token response". It must hold no data.
    max_bytes:
        The largest size in bytes of UTF-8.
    max_depth:
        How deep objects and arrays may be nested, the outermost one being 1.

    Raises
    ------
    InvalidResponse
        Too large, too deep, not UTF-8, empty, or not JSON; or JSON that readers disagree about: a member name twice
        in one object (RFC 7493 §2.3), NaN or Infinity, a number that is too long or overflows (§2.2), a surrogate
        without its partner (§2.1). The error names the reason and never quotes the data.
    """
    # Raised outside of the except blocks: a JSONDecodeError holds the whole document, and must not be the context.
    value, reason = _load(data, max_bytes, max_depth)
    if reason:
        raise InvalidResponse(f"{label}: {reason}")
    return value


def _load(data: bytes | str, max_bytes: int, max_depth: int) -> tuple[Any, str]:
    """The value and an empty reason, or None and the reason of the refusal."""
    # No text has fewer bytes than characters, so this bounds the work of encoding as well.
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
    if not text.strip(" \t\r\n"):
        return None, "empty where JSON belongs"
    if _too_deep(raw, max_depth):
        return None, f"JSON nested deeper than {max_depth}"
    try:
        value = json.loads(
            text, object_pairs_hook=_members, parse_int=_integer, parse_float=_number, parse_constant=_constant
        )
        # A lone surrogate can only have come from an escape: the text itself was valid UTF-8.
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
    """Whether the nesting goes too deep, found out without recursion and before the recursive parser sees the text.

    Up to the first syntax error this agrees with the parser about where strings begin and end; behind it the
    parser does not go.
    """
    if raw.count(b"[") + raw.count(b"{") <= max_depth:
        return False
    without_escapes = raw.replace(rb"\\", b"").replace(rb"\"", b"")
    without_strings = b"".join(without_escapes.split(b'"')[::2])
    nesting = without_strings.translate(_PARENTHESES, _NOT_BRACKETS)
    for _ in range(max_depth):
        # Each pass takes away the innermost level everywhere.
        peeled = nesting.replace(b"()", b"")
        if len(peeled) == len(nesting):
            break
        nesting = peeled
    # What cannot be peeled is unbalanced, thus no JSON: that is for the parser to say, unless it is deep.
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
    value = float(literal) if len(literal) <= _MAX_FLOAT_CHARS else float("inf")
    if value in (float("inf"), float("-inf")):
        raise _Refused("JSON number that is too large or too long")
    return value


def _constant(literal: str) -> NoReturn:
    raise _Refused("JSON with NaN or Infinity")
