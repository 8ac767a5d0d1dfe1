"""Writes the measured figures into docs/reference/performance.md, between its two markers.

    python benchmarks/report.py SQLITE.json POSTGRESQL.json SCALE.json
    python benchmarks/report.py PROFILES.json

The first two files are of run.py, the third is of scale.py, and that of the second form is of profiles.py.
``make bench`` does all of this.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from worker import HERE

PAGE = HERE.parent / "docs" / "reference" / "performance.md"
LOGINS, PROFILES = "make bench", "profiles"
"""What stands in the two markers of each part of the page."""


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


def profiles(figures: dict[str, Any]) -> str:
    """The part of the page on providers that demand more."""
    about, options, cost = figures["machine"], figures["options"], figures["cost"]
    plain = cost["plain"]
    names = {"plain": "a plain login", "profile-a": "profile A", "profile-b": "profile B"}
    rows = [["", "", "CPU of the Hub per login, ms", "of a plain login", "in the rounds", "goal"]]
    for name, title in names.items():
        ratios = sorted(one[name] / one["plain"] for one in figures["rounds"])
        goal = "" if name == "plain" else f"≤ {figures['goal']}"
        spread = "" if name == "plain" else f"{ratios[0]:.2f} … {ratios[-1]:.2f}"
        rows.append([title, "", f"{cost[name] * 1000:.1f}", f"{cost[name] / plain:.2f}", spread, goal])
    return "\n".join(
        [
            f"Measured on {about['date']} with {about['processors']} processors, Python {about['python']}, at a load",
            f"average of {about['load'][0]:.1f} before it began.",
            f"Medians of {options['rounds']} rounds of {options['logins']} logins.",
            "",
            table(rows),
        ]
    )


def write(what: str, text: str) -> None:
    """Replace the text between the markers of one part of the page."""
    begin, end = f"<!-- begin: {what} -->", f"<!-- end: {what} -->"
    before, _, rest = PAGE.read_text().partition(begin)
    _, _, after = rest.partition(end)
    PAGE.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}")


def main() -> None:
    files = [read(file) for file in sys.argv[1:]]
    if len(files) == 1:
        write(PROFILES, profiles(*files))
    elif len(files) == 3:
        write(LOGINS, section(*files))
    else:
        sys.exit(__doc__)
    print(f"written: {PAGE}")


if __name__ == "__main__":
    main()
