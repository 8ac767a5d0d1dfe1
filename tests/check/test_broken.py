"""Each configuration in `broken/` has one mistake: `check` names it, with its line and what to do, and no other error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.check.cases import Case, cases, checked

pytestmark = pytest.mark.hub_versions

BROKEN = cases("broken")
CANNOT_READ = 2


def names_the_mistake(finding: dict[str, Any], case: Case) -> bool:
    text = f"{finding['option']} {finding['reason']} {finding['fix']}".lower()
    place = Path(finding["file"] or "").name, finding["line"]
    words = (case.option, *case.fix)
    return all(word.lower() in text for word in words) and case.marked() in (None, place)


def test_there_are_enough() -> None:
    assert len(BROKEN) >= 100
    assert all(case.option and case.fix for case in BROKEN)


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.path.name)
def test_the_mistake_is_named_and_nothing_else_is_wrong(
    case: Case, shared_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = checked(case, shared_folder, monkeypatch)
    if answer.status == CANNOT_READ:
        assert all(word in answer.errors for word in (case.option, *case.fix)), answer.errors
        line = case.marked()
        assert line is None or f"{line[0]}:{line[1]}:" in answer.errors
        return
    wanted = answer.of(case.severity) if case.severity else answer.of("error", "warning")
    found = [finding for finding in wanted if names_the_mistake(finding, case)]
    assert found, answer.findings
    assert [each for each in answer.of("error") if each not in found] == []
    assert answer.status == int(any(each["severity"] == "error" for each in found))


def test_a_value_of_a_wrong_type_is_one_finding(shared_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the option's default would mean is not said as well."""
    (case,) = (each for each in BROKEN if each.path.stem == "auth_state_as_text")
    answer = checked(case, shared_folder, monkeypatch)
    about = [each for each in answer.findings if "enable_auth_state" in f"{each['option']} {each['reason']}"]
    assert [each["code"] for each in about] == ["invalid-value"]
