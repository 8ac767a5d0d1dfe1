#!/usr/bin/env python3
"""Mutation testing of ``protocol/`` and ``policy/``: which small change of the code does no test notice?

``mutants.py`` tests all modules, ``mutants.py id_token urls`` these. The results are kept in ``.venvs/mutation``: a
second run tests only what has changed since, and a run that was interrupted continues. Each change is tested by those
tests of ``tests/protocol`` and ``tests/policy`` that call the changed function.

A change that no test notices *survives*. ``tests/mutants/equivalent.toml`` lists survivors that make no difference,
each with the reason. The table in ``docs/reference/mutation-testing.md`` counts them. The exit status is 1 when 3 % of
a module's changes or more survive without an explanation.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.evidence import published

REPOSITORY = Path(__file__).resolve().parents[1]
WORK = REPOSITORY / ".venvs" / "mutation"
PACKAGE = "oauthenticator_suite"
PARTS = ("protocol", "policy")
EQUIVALENT = REPOSITORY / "tests" / "mutants" / "equivalent.toml"
PAGE = REPOSITORY / "docs" / "reference" / "mutation-testing.md"
COPIED = (
    *(f"tests/{part}" for part in PARTS),
    *("tests/__init__.py", "tests/fakes/openid_provider", "tests/fakes/__init__.py", "tests/ports.py"),
    *("tests/fuzz/__init__.py", "tests/fuzz/strategies", "tests/support"),
)
ALLOWED = 3.0
"""The percentage of a module's mutants that may survive without an explanation."""

COUNT_CALLS = ("tests/protocol/test_id_token.py::test_h_a_megabyte_is_refused_unread",)
"""Tests that count calls or memory: each function of the changed code is reached through two others."""

CONFTEST = '''"""The settings of property tests, without what tests through a Hub need."""

import functools
import gc

from hypothesis import HealthCheck, settings

def pytest_sessionstart():
    """The process of a mutant is forked after a run of the tests, whose cached results must not be used."""
    for cached in gc.get_objects():
        if isinstance(cached, functools._lru_cache_wrapper) and cached.__module__.startswith("oauthenticator_suite"):
            cached.cache_clear()


settings.register_profile(
    "mutants", max_examples=25, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
settings.load_profile("mutants")
'''

ARGUMENTS = ["-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore", *(f"--deselect={one}" for one in COUNT_CALLS)]
SETTINGS = f'''[tool.pytest.ini_options]
testpaths = {[f"tests/{part}" for part in PARTS]}
asyncio_mode = "auto"
markers = ["long: as in the repository", "slow: as in the repository", "hub_versions: as in the repository"]

[tool.mutmut]
source_paths = ["{PACKAGE}"]
only_mutate = {[f"{PACKAGE}/{part}/*.py" for part in PARTS]}
pytest_add_cli_args_test_selection = {[f"tests/{part}" for part in PARTS]}
pytest_add_cli_args = {ARGUMENTS}
also_copy = ["tests"]
use_git_change_detection = false
on_dependency_change = "rerun"
timeout_multiplier = 20.0
timeout_constant = 5.0
'''

LABEL = "label"
WORDING = ("detail", "hint", "problem", "reason")
"""Names of variables and attributes that hold a part of an error's text."""

REFUSING = ("_refuse", "refuse", "_difference")
"""Names of functions that raise an error with the wording that they are given."""

SURVIVED, KILLED, TIMEOUT = "survived", "killed", "timeout"
OUTCOMES = {
    0: SURVIVED,
    1: KILLED,
    3: KILLED,
    33: "no tests",
    5: "no tests",
    34: "skipped",
    36: TIMEOUT,
    24: TIMEOUT,
    -24: TIMEOUT,
    152: TIMEOUT,
}


@dataclass(frozen=True)
class Mutant:
    """One change. `was` and `becomes` are the changed lines, without white space around them."""

    module: str
    function: str
    was: str
    becomes: str

    def __str__(self) -> str:
        return f"{self.module} {self.function}:\n    - {self.was}\n    + {self.becomes}"


@dataclass
class Result:
    """The results of one module."""

    module: str
    outcomes: Counter[str] = field(default_factory=Counter)
    wording: int = 0
    equivalent: int = 0
    unexplained: list[Mutant] = field(default_factory=list)

    @property
    def tested(self) -> int:
        """Mutants with a result."""
        return self.outcomes[KILLED] + self.outcomes[TIMEOUT] + self.outcomes[SURVIVED]

    @property
    def is_complete(self) -> bool:
        """Whether every mutant has been tested. Before that, the killed ones alone are kept between runs."""
        return bool(self.tested) and not self.outcomes["not tested"]

    @property
    def percentage(self) -> float:
        """How many of them survive without an explanation."""
        return 100 * len(self.unexplained) / self.tested if self.tested else 0.0


