"""The search over many ways to sign in, on the server: it works without JavaScript. The script does the same."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from .ways import Way

MANY = 7
"""A page with more ways than this has a search."""

MAX_QUERY = 100
"""Maximum length of a query; the rest is ignored."""

_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i"})


@dataclass(frozen=True, slots=True)
class Search:
    """The form of a search.

    Attributes
    ----------
    action:
        The URL of the page.
    query:
        What the user has searched for; may be empty.
    fields:
        Hidden fields of the form: names and values.
    all_url:
        The URL of the page with all ways.
    """

    action: str
    query: str
    fields: tuple[tuple[str, str], ...]
    all_url: str


def found(ways: Iterable[Way], query: str) -> list[Way]:
    """The ways whose name or hint contains all words of `query`, regardless of letter case and accents."""
    words = folded(query).split()
    return [way for way in ways if all(word in folded(f"{way.name} {way.hint}") for word in words)]


def folded(text: str) -> str:
    """`text` in lower case, without accents."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).translate(_LETTERS)
