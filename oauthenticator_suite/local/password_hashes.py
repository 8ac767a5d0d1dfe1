"""Passwords that are kept here: as argon2 hashes, or in plain text; and comparing without telling by the time taken."""

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
"""Argon2id with 19 MiB and two passes: the least that OWASP's Password Storage Cheat Sheet names.

A tenth of a second at most, and four at once fit into any Hub.
"""

_OTHER_HASH = re.compile(r"\$(?:[0-9a-z-]{1,20})\$.+|\{[A-Z0-9.-]{3,20}\}.+", re.DOTALL)
"""What looks like a hash of another kind (crypt(3), LDAP): taken for plain text, nobody could sign in with it."""


def hash_password(password: str) -> str:
    """The argon2id hash of `password`, with a salt of its own and its parameters, in the PHC string format."""
    return _HASHER.hash(_prepared(password))


def is_hash(stored: str) -> bool:
    """Whether `stored` is an argon2 hash, and not a password in plain text.

    Raises
    ------
    ValueError
        When it is a hash of another kind, or a broken one. The message says nothing of it.
    """
    if stored.startswith("$argon2"):
        try:
            argon2.extract_parameters(stored)
        except InvalidHashError:
            raise ValueError("an argon2 hash that is not complete") from None
        return True
    if _OTHER_HASH.fullmatch(stored):
        raise ValueError("a hash of a kind that is not known here (argon2 is)")
    return False


class Verifier:
    """Compares passwords, with the same work for a name that is not known.

    Parameters
    ----------
    stored:
        All that is kept. If there is a hash among them, every comparison costs that of one hash (of the kind that most
        of them have), also for a password in plain text.
    """

    def __init__(self, stored: Iterable[str]) -> None:
        hashes = [one for one in stored if is_hash(one)]
        self._decoy = ""
        if hashes:
            ((most, _),) = Counter(map(_kind, hashes)).most_common(1)
            parameters = argon2.extract_parameters(next(one for one in hashes if _kind(one) == most))
            self._decoy = argon2.PasswordHasher.from_parameters(parameters).hash(secrets.token_bytes(16))
        self._nobodys = secrets.token_hex(16)

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether `password` is the one that `stored` was made of; False, after the same work, for None."""
        given = _prepared(password)
        if stored is not None and is_hash(stored):
            return _matches(stored, given)
        if self._decoy:
            _matches(self._decoy, given)
        expected = _prepared(self._nobodys if stored is None else stored)
        equal = hmac.compare_digest(sha256(expected).digest(), sha256(given).digest())
        return equal and stored is not None


def _kind(stored: str) -> str:
    """Algorithm, version and parameters of a hash: all but its salt and the hash itself."""
    return stored.rsplit("$", 2)[0]


def _prepared(password: str) -> bytes:
    """The bytes that are hashed: in Unicode normal form C (RFC 8265 §4.2), as keyboards differ in what they send."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def _matches(stored: str, password: bytes) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except VerificationError:
        return False
