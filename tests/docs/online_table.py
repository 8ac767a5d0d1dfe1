"""The tables of what ``check --online`` asks of a provider, and of what it finds: made from the code.

``python -m tests.docs.online_table`` writes them.
"""

from __future__ import annotations

from pathlib import Path

from oauthenticator_suite.cli.check.online.probe import ALL_CHECKS, ALL_QUESTIONS
from oauthenticator_suite.hub.findings.finding import Check
from tests.docs.checks_table import PAGE, SEVERITIES
from tests.docs.pages import DOCS

HOW_TO = DOCS / "how-to" / "check-the-configuration.md"


def marks(what: str) -> tuple[str, str]:
    return f"<!-- table of {what}: begin -->\n", f"<!-- table of {what}: end -->\n"


def checks() -> list[Check]:
    """Errors first, then by code."""
    return sorted(ALL_CHECKS, key=lambda check: (SEVERITIES.index(check.severity), check.code))


def table_of_checks() -> str:
    rows = [f"| `{each.code}` | {each.severity} | {each.what} | {each.fix} |\n" for each in checks()]
    return "".join(["| code | severity | what it finds | what to do |\n", "|---|---|---|---|\n", *rows])


def table_of_questions() -> str:
    rows = [f"| `{each.name}` | {each.what} |\n" for each in ALL_QUESTIONS]
    return "".join(["| question | what is sent |\n", "|---|---|\n", *rows])


TABLES = {"provider checks": (PAGE, table_of_checks), "questions": (HOW_TO, table_of_questions)}
"""For each table, its page and the function that makes it."""


def page_with(what: str, text: str) -> str:
    """The text of a page with its table as the code has it."""
    begin, end = marks(what)
    before, _, rest = text.partition(begin)
    return f"{before}{begin}\n{TABLES[what][1]()}\n{end}{rest.partition(end)[2]}"


def write(what: str) -> None:
    page: Path = TABLES[what][0]
    page.write_text(page_with(what, page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    for each in TABLES:
        write(each)
