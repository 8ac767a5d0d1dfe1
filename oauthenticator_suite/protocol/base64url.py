"""base64url as JOSE writes it (RFC 7515 §2): the URL-safe alphabet, no padding, one spelling per value."""

from __future__ import annotations

import base64
import binascii
import re

_ALPHABET = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)

# The bits of the last character that belong to no octet must be zero: else one value has several spellings, and a
# signed token could be altered without its signature noticing (RFC 4648 §3.5).
_LAST_OF_TWO = frozenset("AQgw")
_LAST_OF_THREE = frozenset("AEIMQUYcgkosw048")


def encode(data: bytes) -> str:
    """The unpadded base64url spelling of `data`."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """The octets that `text` spells.

    Raises
    ------
    ValueError
        For padding, a foreign character, an impossible length, or stray bits at the end. The message holds no input.
    """
    tail = len(text) % 4
    if tail == 1 or not _ALPHABET.fullmatch(text):
        raise ValueError("not unpadded base64url")
    if (tail == 2 and text[-1] not in _LAST_OF_TWO) or (tail == 3 and text[-1] not in _LAST_OF_THREE):
        raise ValueError("stray bits after the last octet of base64url")
    # The text is known to be good: too much padding does no harm to it.
    return binascii.a2b_base64(text.replace("-", "+").replace("_", "/") + "==")
