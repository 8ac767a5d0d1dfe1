"""base64url as defined by JOSE (RFC 7515 §2): the URL-safe alphabet, no padding, one encoding per value."""

from __future__ import annotations

import base64
import binascii
import re

_CHARACTERS = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)

# The unused bits of the last character must be zero (RFC 4648 §3.5). Otherwise one value has several encodings, and a
# signed token could be altered while its signature stays valid.
_LAST_OF_TWO = frozenset("AQgw")
_LAST_OF_THREE = frozenset("AEIMQUYcgkosw048")


def encode(data: bytes) -> str:
    """Return `data` in unpadded base64url."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Return the bytes that `text` encodes.

    Raises
    ------
    ValueError
        For padding, a character outside the alphabet, an impossible length, or unused bits that are not zero. The
        message does not contain the input.
    """
    tail = len(text) % 4
    if tail == 1 or not _CHARACTERS.fullmatch(text):
        raise ValueError("not unpadded base64url")
    if (tail == 2 and text[-1] not in _LAST_OF_TWO) or (tail == 3 and text[-1] not in _LAST_OF_THREE):
        raise ValueError("stray bits after the last octet of base64url")
    # The text is valid, and a2b_base64 ignores excess padding.
    return binascii.a2b_base64(text.replace("-", "+").replace("_", "/") + "==")
