"""One name has one meaning: no two top-level classes, and no two public constants, share a name."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "oauthenticator_suite"

MODULE_CONVENTIONS = {
    "__all__": "Python: the public names of a module",
    "HELP": "cli: the help text of a command, one per command module",
    "T": "typing: a type variable",
}
"""Names that each module may define for itself, with the convention."""


def top_level(package: Path) -> Iterator[tuple[str, ast.stmt]]:
    for path in sorted(package.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            yield path.relative_to(package).as_posix(), node


def classes(package: Path) -> dict[str, list[str]]:
    """The modules that define each class, by its name."""
    found = defaultdict(list)
    for module, node in top_level(package):
        if isinstance(node, ast.ClassDef):
            found[node.name].append(module)
    return found


def constants(package: Path) -> dict[str, list[str]]:
    """The modules that define each public constant, by its name."""
    found = defaultdict(list)
    for module, node in top_level(package):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign):
            targets = [node.target]
        for target in targets:
            if isinstance(target, ast.Name) and target.id.isupper() and not target.id.startswith("_"):
                found[target.id].append(module)
    return found


def shared(found: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: modules for name, modules in found.items() if len(modules) > 1 and name not in MODULE_CONVENTIONS}


def test_no_two_classes_have_one_name() -> None:
    assert shared(classes(PACKAGE)) == {}


def test_no_two_public_constants_have_one_name() -> None:
    assert shared(constants(PACKAGE)) == {}


def test_duplicates_are_found(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("class Lookup: ...\nLIMIT = 1\n_PRIVATE = 1\nT = 1\nonly_here = 1\n")
    (tmp_path / "two.py").write_text("class Lookup: ...\nLIMIT: int = 2\n_PRIVATE = 2\nT = 2\n")
    assert shared(classes(tmp_path)) == {"Lookup": ["one.py", "two.py"]}
    assert shared(constants(tmp_path)) == {"LIMIT": ["one.py", "two.py"]}
