"""The tables of docs/reference/conformance.md and docs/reference/faults.md.

A table has a row for each module or fault, with the tests that show it. What a run has found out is in one line above
the table, so that a page changes only when the tests do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .collected import Shown
from .modules import FAPI2_MODULES, FORM_POST_MODULES, MODULES, NOT_OF_THE_CODE_FLOW, POLICY, Module
from .rules import DOCS, rules

CONFORMANCE, FAULTS = DOCS / "reference" / "conformance.md", DOCS / "reference" / "faults.md"
BROKEN = ("wrong accepts", "unhandled errors", "secrets", "blocking calls")


def test_names(shown: Iterable[Shown]) -> str:
    """The functions, each once, without the folder that most of them are in."""
    return ", ".join(f"`{test.removeprefix('tests/contract/')}`" for test in sorted({each.test for each in shown}))


def row(*cells: str) -> str:
    """A line of a table in Markdown."""
    return f"|{'|'.join(f' {cell} ' if cell else ' ' for cell in cells)}|"


def result(shown: Sequence[Shown]) -> str:
    """``failed`` if one test failed, was skipped or was not run; else ``passed``."""
    return "passed" if shown and all(each.result == "passed" for each in shown) else "failed"


def modules_by_part() -> dict[str, tuple[list[Module], str]]:
    """Heading → its modules, and how the marker's argument differs from the identifier."""
    return {
        "OpenID Connect, code flow": (MODULES, ""),
        "OpenID Connect, form post": (FORM_POST_MODULES, " (form post)"),
        "FAPI 2.0 Security Profile": (FAPI2_MODULES, ""),
    }


def of_module(name: str, shown: Iterable[Shown]) -> list[Shown]:
    """The tests of one module."""
    return [each for each in shown if name in each.modules]


def conformance_rows(shown: Sequence[Shown], *, with_results: bool) -> list[str]:
    """The lines of the table; a test compares those that name the modules and the tests."""
    lines: list[str] = []
    for heading, (modules, suffix) in modules_by_part().items():
        lines += [
            f"### {heading}",
            "",
            "| Module | Plan | What happens | Passed | Not supported by policy | Failed | Tests |",
        ]
        lines += ["|---|---|---|---|---|---|---|"]
        for module in modules:
            tests = of_module(module.name + suffix, shown)
            reason = POLICY.get(module.name + suffix, "")
            cells = ["", reason, ""]
            if not reason:
                passed = not with_results or result(tests) == "passed"
                cells[0 if tests and passed else 2] = "yes"
            lines.append(row(f"`{module.name}`", ", ".join(module.plans), module.expected, *cells, test_names(tests)))
        lines.append("")
    return lines[:-1]


def peer_rows(shown: Sequence[Shown], *, with_results: bool) -> list[str]:
    """The modules that the other package's harness can run."""
    lines = ["| Module | What happens | Passed | Failed | Tests |", "|---|---|---|---|---|"]
    for module in [*MODULES, *FAPI2_MODULES]:
        tests = of_module(module.name, shown)
        if tests:
            passed = not with_results or result(tests) == "passed"
            cells = ["yes", ""] if passed else ["", "yes"]
            lines.append(row(f"`{module.name}`", module.expected, *cells, test_names(tests)))
    return lines


def conformance_counts(shown: Sequence[Shown]) -> tuple[int, int, dict[str, str]]:
    """How many modules passed and failed, and the unsupported modules with the reasons."""
    names = [module.name + suffix for modules, suffix in modules_by_part().values() for module in modules]
    wanted = [name for name in names if name not in POLICY]
    passed = sum(result(of_module(name, shown)) == "passed" for name in wanted)
    return passed, len(wanted) - passed, {name: POLICY[name] for name in names if name in POLICY}


def conformance_line(shown: Sequence[Shown]) -> str:
    """``N passed, 0 failed``."""
    passed, failed, policy = conformance_counts(shown)
    return f"{passed} passed, {failed} failed, {len(policy)} not supported by policy"


def fault_rows(shown: Sequence[Shown], *, with_results: bool) -> list[str]:
    """A row for each fault, under the headings of the list."""
    lines: list[str] = []
    heading = ""
    for rule in rules("F"):
        if rule.heading != heading:
            heading = rule.heading
            lines += [
                "",
                f"### {heading}",
                "",
                "| Fault | What happens | Expected | Result | Tests |",
                "|---|---|---|---|---|",
            ]
        tests = [each for each in shown if rule.number in each.faults]
        passed = bool(tests) and (not with_results or result(tests) == "passed")
        lines.append(row(rule.number, *rule.cells, "as expected" if passed else "failed", test_names(tests)))
    return lines[1:]


def fault_counts(shown: Sequence[Shown]) -> tuple[int, int]:
    """How many faults ended as expected, and how many did not."""
    numbers = [rule.number for rule in rules("F")]
    passed = sum(result([each for each in shown if number in each.faults]) == "passed" for number in numbers)
    return passed, len(numbers) - passed


def fault_line(shown: Sequence[Shown]) -> str:
    """``N faults as expected, 0 failed``, and what the harness of the invariants has found."""
    passed, failed = fault_counts(shown)
    broken = ", ".join(f"{sum(each.broken == kind for each in shown)} {kind}" for kind in BROKEN)
    checks = sum(each.checks for each in shown)
    return f"{passed} faults as expected, {failed} failed; {len(shown)} inputs, {checks} outcomes checked: {broken}"


def not_applicable_rows() -> list[str]:
    """The modules of other flows."""
    return ["| Module | Why it does not apply |", "|---|---|"] + [
        f"| `{name}` | {reason} |" for name, reason in NOT_OF_THE_CODE_FLOW.items()
    ]