def modules() -> list[str]:
    """All modules that have functions, as ``protocol.urls``."""
    return [
        f"{part}.{file.stem}"
        for part in PARTS
        for file in sorted((REPOSITORY / PACKAGE / part).glob("*.py"))
        if file.stem != "__init__" and "def " in file.read_text()
    ]


def prepare() -> None:
    """Bring the copy in `WORK` up to date. Files that have not changed are left, and so are their results."""
    WORK.mkdir(parents=True, exist_ok=True)
    for name, text in (("pyproject.toml", SETTINGS), ("tests/conftest.py", CONFTEST)):
        write(WORK / name, text)
    tests_have_changed = False
    for folder in (PACKAGE, *COPIED):
        source = REPOSITORY / folder
        files = (
            [source] if source.is_file() else [file for file in source.rglob("*") if file.suffix in (".py", ".json")]
        )
        for file in files:
            has_changed = copy(file, file.relative_to(REPOSITORY))
            tests_have_changed = tests_have_changed or (has_changed and folder != PACKAGE)
    if tests_have_changed:
        forget_survivors()
    for old in [*WORK.glob(f"{PACKAGE}/**/*.py"), *WORK.glob("tests/[pf]*/**/*.py")]:
        name = old.relative_to(WORK)
        if not (REPOSITORY / name).exists():
            old.unlink()
            (WORK / "mutants" / name).unlink(missing_ok=True)


def forget_survivors() -> None:
    """Test them again: the tests have changed."""
    for meta in WORK.glob("mutants/**/*.meta"):
        data = json.loads(meta.read_text())
        exits = data["exit_code_by_key"]
        data["exit_code_by_key"] = {
            name: None if OUTCOMES.get(code) != KILLED else code for name, code in exits.items()
        }
        meta.write_text(json.dumps(data))


def copy(source: Path, name: Path) -> bool:
    """Copy a file if it has changed. What the tool has made of a file that is not mutated is removed then."""
    target = WORK / name
    content = source.read_bytes()
    if target.exists() and target.read_bytes() == content:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    if name.parts[:2] not in [(PACKAGE, part) for part in PARTS]:
        (WORK / "mutants" / name).unlink(missing_ok=True)
    return True


def write(target: Path, text: str) -> None:
    """Write a file if its text is another one."""
    if not target.exists() or target.read_text() != text:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


def run(wanted: Sequence[str], processes: int) -> int:
    """Test the modules' mutants; the exit status of the tool."""
    patterns = [f"{PACKAGE}.{module}.*" for module in wanted]
    tool = [str(Path(sys.executable).parent / "mutmut"), "run", "--max-children", str(processes), *patterns]
    return subprocess.run(tool, cwd=WORK, env={**os.environ, "PYTHONHASHSEED": "0"}, check=False).returncode  # noqa: S603


def retest_import_time(module: str, processes: int) -> None:
    """Test the survivors in functions that run while the module or its tests are imported again, in new processes.

    The tool imports them once, with the original functions, and forks a process for each mutant.
    """
    tests = tests_that_name(module.rpartition(".")[2])
    sources = [REPOSITORY / PACKAGE / (module.replace(".", "/") + ".py"), *tests]
    called = {name for source in sources for name in called_at_import(source)}
    meta = WORK / "mutants" / PACKAGE / (module.replace(".", "/") + ".py.meta")
    if not called or not meta.exists():
        return
    data = json.loads(meta.read_text())
    exits = data["exit_code_by_key"]
    survivors = [name for name, code in exits.items() if OUTCOMES.get(code) == SURVIVED and function_of(name) in called]
    files = [str(file.relative_to(REPOSITORY)) for file in tests]
    with ThreadPoolExecutor(processes) as pool:
        exits.update(zip(survivors, pool.map(partial(exit_in_new_process, files), survivors), strict=True))
    meta.write_text(json.dumps(data))


