"""The numbered lists of docs/reference/tested-rules.md, as the page has them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = DOCS / "reference" / "tested-rules.md"


@dataclass(frozen=True)
class Rule:
    """One line of a list: its number, the cells after it, and the heading above it."""

    number: str
    cells: tuple[str, ...]
    heading: str


def rules(letter: str) -> list[Rule]:
    """The rules whose numbers begin with a letter, in the page's order."""
    found, heading = [], ""
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("#"):
            heading = line.strip("# ")
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("| ") else []
        if cells and re.fullmatch(rf"{letter}\d+", cells[0]):
            found.append(Rule(cells[0], tuple(cells[1:]), heading))
    return found
