"""docs/reference/rfc-9700.md, the list of scenarios and the tests that they name."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import oauthenticator_suite
from tests.docs.pages import DOCS
from tests.evidence.rules import rules

REPOSITORY = DOCS.parent
PACKAGE = Path(oauthenticator_suite.__file__).parent
ITEMS = {
    match[1]: match[0]
    for match in re.finditer(
        r"(?ms)^### (B\d+): .*?(?=^##|\Z)", (DOCS / "reference" / "rfc-9700.md").read_text("utf-8")
    )
}
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


@cache
def functions(file: Path) -> set[str]:
    return {
        node.name
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def assert_tests_exist(text: str) -> None:
    found = TEST.findall(text)
    assert found
    assert len(found) == text.count("::"), "a test is named in another form"
    for file, name in found:
        assert name in functions(REPOSITORY / file), f"{file} has no {name}"


def test_it_has_each_item() -> None:
    assert sorted(ITEMS, key=lambda number: int(number[1:])) == [rule.number for rule in rules("B")]


@pytest.mark.parametrize("item", ITEMS)
def test_modules_and_tests_exist(item: str) -> None:
    text = ITEMS[item]
    if "\nNot done" in text:
        assert "- Test" not in text
        return
    modules = re.search(r"- Modules?: ([^-]*)\n- Tests: ", text)
    assert modules
    for module in re.findall(r"`([^`]+)`", modules[1]):
        assert (PACKAGE / module).is_file(), module
    assert_tests_exist(text.partition("- Tests: ")[2])


def test_the_scenarios_name_tests_that_exist() -> None:
    """docs/reference/tested-rules.md, "Scenarios"."""
    scenarios = rules("S")
    assert [rule.number for rule in scenarios] == [f"S{number}" for number in range(1, len(scenarios) + 1)]
    for rule in scenarios:
        assert_tests_exist(rule.cells[-1])


def test_rules_without_a_test_are_named() -> None:
    """The page names those that no test refers to."""
    page = (DOCS / "reference" / "tested-rules.md").read_text("utf-8")
    named = re.search(r"No test refers to the numbers ([^.:]*)[.:]", page)
    without = set(re.findall(r"[FB]\d+", named[1])) if named else set()
    files = [file for file in (REPOSITORY / "tests").rglob("test_*.py") if file.name != Path(__file__).name]
    texts = "\n".join(file.read_text("utf-8") for file in files)
    ranges = {
        f"{letter}{number}"
        for letter, first, last in re.findall(r"\b([FB])(\d+)(?:-| to )\1(\d+)\b", texts)
        for number in range(int(first), int(last) + 1)
    }
    on_rfc_page = {number for number, text in ITEMS.items() if "- Tests: " in text}
    known = {rule.number for letter in "FB" for rule in rules(letter)}
    referred = {number for number in known if re.search(rf"\b{number}\b", texts)} | ranges | on_rfc_page
    assert known - referred == without


def test_no_page_uses_messages_between_windows() -> None:
    """B25."""
    files = [file for kind in ("*.html", "*.js", "*.py") for file in PACKAGE.rglob(kind)]
    assert len(files) > 100
    assert [file.name for file in files if "postMessage" in file.read_text("utf-8")] == []
