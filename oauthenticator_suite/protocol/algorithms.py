"""The supported signature algorithms: a closed table, with the keys that each algorithm accepts.

The names are those of RFC 7518 §3.1 and RFC 8037 §3.1. ``none``, ``ES256K`` and Ed448 are not in the table, so no
option can allow them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from joserfc.errors import JoseError
from joserfc.jwk import Key, OctKey
from joserfc.jws import JWSRegistry

from . import base64url

#: A shorter symmetric key can be guessed from one token (112 bits: NIST SP 800-131A; RFC 7518 §3.2 requires more).
MIN_SECRET_BYTES = 14


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One ``alg``: the key type and curve that it requires, and its hash (a name in `hashlib`)."""

    name: str
    kty: str
    crv: str | None
    hash: str

    def fits(self, key: Key) -> bool:
        """Whether `key` may be used with this algorithm: by type, curve, and the key's ``alg`` if it has one.

        A key is never used with an algorithm of another family, whatever the token's header says (RFC 8725 §3.1).
        """
        # RSA keys and symmetric keys have no curve; nor have their algorithms.
        if key.key_type != self.kty or getattr(key, "curve_name", None) != self.crv:
            return False
        if isinstance(key, OctKey) and len(key.raw_value) < MIN_SECRET_BYTES:
            return False
        return key.get("alg") in (None, self.name)

    def verify(self, signing_input: bytes, signature: bytes, key: Key) -> bool:
        """Whether `signature` over `signing_input` is valid. `key` must fit the algorithm (see `fits`)."""
        # Uses the algorithm object directly: creating a registry per call takes as long as the verification, and
        # warns about each EdDSA token.
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
    # Ed25519 uses SHA-512 (RFC 8032 §5.1), so its at_hash does too.
    rows.append(Algorithm("EdDSA", "OKP", "Ed25519", "sha512"))
    return {row.name: row for row in rows}


#: All supported algorithms, by their ``alg`` name.
ALGORITHMS: dict[str, Algorithm] = _table()

#: The algorithms with a public key, which the provider publishes.
ASYMMETRIC_ALGORITHMS: frozenset[str] = frozenset(name for name, row in ALGORITHMS.items() if row.kty != "oct")
