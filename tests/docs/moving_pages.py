"""The configurations on the pages in docs/migrating: one for another package, and the one after the move."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.docs.pages import DOCS, Block

_PAIR = re.compile(
    r"^Before:\n\n```python\n(?P<before>.*?)^```\n\nAfter:\n\n```python\n(?P<after>.*?)^```\n", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Pair:
    """A configuration before and after a move, and the heading above it."""

    before: Block
    after: Block

    def __str__(self) -> str:
        return f"{self.before.page.stem}: {self.before.section}"


def pairs() -> Iterator[Pair]:
    """Those of all pages."""
    for page in sorted((DOCS / "migrating").glob("*.md")):
        text = page.read_text(encoding="utf-8")
        for match in _PAIR.finditer(text):
            section = re.findall(r"^#+ (.*)$", text[: match.start()], re.MULTILINE)[-1]
            lines = {name: text[: match.start(name)].count("\n") + 1 for name in ("before", "after")}
            yield Pair(*(Block(page, lines[name], section, match[name]) for name in ("before", "after")))


PAIRS = list(pairs())

MOVED = {str(block) for pair in PAIRS for block in (pair.before, pair.after)}
"""The blocks of the pages that these are."""
