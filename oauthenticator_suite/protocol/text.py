"""Text from a provider or browser, sanitized for the log and for terminals."""

from __future__ import annotations

import re
from html import unescape

# Longer text is cut first, so that the work is bounded.
_MAX_INPUT = 4096
_ENTITY = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_TOKEN_LIKE = re.compile(r"[A-Za-z0-9_\-.~+/=%]{16,}")


def for_log(text: str, limit: int = 200) -> str:
    """Return `text` on one line of at most `limit` characters, without control characters and without tokens.

    Some providers write their messages for a page, so HTML entities such as ``&quot;`` are decoded first. Control,
    format and unassigned characters, surrogates and line separators are replaced by spaces. Some providers repeat the
    refused code or credential in ``error_description`` (RFC 6749 §5.2), so a long run of token characters is replaced
    by its length. Ordinary words are kept. Of a text of more than 4096 characters, only whole words at its beginning
    are used: a cut word may be the beginning of a token. If there are none, the length of the text is returned.
    """
    length = len(text)
    if length > _MAX_INPUT:
        text = text[:_MAX_INPUT].rpartition(" ")[0]
    text = _ENTITY.sub(lambda entity: unescape(entity[0]), text)
    visible = "".join(c if c.isprintable() else " " for c in text)
    line = _TOKEN_LIKE.sub(_redacted, " ".join(visible.split()))
    if not line and length > _MAX_INPUT:
        line = f"[{length} characters]"
    return line if len(line) <= limit else line[: limit - 1] + "…"


def quoted(text: str, limit: int = 150) -> str:
    """Return `text` in quotes and in ASCII, for a value that may be shown; at most about `limit` characters of it.

    Other characters than printable ASCII are escaped as in Python, so that a value that only looks like the expected
    one can be told apart. Unlike in `for_log`, nothing is left out: use it for values that are not secret, such as an
    issuer identifier.
    """
    shown = ascii(text[:limit])
    if len(text) <= limit and len(shown) <= limit + 2:
        return shown
    return f"{shown[: limit + 1]}{shown[0]}… ({len(text)} characters)"


def printable(text: str) -> str:
    """Return `text` on one line, with every character escaped as in Python that is not printed, such as ESC.

    A terminal acts on control characters, which could hide lines of a report or a log, or make it say something else.
    Also escaped are characters that change the direction of text, and lone surrogates, which cannot be encoded.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def _redacted(match: re.Match[str]) -> str:
    run = match[0]
    is_word = not any(c.isdigit() for c in run) and not (len(run) >= 32 and run.isalpha())
    return run if is_word else f"[{len(run)} characters]"
