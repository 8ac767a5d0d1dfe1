"""The signature algorithms this package knows: a closed table, and which key may serve which algorithm.

RFC 7518 §3.1 and RFC 8037 §3.1. ``none`` is not in the table, so nothing can allow it; nor are ``ES256K`` and Ed448.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from joserfc.errors import JoseError
from joserfc.jwk import Key, OctKey
from joserfc.jws import JWSRegistry

from . import base64url

#: A symmetric key below 112 bits can be guessed from one token (NIST SP 800-131A; RFC 7518 §3.2 asks for more still).
MIN_SECRET_BYTES = 14


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One ``alg``: the key type and curve it needs, and the hash that it uses (a name that `hashlib` knows)."""

    name: str
    kty: str
    crv: str | None
    hash: str

    def fits(self, key: Key) -> bool:
        """Whether `key` may verify this algorithm: type, curve, and the key's own ``alg`` when it states one.

        A key of one family never meets an algorithm of another, whatever the token's header says (RFC 8725 §3.1).
        """
        # Keys without a curve are RSA's and secrets, and so are the algorithms without one.
        if key.key_type != self.kty or getattr(key, "curve_name", None) != self.crv:
            return False
        if isinstance(key, OctKey) and len(key.raw_value) < MIN_SECRET_BYTES:
            return False
        return key.get("alg") in (None, self.name)

    def verify(self, signing_input: bytes, signature: bytes, key: Key) -> bool:
        """Whether `signature` over `signing_input` is good by `key`, which must fit. Never raises for a bad one."""
        # The algorithm object itself: a registry per call would cost as much as the signature, and would warn at
        # every EdDSA token.
        try:
            return JWSRegistry.algorithms[self.name].verify(signing_input, signature, key)
        except (JoseError, ValueError):
            return False

    def half_hash(self, value: str) -> str:
        """The left half of the hash of `value`, in base64url: an ``at_hash`` (OpenID Connect Core §3.1.3.6)."""
        digest = hashlib.new(self.hash, value.encode("utf-8")).digest()
        return base64url.encode(digest[: len(digest) // 2])


def _table() -> dict[str, Algorithm]:
    curves = {256: "P-256", 384: "P-384", 512: "P-521"}
    rows = []
    for size, curve in curves.items():
        rows += [
            Algorithm(f"RS{size}", "RSA", None, f"sha{size}"),
            Algorithm(f"PS{size}", "RSA", None, f"sha{size}"),
            Algorithm(f"ES{size}", "EC", curve, f"sha{size}"),
            Algorithm(f"HS{size}", "oct", None, f"sha{size}"),
        ]
    # Ed25519 hashes with SHA-512 inside (RFC 8032 §5.1), and so its at_hash does too.
    rows.append(Algorithm("EdDSA", "OKP", "Ed25519", "sha512"))
    return {row.name: row for row in rows}


#: Every algorithm that can be allowed, by its name in a header.
ALGORITHMS: dict[str, Algorithm] = _table()

#: Those whose key the provider publishes.
ASYMMETRIC_ALGORITHMS: frozenset[str] = frozenset(name for name, row in ALGORITHMS.items() if row.kty != "oct")
