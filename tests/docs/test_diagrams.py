"""The diagrams are drawn from their sources: an SVG records the hash of what it was made of."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
SOURCES = sorted((DOCS / "diagrams").glob("*.mmd"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_each_diagram_is_drawn_from_its_source(source: Path) -> None:
    svg = (DOCS / "pictures" / f"{source.stem}.svg").read_text(encoding="utf-8")
    settings = (DOCS / "diagrams" / "mermaid.json").read_bytes()
    (recorded,) = re.findall(r"<!-- sha256 of the source: ([0-9a-f]{64}) -->", svg)
    assert recorded == hashlib.sha256(source.read_bytes() + settings).hexdigest(), "run scripts/diagrams.sh"
    assert "<script" not in svg
    assert "foreignObject" not in svg, "an <img> shows no HTML"


def test_each_diagram_is_on_a_page_with_a_description() -> None:
    pages = "\n".join(path.read_text(encoding="utf-8") for path in DOCS.rglob("*.md"))
    assert SOURCES
    for source in SOURCES:
        (description,) = re.findall(rf"!\[([^\]]+)\]\(\.\./pictures/{source.stem}\.svg\)", pages)
        assert len(description) > 40
