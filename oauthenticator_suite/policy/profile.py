"""The user's profile: the name, initials and picture that the Hub gives to servers for display to other users."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from .claims import find_claim

MAX_DISPLAY_NAME_LENGTH = 200
"""Longer names are cut to this number of characters: more do not fit next to a cursor."""

MAX_URL_LENGTH = 2048
"""Longer picture URLs are ignored; in characters."""

_NOT_SHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that are removed: control, format (bidi marks reverse nearby text), surrogate and unassigned."""

_ADDRESS = re.compile(r"[^\s@/]+@[^\s@/]+")


@dataclass(frozen=True, slots=True)
class ProfileClaims:
    """The claims to read, as plain or dotted keys. The defaults are those of OpenID Connect Core 1.0 §5.1."""

    name: str = "name"
    given_name: str = "given_name"
    family_name: str = "family_name"
    picture: str = "picture"


def profile(claims: Mapping[str, Any], keys: ProfileClaims) -> dict[str, str]:
    """Return the ``user_info`` of JupyterHub 6: ``name``, ``display_name``, ``initials`` and ``avatar_url``.

    Keys without a value are left out. Values never contain an e-mail address, because every user who shares a document
    or may list users sees them. Control characters are removed from texts, and texts are cut to
    `MAX_DISPLAY_NAME_LENGTH`. The picture must be an https URL without user information. ``avatar_url``, which is
    JupyterHub's own name and that of many APIs, counts where there is no picture under its key.
    """
    given = _text(find_claim(claims, keys.given_name))
    family = _text(find_claim(claims, keys.family_name))
    name = _text(find_claim(claims, keys.name)) or " ".join(filter(None, (given, family)))
    picture = _picture(find_claim(claims, keys.picture)) or _picture(claims.get("avatar_url"))
    found = {
        "name": name,
        "display_name": given or name,
        "initials": _initials([given, family] if given and family else name.split()),
        "avatar_url": picture,
    }
    return {key: value for key, value in found.items() if value}


def _text(value: object) -> str:
    if not isinstance(value, str) or _ADDRESS.search(value[:MAX_URL_LENGTH]):
        return ""
    shown = "".join(
        character if unicodedata.category(character) not in _NOT_SHOWN else " " if character.isspace() else ""
        for character in value[:MAX_URL_LENGTH]
    )
    return " ".join(shown.split())[:MAX_DISPLAY_NAME_LENGTH].rstrip()


def _initials(words: list[str]) -> str:
    """The first letters of the first and last word. Jupyter shows them when there is no picture."""
    letters = [found[0] for word in words if (found := [*filter(str.isalnum, word)])]
    return "".join(letters[:1] + letters[1:][-1:]).upper()


def _picture(value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_URL_LENGTH:
        return ""
    if not value.isascii() or not value.isprintable() or any(c in value for c in ' "<>\\`'):
        return ""
    try:
        parts = urlsplit(value)
        valid = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        return ""
    return value if valid and not _ADDRESS.search(unquote(value)) else ""
