"""From a claim to the name of an account, and what may never be one.

A Hub username ends up in URLs, cookies, file names, container names, log lines and admin pages, and it decides whose
files one sees. So a name is refused when two different ones could be taken for the same (by the Hub's lower-casing, by
a database's collation, by Unicode normalisation) or when it could mean something else where it lands.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from ..errors import IdentityError
from .claims import find_claim

MAX_LENGTH = 255
"""The width of the Hub's column for a user's name."""

_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control, format (bidi marks, zero-width), surrogate, private-use and unassigned characters; separators of lines."""

_FORBIDDEN_CHARACTERS = frozenset('/\\<>"`\x7f')
"""Separators of paths, and what a careless page or shell would trip over; no provider's names have them."""


def why_not(name: str) -> str | None:
    """Why `name` may not be a username: a phrase for the log, or None when it may.

    Letters of every script are fine, and so are spaces inside, ``@``, ``+``, ``.``, ``'`` and parentheses.
    """
    if not name:
        return "is empty"
    if len(name) > MAX_LENGTH:
        return f"has {len(name)} characters; at most {MAX_LENGTH} are possible"
    if name != name.strip():
        return "begins or ends with white space"
    for character in name:
        category = unicodedata.category(character)
        if category in _FORBIDDEN_CATEGORIES or (category == "Zs" and character != " "):
            return f"holds the character U+{ord(character):04X} ({category})"
        if character in _FORBIDDEN_CHARACTERS:
            return f"holds the character U+{ord(character):04X}"
    if unicodedata.normalize("NFKC", name) != name:
        return "is not in Unicode normal form NFKC, so that another name could look and sort the same"
    plain = unquote(name)
    if plain != name and why_not(plain) is not None:
        return "is percent-encoded, and what it encodes may not be a name"
    if set(plain) <= {"."}:
        return "consists of dots"
    return None


def vet_username(name: object) -> str:
    """`name` itself, if it may be a username.

    Raises
    ------
    IdentityError
        Naming the reason, and not the name.
    """
    if not isinstance(name, str):
        raise IdentityError(f"the user name is a {type(name).__name__}, not a string")
    reason = why_not(name)
    if reason is not None:
        raise IdentityError(f"the user name {reason}")
    return name


def username_from_claims(claims: Mapping[str, Any], key: str) -> str:
    """The user name at `key` (plain or dotted). A whole number becomes its digits.

    Raises
    ------
    IdentityError
        When the claim is missing, empty or of another type. The detail names the claims that there are, as these are
        what the operator needs to choose another.
    """
    value = find_claim(claims, key)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and value:
        return value
    there = ", ".join(sorted(str(name)[:40] for name in claims)[:40]) or "none at all"
    found = "is missing" if value is None else "is empty" if value == "" else f"is a {type(value).__name__}"
    raise IdentityError(
        f"username_claim: the claim {key!r} {found}. The claims there are: {there}. "
        "If the one you want is not among them, more scopes (profile, email) may have to be asked for."
    )
