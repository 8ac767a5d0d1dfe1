#!/usr/bin/env python3
"""Fuzzes the parsers of ``tests/fuzz/parsers.py`` by coverage, with Atheris, and writes the counts into the docs.

``fuzz_coverage.py MINUTES [PARSER…]``: each parser gets so many minutes. It starts from ``tests/fuzz/corpus``; what it
finds in addition is kept in ``.venvs/atheris/corpus``. An input that fails is printed, and is in
``.venvs/atheris/failures``. The exit status is 1 when there is one.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.evidence import published

REPOSITORY = Path(__file__).resolve().parents[1]
CORPUS = REPOSITORY / "tests" / "fuzz" / "corpus"
KEPT = REPOSITORY / ".venvs" / "atheris" / "corpus"
FAILURES = REPOSITORY / ".venvs" / "atheris" / "failures"
PAGE = REPOSITORY / "docs" / "reference" / "fuzzing.md"
LONGEST = 4096
"""Bytes of an input."""


def fuzz_here(name: str, arguments: list[str]) -> None:
    """Fuzz one parser in this process, which ends with it."""
    import atheris

    with atheris.instrument_imports(include=["oauthenticator_suite", "tests.fuzz.parsers", "json"]):
        from tests.fuzz.parsers import parse

    atheris.Setup([sys.argv[0], *arguments], lambda data: parse(name, data))
    atheris.Fuzz()


def fuzz(name: str, seconds: float) -> tuple[int, int, int]:
    """Fuzz one parser in a separate process: inputs, covered edges, failures."""
    kept, failures = KEPT / name, FAILURES / name
    for folder in (kept, failures):
        folder.mkdir(parents=True, exist_ok=True)
    known = set(failures.iterdir())
    limits = [f"-max_total_time={int(seconds)}", f"-max_len={LONGEST}", "-timeout=10", "-rss_limit_mb=2048"]
    command = [sys.executable, __file__, "0", "--here", name, "--", *limits, f"-artifact_prefix={failures}/"]
    command += ["-print_final_stats=1", str(kept), str(CORPUS / name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our own command
    output = done.stdout + done.stderr
    found = len(set(failures.iterdir()) - known)
    if done.returncode and not found:
        raise SystemExit(output[-5000:])
    if found:
        print(output[-5000:])
    runs = re.findall(r"stat::number_of_executed_units: *(\d+)", output)
    edges = re.findall(r"cov: (\d+)", output)
    return int(runs[-1]) if runs else 0, int(edges[-1]) if edges else 0, found


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Fuzz the parsers by coverage.")
    parser.add_argument("minutes", type=float)
    parser.add_argument("parsers", nargs="*", help="such as id_token; without any, all, and the page is written")
    parser.add_argument("--here", metavar="PARSER", help=argparse.SUPPRESS)
    arguments, _ = parser.parse_known_args()
    if arguments.here:
        fuzz_here(arguments.here, sys.argv[sys.argv.index("--") + 1 :])
    every = [folder.name for folder in sorted(CORPUS.iterdir())]
    names = [name for name in every if not arguments.parsers or name in arguments.parsers]
    lines, failed = ["| parser | inputs | covered edges | failures |", "|---|---:|---:|---:|"], 0
    for name in names:
        inputs, edges, failures = fuzz(name, arguments.minutes * 60)
        failed += failures
        lines.append(f"| {name} | {inputs:,} | {edges:,} | {failures} |")
        print(lines[-1], flush=True)
    if not failed and not arguments.parsers:
        head = published.about(f"make fuzz-coverage MINUTES={arguments.minutes:g}")
        published.write(PAGE, "coverage", [head, "", *lines])
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
