"""docs/reference/providers.md says what each class does: a login at each provider's fake shows it."""

from __future__ import annotations

import re

import pytest

from oauthenticator_suite import registry
from tests.contract.cases import ProviderCase
from tests.docs import provider_table as table

WRITE = "run: python -m tests.docs.provider_table"
TEXT = table.PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("cls", table.shown_cases(), ids=lambda cls: cls.id)
async def test_a_row_is_what_a_login_shows(cls: type[ProviderCase]) -> None:
    case = cls()
    async with case.fake:
        found = await table.features(case)
    assert table.row_of(case, TEXT) == found, WRITE


def test_there_is_no_other_row() -> None:
    rows = re.findall(r"^\| \[.+\]\(\.\./how-to/.+\.md\) \| `(suite-.+?)` \|", TEXT, re.MULTILINE)
    assert rows == [case.entry_point for case in table.shown_cases()], WRITE
    assert {f"suite-{entry.name}" for entry in registry.PROVIDERS} <= set(rows)


def test_the_rules_are_those_of_the_classes() -> None:
    assert table.with_table(TEXT, table.RULES, table.table_of_rules()) == TEXT, WRITE


def test_left_out_cases_exist() -> None:
    assert {case.id for case in table.CASES} >= table.LEFT_OUT | set(table.VARIANTS)
