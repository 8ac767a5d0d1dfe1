"""docs/reference/fuzzing.md: the table of targets has each target of tests/fuzz, and no other."""

from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "docs" / "reference" / "fuzzing.md"


def test_every_target_is_in_the_table() -> None:
    sources = [file.read_text("utf-8") for file in (REPOSITORY / "tests" / "fuzz").glob("test_*.py")]
    named = [re.findall(r'^TARGET = target\("([^"]+)"\)$', source, re.MULTILINE) for source in sources]
    assert all(len(names) == 1 for names in named)
    table = PAGE.read_text("utf-8").partition("## Targets")[2].partition("## Run it")[0]
    rows = re.findall(r"^\| ([^|]+?) \|", table, re.MULTILINE)
    assert rows[:1] == ["target"]
    assert sorted(rows[1:]) == sorted(name for (name,) in named)
