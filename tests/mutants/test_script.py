"""What the script of the mutation tests takes for wording, and which functions it tests in new processes."""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def script() -> Any:
    file = Path(__file__).parents[2] / "scripts" / "mutants.py"
    spec = importlib.util.spec_from_file_location("mutants_script", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look it up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def is_wording(script: Any, was: str, becomes: str) -> bool:
    before, after = (ast.parse(f"def f():\n    {line}").body[0] for line in (was, becomes))
    return bool(script.wordless(before) == script.wordless(after))


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("raise E('sub', f'{a} is wrong')", "raise E('sub', None)"),
        ("raise E('the text')", "raise E('XXthe textXX')"),
        ("reason = 'short'", "reason = None"),
        ("refuse_outage(response, _LABEL)", "refuse_outage(response, None)"),
        ("loads_object(body, label=_LABEL)", "loads_object(body, label=None)"),
    ],
)
def test_wording(script: Any, was: str, becomes: str) -> None:
    assert is_wording(script, was, becomes)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("raise E('sub', f'{a} is wrong')", "raise E('SUB', f'{a} is wrong')"),
        ("return f'Bearer {token}'", "return f'XXBearer {token}XX'"),
        ("return 'openid'", "return 'XXopenidXX'"),
        ("refuse_outage(response, _LABEL)", "refuse_outage(None, _LABEL)"),
        ("loads_object(body, label=_LABEL)", "loads_object(None, label=_LABEL)"),
        ("found = 'short'", "found = None"),
    ],
)
def test_no_wording(script: Any, was: str, becomes: str) -> None:
    assert not is_wording(script, was, becomes)


def test_functions_that_run_at_import(script: Any, tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text("def a(): b()\n\nTABLE = [c(), module.d()]\n\n\n@e(1)\nclass F:\n    g = h()\n")
    assert set(script.called_at_import(file)) == {"c", "d", "e", "h"}


def test_the_function_of_a_mutant(script: Any) -> None:
    assert script.function_of("oauthenticator_suite.protocol.urls.x_split_url__mutmut_12") == "split_url"