def exit_in_new_process(files: Sequence[str], mutant: str) -> int:
    """The exit status of the tests in these files: 0, or 1 when a test has failed or could not be imported."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", *ARGUMENTS, *files]
    environment = {**os.environ, "MUTANT_UNDER_TEST": mutant}
    ended = subprocess.run(  # noqa: S603
        command, cwd=WORK / "mutants", env=environment, check=False, capture_output=True, text=True
    )
    if ended.returncode not in (0, 1, 2):  # 2: a file could not be imported
        sys.exit(f"{mutant}: pytest ended with {ended.returncode}\n{ended.stdout}{ended.stderr}")
    return min(ended.returncode, 1)


def function_of(mutant: str) -> str:
    """The name of the function that a mutant has changed."""
    return mutant.rpartition(".")[2].rpartition("__mutmut_")[0].removeprefix("x_")


def called_at_import(source: Path) -> Iterator[str]:
    """The names of functions that a file calls when it is imported."""
    for statement in ast.parse(source.read_text()).body:
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            for part in ast.walk(statement):
                if isinstance(part, ast.Call):
                    yield getattr(part.func, "id", getattr(part.func, "attr", ""))


def tests_that_name(stem: str) -> list[Path]:
    """The test files of protocol and policy in which the module's name occurs."""
    folders = [REPOSITORY / "tests" / part for part in PARTS]
    return [file for folder in folders for file in sorted(folder.glob("test_*.py")) if stem in file.read_text()]


def result_of(module: str, known: dict[Mutant, str]) -> Result:
    """What the last runs have found about a module."""
    result = Result(module)
    mutated = WORK / "mutants" / PACKAGE / (module.replace(".", "/") + ".py")
    meta = mutated.with_name(mutated.name + ".meta")
    if not meta.exists():
        return result
    exits = json.loads(meta.read_text())["exit_code_by_key"]
    survivors = [
        name
        for name, code in exits.items()
        if code is not None and OUTCOMES.get(code, KILLED) in (SURVIVED, "no tests")
    ]
    for code in exits.values():
        if code is not None:
            outcome = OUTCOMES.get(code, KILLED)
            result.outcomes[SURVIVED if outcome == "no tests" else outcome] += 1
        else:
            result.outcomes["not tested"] += 1
    for mutant, only_wording in changes(module, mutated, survivors):
        if only_wording:
            result.wording += 1
        elif mutant in known:
            result.equivalent += 1
        else:
            result.unexplained.append(mutant)
    return result


