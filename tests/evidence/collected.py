"""The marked tests, collected by another pytest process: with their results when they have been run."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

PEER = "conformance_of_peer"
REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Shown:
    """One test, with its parameters: what it is about, and its result if it has been run.

    Attributes
    ----------
    test:
        `file::function`, without parameters.
    result:
        ``passed``, ``failed`` or ``skipped``; empty if it was only collected.
    checks:
        How many outcomes the harness of the invariants has checked in it.
    broken:
        Which kind of invariant its failure has broken; empty if none.
    """

    test: str
    modules: tuple[str, ...]
    faults: tuple[str, ...]
    result: str
    checks: int
    broken: str


def files(marker: str) -> Iterator[str]:
    """The files of tests that have the marker, and all of ``tests/contract`` for parameters that stand for one."""
    if marker != PEER:
        yield "tests/contract"
    for file in sorted((REPOSITORY / "tests").rglob("test_*.py")):
        if (file.parent.name != "contract" or marker == PEER) and f"mark.{marker}(" in file.read_text("utf-8"):
            yield str(file.relative_to(REPOSITORY))


def marked(marker: str, *, run: bool = False) -> list[Shown]:
    """Collect the tests with a marker, or `run` them; pytest's own output goes to the terminal.

    Raises
    ------
    RuntimeError
        pytest could not collect the tests.
    """
    with TemporaryDirectory() as folder:
        file = Path(folder) / "evidence.json"
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-m",
            marker,
            "--evidence",
            str(file),
        ]
        command += ["-p", "tests.evidence.plugin", *([] if run else ["--collect-only"]), *files(marker)]
        ended = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=not run, text=True)
        if not file.exists() or (ended.returncode and not run):
            raise RuntimeError(f"pytest could not collect the tests: {ended.stdout}{ended.stderr}")
        found = json.loads(file.read_text())
    return [
        Shown(
            each["test"], tuple(each["modules"]), tuple(each["faults"]), each["result"], each["checks"], each["broken"]
        )
        for each in found.values()
    ]
