"""Stored passwords, as argon2 hashes or in plain text, and a comparison whose duration tells nothing."""

from __future__ import annotations

import hmac
import re
import secrets
import unicodedata
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""Argon2id with 19 MiB and two passes, the minimum in OWASP's Password Storage Cheat Sheet.

It takes a tenth of a second at most, and four comparisons at a time fit into the memory of any Hub.
"""

_OTHER_HASH = re.compile(r"\$(?:[0-9a-z-]{1,20})\$.+|\{[A-Z0-9.-]{3,20}\}.+", re.DOTALL)
"""Hashes of other kinds (crypt(3), LDAP). As plain text they would be passwords that no user knows."""


def hash_password(password: str) -> str:
    """Hash `password` with argon2id and a random salt. Returns the PHC string, which includes the parameters."""
    return _HASHER.hash(_prepared(password))


def is_hash(stored: str) -> bool:
    """Whether `stored` is an argon2 hash, and not a password in plain text.

    Raises
    ------
    ValueError
        When it is a hash of another kind, or an incomplete one. The message does not contain it.
    """
    if stored.startswith("$argon2"):
        try:
            argon2.extract_parameters(stored)
        except InvalidHashError:
            raise ValueError("an incomplete argon2 hash") from None
        return True
    if _OTHER_HASH.fullmatch(stored):
        raise ValueError("a hash of an unsupported kind (use argon2)")
    return False


class Verifier:
    """Compares passwords. An unknown user takes as much work as a wrong password.

    Parameters
    ----------
    stored:
        All stored passwords. If one of them is a hash, every comparison takes the work of one hash, also for a password
        in plain text. The parameters are those that most of the hashes have.
    """

    def __init__(self, stored: Iterable[str]) -> None:
        hashes = [one for one in stored if is_hash(one)]
        self._decoy = ""
        if hashes:
            ((most, _),) = Counter(map(_kind, hashes)).most_common(1)
            parameters = argon2.extract_parameters(next(one for one in hashes if _kind(one) == most))
            self._decoy = argon2.PasswordHasher.from_parameters(parameters).hash(secrets.token_bytes(16))
        self._unknown = secrets.token_hex(16)

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether `stored` is the password or its hash. None, for an unknown user, is False after the same work."""
        given = _prepared(password)
        if stored is not None and is_hash(stored):
            return _matches(stored, given)
        if self._decoy:
            _matches(self._decoy, given)
        expected = _prepared(self._unknown if stored is None else stored)
        equal = hmac.compare_digest(sha256(expected).digest(), sha256(given).digest())
        return equal and stored is not None


def _kind(stored: str) -> str:
    """The algorithm, version and parameters of a hash, without its salt and digest."""
    return stored.rsplit("$", 2)[0]


def _prepared(password: str) -> bytes:
    """The bytes to hash: in Unicode normal form C (RFC 8265 §4.2), because keyboards send different forms."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def _matches(stored: str, password: bytes) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except VerificationError:
        return False
