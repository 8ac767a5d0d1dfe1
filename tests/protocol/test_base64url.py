"""base64url: each value has one encoding."""

from __future__ import annotations

import base64

import pytest

from oauthenticator_suite.protocol.base64url import decode, encode


def test_the_example_of_rfc_7515() -> None:
    """Appendix C."""
    octets = bytes([3, 236, 255, 224, 193])
    assert encode(octets) == "A-z_4ME"
    assert decode("A-z_4ME") == octets


@pytest.mark.parametrize("before", [b"", b"a", b"ab"])
def test_every_last_octet(before: bytes) -> None:
    for octet in range(256):
        octets = before + bytes([octet])
        text = encode(octets)
        assert base64.urlsafe_b64encode(octets).decode().partition("=")[0] == text
        assert decode(text) == octets
