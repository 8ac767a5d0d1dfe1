"""Writes the measured figures into docs/reference/performance.md, between its two markers.

    python benchmarks/report.py SQLITE.json POSTGRESQL.json SCALE.json

The first two files are of run.py, the third is of scale.py. ``make bench`` does all of this.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from worker import HERE

PAGE = HERE.parent / "docs" / "reference" / "performance.md"
BEGIN, END = "<!-- begin: make bench -->", "<!-- end: make bench -->"


def read(file: str) -> dict[str, Any]:
    figures: dict[str, Any] = json.loads(Path(file).read_text())
    return figures


def table(rows: Iterable[list[str]]) -> str:
    """A table in Markdown. The unit in the second column joins the name in the first."""
    lines = [[f"{name}, {unit}" if unit else name, *values] for name, unit, *values in rows]
    return "\n".join(
        f"| {' | '.join(line)} |" + ("\n|" + "---|" * len(line) if number == 0 else "")
        for number, line in enumerate(lines)
    )


def section(sqlite: dict[str, Any], postgresql: dict[str, Any], scale: dict[str, Any]) -> str:
    """The generated part of the page."""
    about = sqlite["machine"]
    packages = ", ".join(f"{name} {version}" for name, version in about["packages"].items())
    rounds = ", ".join(
        f"{name} {each['options']['rounds']}"
        for name, each in (("SQLite", sqlite), ("PostgreSQL", postgresql), ("many users", scale))
    )
    missed = [f"- {line}" for each in (sqlite, postgresql) for line in each["missed"]]
    return "\n".join(
        [
            f"Measured on {about['date']} with {about['processors']} processors, Python {about['python']},",
            f"{packages}.",
            f"Medians of several rounds ({rounds}).",
            "",
            "### Logins, SQLite",
            "",
            table(sqlite["rows"]),
            "",
            f"### Logins, PostgreSQL, each statement {postgresql['options']['database_delay']:g} ms longer",
            "",
            table(row for row in postgresql["rows"] if not row[0].startswith("import ")),  # as with SQLite
            "",
            f"### {scale['options']['users']:,} users",
            "",
            table(scale["rows"]),
            "",
            "### Goals that were missed",
            "",
            *(missed or ["None."]),
        ]
    )


def main() -> None:
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{section(*map(read, sys.argv[1:]))}\n\n{END}{after}")
    print(f"written: {PAGE}")


if __name__ == "__main__":
    main()
