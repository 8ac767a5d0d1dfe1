"""Sealed text: encrypted and authenticated data that a browser keeps for the Hub, in a cookie."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from jupyterhub.handlers import BaseHandler

from ...protocol import base64url

OVERHEAD = 28
"""Bytes that sealing adds before the encoding as base64url: a nonce of 12 and a tag of 16."""

_NONCE = 12


class Sealer:
    """Seals data for one purpose with a key derived from the Hub's `cookie_secret` (HKDF, RFC 5869; AES-256-GCM).

    Sealed text can be neither read nor changed without the key, and is bound to a context: a text that was sealed as
    one cookie cannot be used as another one.

    Parameters
    ----------
    cookie_secret:
        The Hub's `cookie_secret`.
    purpose:
        A name for the kind of data. Each purpose has its own key.
    """

    def __init__(self, cookie_secret: bytes, purpose: str) -> None:
        self._cipher = AESGCM(_derived_key(cookie_secret, purpose))
        self._derivation_key = _derived_key(cookie_secret, f"{purpose}, derived values")

    @staticmethod
    def of(handler: BaseHandler, purpose: str) -> Sealer:
        """The sealer of the Hub that serves this request."""
        secret = handler.settings["cookie_secret"]
        return _sealer(secret if isinstance(secret, bytes) else str(secret).encode(), purpose)

    def seal(self, data: bytes, context: str) -> str:
        """Return `data`, sealed, as base64url text. `context` is not contained in it, and is needed to open it."""
        nonce = secrets.token_bytes(_NONCE)
        return base64url.encode(nonce + self._cipher.encrypt(nonce, data, context.encode()))

    def open(self, text: str, context: str) -> bytes | None:
        """Return the data in a sealed text; None if it was changed, or sealed with another key or context."""
        try:
            sealed = base64url.decode(text)
        except ValueError:
            return None
        if len(sealed) < OVERHEAD:
            return None
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], context.encode())
        except InvalidTag:
            return None

    def derive(self, label: str, value: str) -> str:
        """Return a secret of 43 characters (256 bits) that only the Hub can compute from `value` (HMAC-SHA256)."""
        message = f"{label}\n{value}".encode("utf-8", "surrogatepass")
        return base64url.encode(hmac.digest(self._derivation_key, message, hashlib.sha256))


@lru_cache(maxsize=16)
def _sealer(cookie_secret: bytes, purpose: str) -> Sealer:
    return Sealer(cookie_secret, purpose)


def _derived_key(cookie_secret: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=f"oauthenticator_suite: {purpose}".encode()).derive(cookie_secret)
