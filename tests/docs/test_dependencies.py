"""The page of dependencies is what `scripts/dependencies.py` makes from setup.py and the installed packages."""

from __future__ import annotations

import re
from importlib.metadata import distribution
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest

from .pages import DOCS

REPOSITORY = Path(__file__).parents[2]
SCRIPT = run_path(str(REPOSITORY / "scripts" / "dependencies.py"))
FOUND: dict[str, list[Any]] = SCRIPT["dependencies"]((REPOSITORY / "setup.py").read_text(encoding="utf-8"))
PAGE = (DOCS / "reference" / "dependencies.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| ([\w.-]+) \| (.+) \| (.+) \|$", re.MULTILINE)
KINDS = {"MIT": "MIT", "BSD": "BSD", "Apache": "Apache", "MPL|Mozilla": "MPL"}


def kinds(licence: str) -> set[str]:
    """The licences that are named, in any spelling and version; fails for an unknown one."""
    found = {kind for pattern, kind in KINDS.items() if re.search(pattern, licence)}
    assert found, f"a licence that is new here: {licence}"
    return found


def rows() -> dict[str, tuple[str, str]]:
    return {name: (reason, licence) for name, reason, licence in ROW.findall(PAGE) if name != "Package"}


def test_each_list_has_its_packages_and_their_reasons() -> None:
    made = "\n".join(SCRIPT["page"](FOUND).split("\n"))
    assert [row[:2] for row in ROW.findall(made)] == [row[:2] for row in ROW.findall(PAGE)], "run: make lock"
    assert [len(found) for found in FOUND.values() if not found] == []


@pytest.mark.parametrize("one", [one for found in FOUND.values() for one in found], ids=lambda one: one.name)
def test_each_has_a_reason_and_the_licence_that_it_states(one: Any) -> None:
    """A new release may spell its licence differently, but not have another one unnoticed."""
    assert len(one.reason) > 5, "setup.py has no comment on it"
    assert kinds(SCRIPT["licence"](distribution(one.name))) <= kinds(rows()[one.name][1]), "run: make lock"
