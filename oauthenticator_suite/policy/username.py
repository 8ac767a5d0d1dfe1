"""Usernames: reading one from the claims, and refusing unsafe ones.

The Hub uses a username in URLs, cookies, file names, container names, log lines and admin pages, and it decides which
files a user can read. So a name is refused when it could be confused with another name (by lower-casing in the Hub, by
the database's collation, by Unicode normalization), or when it has a special meaning in one of these places.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from ..errors import IdentityError
from .claims import find_claim

MAX_USERNAME_LENGTH = 255
"""The maximum length of a username in the Hub's database, in characters."""

MAX_COMPARED = 1024
"""Characters of a name that `name_key` reads. A username has at most `MAX_USERNAME_LENGTH`."""

_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control, format (bidi marks, zero-width), surrogate, private-use and unassigned characters; line separators."""

_IGNORED_CATEGORIES = frozenset({"Mn", "Me", "Cc", "Cf"})
"""Accents and other combining marks, and control and format characters."""

_FORBIDDEN_CHARACTERS = frozenset('/\\<>"`\x7f')
"""Path separators, and characters that are special in HTML or a shell. No provider uses them in names."""


def name_key(name: str) -> str:
    """Return the key by which names are compared. Two spellings of one name have the same key.

    This is the compatibility caseless matching of the Unicode Standard (§3.13, D146 and D147): letter case, composition
    and compatibility characters such as full-width letters make no difference, nor does white space around the name.
    Names that the Hub's `normalize_username` makes equal have equal keys. A key is for comparisons only; it is not a
    username.

    Every comparison of names that are not yet usernames of the Hub uses this function: the look-up of a typed name, the
    throttle of password guesses, and the locks of concurrent logins. If two of them used different functions, an
    attacker could try one account's password under many spellings.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", name[:MAX_COMPARED]).casefold())
    return unicodedata.normalize("NFKC", folded.casefold()).strip()


def broad_name_key(name: str) -> str:
    """Return a key that is also equal for names that directories and databases commonly take for one.

    In addition to `name_key`, accents and ignorable characters are left out, and white space inside the name counts
    once: LDAP servers (RFC 4518 §2) and many database collations ignore them. Names with equal `name_key` have equal
    broad keys. It suits limits, where it does no harm if two names share a key, and not the choice of an account.
    """
    letters = unicodedata.normalize("NFKD", name_key(name))
    kept = "".join(character for character in letters if unicodedata.category(character) not in _IGNORED_CATEGORIES)
    return " ".join(unicodedata.normalize("NFKC", kept).split())


def why_not(name: str) -> str | None:
    """Return the reason why `name` is not acceptable as a username, as a phrase for the log; None if it is acceptable.

    Letters of every script are accepted, and so are inner spaces, ``@``, ``+``, ``.``, ``'`` and parentheses.
    """
    if not name:
        return "is empty"
    if len(name) > MAX_USERNAME_LENGTH:
        return f"has {len(name)} characters; the maximum is {MAX_USERNAME_LENGTH}"
    if name != name.strip():
        return "begins or ends with white space"
    for character in name:
        category = unicodedata.category(character)
        if category in _FORBIDDEN_CATEGORIES or (category == "Zs" and character != " "):
            return f"contains the character U+{ord(character):04X} ({category})"
        if character in _FORBIDDEN_CHARACTERS:
            return f"contains the character U+{ord(character):04X}"
    if unicodedata.normalize("NFKC", name) != name:
        return "is not in Unicode normal form NFKC, so it could be confused with another name"
    plain = unquote(name)
    if plain != name and why_not(plain) is not None:
        return "is percent-encoded, and the decoded name is not acceptable"
    if set(plain) <= {"."}:
        return "consists only of dots"
    return None


def why_not_login(login: str, username: str) -> str | None:
    """Return the reason why `login` cannot become `username`, as a phrase for the log; None if it can.

    Parameters
    ----------
    login:
        The name at the provider. Any name may be mapped to an acceptable one, by `username_map` or an override of
        `normalize_username`.
    username:
        The same name, normalised and mapped. It must be acceptable.
    """
    reason = why_not(username)
    if reason is None and login.lower().upper() != login.upper():
        # lower-casing makes it equal to another name: the lower case of the Kelvin sign, U+212A, is an ordinary k
        reason = why_not(login)
    return reason


def vet_login(login: str, username: str) -> None:
    """Check the name at the provider and the username on the Hub that it becomes: see `why_not_login`.

    Raises
    ------
    IdentityError
        If it is not acceptable. The detail gives the reason and does not contain the name.
    """
    reason = why_not_login(login, username)
    if reason is not None:
        raise IdentityError(f"the username {reason}")


REQUEST_SCOPES = "If the claim that you need is not listed, request more scopes, such as profile or email."


def username_from_claims(claims: Mapping[str, Any], key: str, advice: str | Callable[[], str] = REQUEST_SCOPES) -> str:
    """Return the username in the claim `key` (plain or dotted).

    An integer is converted to its digits. A list with one element is taken as its element, because some providers send
    every attribute as a list.

    Raises
    ------
    IdentityError
        If the claim is missing, empty, a list of several values or of another type. The detail lists the names of the
        available claims, so that the operator can choose another, and ends with `advice`. A function
        is called for it only then.
    """
    value = find_claim(claims, key)
    if isinstance(value, list) and len(value) != 1:
        raise IdentityError(
            f"username_claim: the claim {key!r} is a list of {len(value)} values, and a username is one value. Choose "
            "another claim, or set a function that chooses one of them"
        )
    if isinstance(value, list):
        value = value[0]
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and value:
        return value
    available = ", ".join(sorted(str(name)[:40] for name in claims)[:40]) or "none"
    found = "is missing" if value is None else "is empty" if value == "" else f"is a {type(value).__name__}"
    hint = advice if isinstance(advice, str) else advice()
    raise IdentityError(f"username_claim: the claim {key!r} {found}. Available claims: {available}. {hint}")
