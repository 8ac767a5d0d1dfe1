"""The provider's signing keys, and ID tokens that may be bent before they are signed."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from functools import cache
from hashlib import sha256, sha384, sha512
from typing import Any

from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

Key = RSAKey | ECKey | OKPKey


def base64url(data: bytes | str) -> str:
    return urlsafe_b64encode(data.encode() if isinstance(data, str) else data).rstrip(b"=").decode("ascii")


@cache
def _key_material(algorithm: str, number: int) -> Key:
    """The `number`-th key of a kind: made once in a process, because RSA keys take long to make."""
    if algorithm.startswith(("RS", "PS")):
        return RSAKey.generate_key(2048)
    if algorithm == "EdDSA":
        return OKPKey.generate_key("Ed25519")
    return ECKey.generate_key({"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}[algorithm])


@cache  # to read an RSA key takes long as well, because it is checked
def named_key(algorithm: str, number: int, kid: str | None) -> Key:
    material = _key_material(algorithm, number)
    fields = {**material.as_dict(private=True), "use": "sig", "alg": algorithm}
    fields.pop("kid", None)
    if kid is not None:
        fields["kid"] = kid
    return type(material).import_key(fields)


def sign(header: dict[str, Any], payload: str, key: Key | bytes | None) -> str:
    """A compact JWS whose header and payload are taken as they are, however wrong. Bytes are a secret for HS256."""
    signing_input = f"{base64url(json.dumps(header))}.{base64url(payload)}"
    signature = b""
    if isinstance(key, bytes):
        signature = hmac.digest(key, signing_input.encode("ascii"), "sha256")
    elif key is not None:
        signature = JWSRegistry.algorithms[header["alg"]].sign(signing_input.encode("ascii"), key)
    return f"{signing_input}.{base64url(signature)}"


def left_half_hash(algorithm: str, value: str) -> str:
    """at_hash (OpenID Connect Core §3.1.3.6); for EdDSA with Ed25519, SHA-512."""
    hash_function = {"256": sha256, "384": sha384, "512": sha512}.get(algorithm[-3:], sha512)
    digest = hash_function(value.encode("ascii")).digest()
    return base64url(digest[: len(digest) // 2])


@dataclass
class IDTokenDraft:
    """An ID token before it is signed; a fault may change any part.

    `payload` replaces the JSON of `claims`; `compact` replaces the whole token; a `key` of None leaves it unsigned.
    """

    header: dict[str, Any]
    claims: dict[str, Any]
    key: Key | bytes | None
    payload: str | None = None
    compact: str | None = None

    def serialize(self) -> str:
        if self.compact is not None:
            return self.compact
        return sign(self.header, json.dumps(self.claims) if self.payload is None else self.payload, self.key)


class SigningKeys:
    """A key that signs, and the keys that are published (public parts only)."""

    def __init__(self, algorithm: str = "RS256", *, with_kid: bool = True) -> None:
        self.algorithm = algorithm
        self.with_kid = with_kid
        self._made = 0
        self.current = self._make()
        self.published: list[Key] = [self.current]

    def _make(self) -> Key:
        self._made += 1
        return named_key(self.algorithm, self._made, f"key-{self._made}" if self.with_kid else None)

    def unpublished(self) -> Key:
        """A key of the same kind that appears in no key set."""
        return named_key(self.algorithm, 0, None)

    def rotate(self, *, keep_old: bool = False) -> None:
        """Sign with a new key from now on, and publish it (with or without the old ones)."""
        self.current = self._make()
        self.published = [*(self.published if keep_old else []), self.current]

    def jwks(self) -> dict[str, Any]:
        return {"keys": [key.as_dict(private=False) for key in self.published]}
