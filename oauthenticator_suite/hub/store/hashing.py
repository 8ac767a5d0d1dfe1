"""Hashes of secrets that the suite's tables refer to: the database never holds the secrets themselves."""

from __future__ import annotations

import hashlib


def hash_of(kind: str, secret: str) -> str:
    """The SHA-256 hash of a secret, in hexadecimal.

    The secrets are random and long, so a salt would add nothing.

    Parameters
    ----------
    kind:
        What the secret is, such as ``"cookie"``. Equal secrets of two kinds have different hashes.
    """
    return hashlib.sha256(f"{kind}\0{secret}".encode("utf-8", "surrogatepass")).hexdigest()
