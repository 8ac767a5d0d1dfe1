"""Text from a provider or a browser, made fit for a log line."""

from __future__ import annotations

import re
import unicodedata

# Longer text is cut before it is looked at, so that the work is bounded.
_MOST = 4096
_TOKEN_LIKE = re.compile(r"[A-Za-z0-9_\-.~+/=%]{16,}")


def for_log(text: str, limit: int = 200) -> str:
    """`text` on one line of at most `limit` characters, without anything that could act on a terminal or be a secret.

    Control, format and unassigned characters, surrogates and line separators become spaces. Some providers repeat
    the code or the credential that they refuse in their `error_description` (RFC 6749 §5.2), so that a long run of
    token characters is replaced by its length; ordinary words stay.
    """
    if len(text) > _MOST:
        # The last word may be the beginning of a token: cut it away.
        text = text[:_MOST].rpartition(" ")[0]
    visible = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    line = _TOKEN_LIKE.sub(_redacted, " ".join(visible.split()))
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _redacted(match: re.Match[str]) -> str:
    run = match[0]
    is_word = not any(c.isdigit() for c in run) and not (len(run) >= 32 and run.isalpha())
    return run if is_word else f"[{len(run)} characters]"
