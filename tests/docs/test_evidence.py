"""The tables of docs/reference/conformance.md and faults.md are those that the tests make today."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.evidence import published, tables
from tests.evidence.collected import PEER, Shown, marked
from tests.evidence.modules import FORM_POST_MODULES, MODULES, POLICY
from tests.evidence.rules import rules


@pytest.fixture(scope="module")
def conformance() -> list[Shown]:
    return marked("conformance")


@pytest.fixture(scope="module")
def faults() -> list[Shown]:
    return marked("fault")


def test_the_table_of_modules(conformance: list[Shown]) -> None:
    """Run ``python -m tests.evidence tables`` when this fails."""
    assert published.part(tables.CONFORMANCE, "modules") == tables.conformance_rows(conformance, with_results=False)
    assert published.part(tables.CONFORMANCE, "other flows") == tables.not_applicable_rows()


def test_the_table_of_faults(faults: list[Shown]) -> None:
    """Run ``python -m tests.evidence tables`` when this fails."""
    assert published.part(tables.FAULTS, "faults") == tables.fault_rows(faults, with_results=False)


def test_the_table_of_the_peer() -> None:
    """Run ``python -m tests.evidence tables`` when this fails."""
    assert published.part(tables.CONFORMANCE, "peer") == tables.peer_rows(marked(PEER), with_results=False)


def test_each_module_is_in_a_test_or_in_the_policy_list(conformance: list[Shown]) -> None:
    """And in one of both only; no test names a module that the list does not have."""
    known = {module.name + suffix for modules, suffix in tables.modules_by_part().values() for module in modules}
    tested = {name for each in conformance for name in each.modules}
    assert tested <= known
    assert set(POLICY) <= known
    assert not tested & set(POLICY)
    assert tested | set(POLICY) == known
    assert (len(MODULES), len(FORM_POST_MODULES)) == (51, 14)


def test_each_fault_is_in_a_test(faults: list[Shown]) -> None:
    numbers = [rule.number for rule in rules("F")]
    assert numbers == [f"F{number}" for number in range(1, 77)]
    assert {number for each in faults for number in each.faults} == set(numbers)


@pytest.mark.parametrize("page", [tables.CONFORMANCE, tables.FAULTS], ids=lambda page: page.stem)
def test_the_published_run_has_no_failure(page: Path) -> None:
    """The line above each table says when and with what it was made, and that nothing failed."""
    about, _, line = published.part(page, "run")
    assert re.match(r"`make \w+` on \d{4}-\d\d-\d\d, oauthenticator-suite \S+, JupyterHub \S+, Python \S+:$", about)
    failed = re.search(r"\b(\d+) failed\b", line)
    assert failed
    assert failed[1] == "0"
    if page == tables.FAULTS:
        assert re.search(r"checked: 0 wrong accepts, 0 unhandled errors, 0 secrets(, 0 blocking calls)?\.\*\*$", line)
