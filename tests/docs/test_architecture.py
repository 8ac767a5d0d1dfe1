"""The architecture page names functions and files: they exist, and a login passes through them in that order."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "oauthenticator_suite"
PAGE = (ROOT / "docs/explanation/architecture.md").read_text(encoding="utf-8")
STEPS = re.findall(r"^\| (\d+) \| .* \| `([\w.]+)` \| `([\w/.]+)` \|$", PAGE, re.MULTILINE)
FILES = sorted(set(re.findall(r"`((?:hub|local|multi|cli|policy|protocol|providers)/[\w/]+\.py)`", PAGE)))


def test_a_login_has_at_most_fifteen_steps() -> None:
    assert [int(number) for number, _, _ in STEPS] == list(range(1, len(STEPS) + 1))
    assert 10 <= len(STEPS) <= 15


@pytest.mark.parametrize(("name", "file"), [(name, file) for _, name, file in STEPS])
def test_each_step_is_a_function_in_its_file(name: str, file: str) -> None:
    cls, _, function = name.rpartition(".")
    found = ast.parse((PACKAGE / file).read_text(encoding="utf-8")).body
    if cls:
        (body,) = (node.body for node in found if isinstance(node, ast.ClassDef) and node.name == cls)
        found = body
    assert function in {node.name for node in found if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("file", FILES)
def test_each_file_exists(file: str) -> None:
    assert (PACKAGE / file).is_file()
