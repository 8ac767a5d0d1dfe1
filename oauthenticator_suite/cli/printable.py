"""Text for a terminal: usernames, groups and claims come from users and providers, and may contain control characters.

A terminal acts on such characters. They could hide lines of a report, or make it say something else.
"""

from __future__ import annotations


def printable(text: str) -> str:
    """The text on one line, with every character escaped that is not printed: ``\\x1b`` for ESC.

    Also escaped are characters that change the direction of text, and lone surrogates, which cannot be encoded.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
