"""Log lines and messages that a page quotes as a symptom are those of the code.

Quotes have gaps where the code fills in a value. So the longest run of words in a quote is looked for.
"""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from oauthenticator_suite import registry
from tests.docs.pages import DOCS, page

PAGES = ("troubleshooting", "several-at-once", *sorted({entry.page for entry in registry.PROVIDERS}))
NOT_OURS = {
    "Authentication failure (7)",  # PAM
    "a grant exists with different scope",  # Forgejo
    "token does not have at least one of required scope(s)",  # Forgejo
    "Config option … not recognized by …",  # traitlets
}
_TERM = re.compile(r"^(`[^\n]+)\n: ", re.MULTILINE)  # of a definition list
_CELL = re.compile(r"^\| ([^|\n]*`[^|\n]*) \|", re.MULTILINE)  # the first of a table's row


def quotes(name: str) -> set[str]:
    """The quoted symptoms of a page that are more than a name, an option or an error code."""
    text = page(f"how-to/{name}.md")
    found = re.findall(r"`([^`]+)`", "\n".join(_TERM.findall(text) + _CELL.findall(text)))
    return {quote for quote in found if " " in quote.strip() and not re.search(r"[=/]", quote)} - NOT_OURS


@cache
def literals() -> str:
    """All texts in the package, each on a line; a value that is filled in becomes a gap."""
    found = []
    for path in (DOCS.parent / "oauthenticator_suite").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [part.value if isinstance(part, ast.Constant) else "\0" for part in node.values]
                found.append("".join(map(str, parts)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return "\n".join(found)


CASES = [(name, quote) for name in PAGES for quote in sorted(quotes(name))]


@pytest.mark.parametrize(("name", "quote"), CASES, ids=[f"{name}: {quote}" for name, quote in CASES])
def test_the_code_says_so(name: str, quote: str) -> None:
    runs = re.findall(r"[A-Za-z'_](?:[A-Za-z'_ ]*[A-Za-z'_])?", re.sub(r"\b\w*\d\w*\b", "\0", quote))
    assert max(runs, key=len) in literals()


def test_there_are_quotes() -> None:
    assert len(CASES) > 30