def changes(module: str, mutated: Path, names: Sequence[str]) -> Iterator[tuple[Mutant, bool]]:
    """The changes with these names, and whether each changes only the wording of a text."""
    if not names:
        return
    functions = {}
    for node in ast.walk(ast.parse(mutated.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            functions[node.name] = node
    for name in names:
        mangled = name.rpartition(".")[2]
        stem = mangled.rpartition("__mutmut_")[0]
        before, after = (functions[f"{stem}__mutmut_orig"], functions[mangled])
        was, becomes = (normal(node) for node in (before, after))
        one, other = was.splitlines(), becomes.splitlines()
        while one and other and one[0] == other[0]:
            one, other = one[1:], other[1:]
        while one and other and one[-1] == other[-1]:
            one, other = one[:-1], other[:-1]
        function = re.sub(r"^xǁ(\w+)ǁ", r"\1.", stem).removeprefix("x_")
        lines = (" ".join(line.strip() for line in part) for part in (one, other))
        yield Mutant(module, function, *lines), wordless(before) == wordless(after)


def normal(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """The function without its name."""
    node.name = "f"
    return ast.unparse(node)


class _Wordless(ast.NodeTransformer):
    """Takes away what only a reader of the log sees: texts of several words, labels, and details of errors."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant("text") if has_words(node) else node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return ast.Constant("text") if any(map(has_words, node.values)) else node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        return self._assignment(node, node.targets[0])

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        return self._assignment(node, node.target)

    def _assignment(self, node: ast.Assign | ast.AugAssign, target: ast.expr) -> ast.AST:
        if getattr(target, "id", getattr(target, "attr", None)) in WORDING:
            return ast.Assign([target], ast.Constant("text"), lineno=0)
        return self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.exc, ast.Call):
            node.exc.args = [argument for argument in node.exc.args if not is_text(argument)]
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        label = label_positions().get(name)
        if label is not None:
            node.args = [argument for position, argument in enumerate(node.args) if position != label]
            node.keywords = [keyword for keyword in node.keywords if keyword.arg != LABEL]
        if name.startswith(REFUSING):
            node.args = [argument for argument in node.args if not is_text(argument)]
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("encode", "decode"):
            for one in (one for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)):
                one.value = str(one.value).lower()
        return node


def has_words(node: ast.expr) -> bool:
    """Whether it is a text of several words. ``"Bearer "`` and ``"openid"`` are none."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip()


@cache
def label_positions() -> dict[str, int]:
    """Functions and classes with a parameter `LABEL`, which begins the text of their errors, and its position."""
    found = {}
    for module in modules():
        source = (REPOSITORY / PACKAGE / (module.replace(".", "/") + ".py")).read_text()
        for node in ast.walk(ast.parse(source)):
            names = []
            if isinstance(node, ast.FunctionDef):
                names = [argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)]
            elif isinstance(node, ast.ClassDef):  # a dataclass
                names = [part.target.id for part in node.body if isinstance(part, ast.AnnAssign)]
            if LABEL in names:
                found[node.name] = names.index(LABEL) - (names[0] in ("self", "cls"))
    return found


def is_text(node: ast.expr) -> bool:
    """Whether the argument of an error is its wording: a text, a choice of texts, or None in the place of one."""
    return any(
        isinstance(part, ast.JoinedStr) or (isinstance(part, ast.Constant) and part.value in ("text", None))
        for part in ast.walk(node)
    )


def wordless(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """The function without the wording of its messages."""
    return ast.unparse(_Wordless().visit(ast.parse(ast.unparse(node))))


def equivalent() -> dict[Mutant, str]:
    """The mutants that are known to make no difference, with the reasons."""
    import tomllib  # from Python 3.11 on, which the tool needs too

    entries = tomllib.loads(EQUIVALENT.read_text())["equivalent"] if EQUIVALENT.exists() else []
    return {
        Mutant(entry["module"], entry["function"], entry["was"], entry["becomes"]): entry["reason"] for entry in entries
    }


def table(results: Sequence[Result]) -> str:
    """The results, as a table of the documentation."""
    lines = [
        "| Module | Mutants | Killed | Survived | of them wording | of them equivalent | unexplained | |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for result in results:
        killed = result.outcomes[KILLED] + result.outcomes[TIMEOUT]
        lines.append(
            f"| `{result.module}` | {result.tested} | {killed} | {result.outcomes[SURVIVED]} | {result.wording} "
            f"| {result.equivalent} | {len(result.unexplained)} | {result.percentage:.1f} % |"
        )
    tested = sum(result.tested for result in results)
    killed = sum(result.outcomes[KILLED] + result.outcomes[TIMEOUT] for result in results)
    survived = sum(result.outcomes[SURVIVED] for result in results)
    wording, known = (sum(getattr(result, name) for result in results) for name in ("wording", "equivalent"))
    unexplained = sum(len(result.unexplained) for result in results)
    share = 100 * unexplained / tested if tested else 0.0
    lines.append(
        f"| **All** | **{tested}** | **{killed}** | **{survived}** | **{wording}** | **{known}** | **{unexplained}** "
        f"| **{share:.1f} %** |"
    )
    return "\n".join(lines)


def update_page(results: Sequence[Result], command: str) -> None:
    """Write the table, with the command, the date and the versions, into the page of the documentation."""
    complete = [result for result in results if result.is_complete]
    others = ", ".join(f"`{result.module}`" for result in results if not result.is_complete)
    rest = ["", f"Not tested to the end with this version: {others}."] if others else []
    published.write(PAGE, "table", [published.about(command), "", table(complete), *rest])


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Mutation testing of protocol/ and policy/.")
    parser.add_argument("modules", nargs="*", help="such as id_token or policy.access; without any, all modules")
    parser.add_argument("--report", action="store_true", help="test nothing; report what earlier runs have found")
    parser.add_argument("--clean", action="store_true", help="forget all results first")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 2)
    arguments = parser.parse_args()
    every = modules()
    wanted = [
        module for module in every if not arguments.modules or {module, module.split(".")[1]} & {*arguments.modules}
    ]
    if arguments.modules and not wanted:
        parser.error(f"no such module; there are {', '.join(every)}")
    if arguments.clean:
        shutil.rmtree(WORK, ignore_errors=True)
    if not arguments.report:
        prepare()
        status = run(wanted, arguments.processes)
        if status:
            return status
        for module in wanted:
            retest_import_time(module, arguments.processes)
    known = equivalent()
    results = [result_of(module, known) for module in every]
    for result in results:
        if result.module in wanted:
            for mutant in result.unexplained:
                print(mutant)
    print(table([result for result in results if result.module in wanted]))
    if PAGE.exists():
        chosen = f' MODULES="{" ".join(arguments.modules)}"' if arguments.modules else ""
        update_page(results, f"make mutants{chosen}")
    return int(any(result.percentage >= ALLOWED for result in results if result.module in wanted))


if __name__ == "__main__":
    sys.exit(main())
