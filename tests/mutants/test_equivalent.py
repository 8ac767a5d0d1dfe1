"""The list of mutants that make no difference belongs to the code as it is."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # which pytest needs too

HERE = Path(__file__).parent
PACKAGE = HERE.parents[1] / "oauthenticator_suite"

ENTRIES: list[dict[str, Any]] = tomllib.loads((HERE / "equivalent.toml").read_text())["equivalent"]


def function_in(module: str, name: str) -> str:
    """The function as it is compared: without comments and line breaks."""
    body: Any = ast.parse((PACKAGE / (module.replace(".", "/") + ".py")).read_text())
    for part in name.split("."):
        body = next(node for node in body.body if getattr(node, "name", "") == part)
    return " ".join(line.strip() for line in ast.unparse(body).splitlines())


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry['module']}.{entry['function']}")
def test_an_entry_is_of_the_code(entry: dict[str, Any]) -> None:
    assert set(entry) == {"module", "function", "was", "becomes", "reason"}
    assert entry["reason"].endswith(".")
    assert entry["was"] != entry["becomes"]
    assert entry["was"] in function_in(entry["module"], entry["function"])


def test_no_entry_occurs_twice() -> None:
    keys = [tuple(entry[name] for name in ("module", "function", "was", "becomes")) for entry in ENTRIES]
    assert len(set(keys)) == len(keys)
