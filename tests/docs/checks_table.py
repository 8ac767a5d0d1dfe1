"""The table of all configuration checks on their page of the documentation, made from the code.

``python -m tests.docs.checks_table`` writes it.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

import oauthenticator_suite
from oauthenticator_suite.hub.findings.finding import Check
from oauthenticator_suite.hub.findings.kinds import FINDING_KINDS, Kind
from tests.docs.pages import DOCS

PAGE = DOCS / "reference" / "configuration-checks.md"
BEGIN, END = "<!-- table of checks: begin -->\n", "<!-- table of checks: end -->\n"
SEVERITIES = ("error", "warning", "info")


def modules() -> list[str]:
    """Every module of the package, but for programs that run when they are imported."""
    found = pkgutil.walk_packages(oauthenticator_suite.__path__, "oauthenticator_suite.")
    return sorted(module.name for module in found if not module.name.endswith("__main__"))


def _in_order(each: Check | Kind) -> tuple[int, str]:
    return SEVERITIES.index(each.severity), each.code


def all_checks() -> list[Check]:
    """Every check of a configuration that a module of the package defines, errors first, then by code.

    Those of a provider's answers are in `online_table`.
    """
    found: dict[int, Check] = {}
    for name in modules():
        for value in vars(import_module(name)).values():
            if isinstance(value, Check) and value.stage != "online":
                found[id(value)] = value
    return sorted(found.values(), key=_in_order)


def all_kinds() -> list[Check | Kind]:
    """Every kind of finding: checks, and those that only `oauthenticator-suite check` reports."""
    return sorted([*all_checks(), *FINDING_KINDS], key=_in_order)


def table() -> str:
    rows = [f"| `{each.code}` | {each.severity} | {each.what} | {each.fix} |\n" for each in all_kinds()]
    return "".join(["| code | severity | what it finds | what to do |\n", "|---|---|---|---|\n", *rows])


def page_with_table(text: str) -> str:
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page_with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
