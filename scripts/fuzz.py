#!/usr/bin/env python3
"""Runs all fuzz targets for as long as asked, with new inputs each time, and writes the counts into the documentation.

``fuzz.py MINUTES [TARGET…]``: each target (a file in ``tests/fuzz``) gets the same share of the time. It is repeated
with twice as many examples each time. The exit status is 1 when anything was accepted wrongly, failed or was shown.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.evidence import published

REPOSITORY = Path(__file__).resolve().parents[1]
TARGETS = REPOSITORY / "tests" / "fuzz"
PAGE = REPOSITORY / "docs" / "reference" / "fuzzing.md"
COLUMNS = ("inputs", "wrong accepts", "500s", "secrets")
FIRST = 100
"""Examples of each property in the first round."""


def one_round(file: Path, examples: int, report: Path, seconds: float) -> bool:
    """Run one target. True if all its tests have passed, or the time was over before they ended."""
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", "--show-capture=no", str(file)]
    command += [f"--examples={examples}", "-p", "no:cacheprovider"]
    try:
        done = subprocess.run(  # noqa: S603  our own command
            command,
            cwd=REPOSITORY,
            env={**os.environ, "FUZZ_REPORT": str(report)},
            capture_output=True,
            text=True,
            timeout=max(60.0, seconds),
            check=False,
        )
    except subprocess.TimeoutExpired:
        return True
    if done.returncode:
        print(done.stdout[-20_000:])
    return done.returncode == 0


def fuzz(file: Path, seconds: float) -> tuple[dict[str, Counter[str]], bool]:
    """The counts of one file's targets, by name, and whether all tests have passed."""
    counts: dict[str, Counter[str]] = {}
    until, examples = time.monotonic() + seconds, FIRST
    with tempfile.TemporaryDirectory() as folder:
        while True:
            began, report = time.monotonic(), Path(folder) / f"{examples}.json"
            # The first round ends however long it takes.
            passed = one_round(file, examples, report, 3600.0 if examples == FIRST else until - began)
            if report.exists():
                for name, found in json.loads(report.read_text()).items():
                    counts.setdefault(name, Counter()).update(found)
            took = time.monotonic() - began
            if not passed or until - time.monotonic() < took:
                return counts, passed
            # A last round that would not end in time is made shorter.
            examples = int(min(2 * examples, examples * (until - time.monotonic()) / max(took, 1.0)))


def table(counts: dict[str, Counter[str]]) -> str:
    """The counts, as a table of the documentation."""
    rows = [
        f"| {name} | " + " | ".join(f"{found[column]:,}" for column in COLUMNS) + " |" for name, found in counts.items()
    ]
    every: Counter[str] = sum(counts.values(), Counter())
    total = " | ".join(f"**{every[column]:,}**" for column in COLUMNS)
    return "\n".join(
        [f"| target | {' | '.join(COLUMNS)} |", "|---" + "|---:" * 4 + "|", *rows, f"| **all** | {total} |"]
    )


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Run the fuzz targets.")
    parser.add_argument("minutes", type=float)
    parser.add_argument("targets", nargs="*", help="such as id_tokens; without any, all, and the page is written")
    arguments = parser.parse_args()
    every = {
        file.stem.removeprefix("test_"): file
        for file in sorted(TARGETS.glob("test_*.py"))
        if "target(" in file.read_text()
    }
    if unknown := [name for name in arguments.targets if name not in every]:
        parser.error(f"no such target: {', '.join(unknown)}; there are {', '.join(every)}")
    files = [file for name, file in every.items() if not arguments.targets or name in arguments.targets]
    counts: dict[str, Counter[str]] = {}
    passed = True
    for file in files:
        found, good = fuzz(file, arguments.minutes * 60 / len(files))
        for name, counted in found.items():
            counts.setdefault(name, Counter()).update(counted)
            print(f"{name}: " + ", ".join(f"{counted[column]} {column}" for column in COLUMNS), flush=True)
        passed = passed and good
    print(table(counts))
    if passed and not arguments.targets:
        published.write(PAGE, "table", [published.about(f"make fuzz MINUTES={arguments.minutes:g}"), "", table(counts)])
    return int(not passed)


if __name__ == "__main__":
    sys.exit(main())
