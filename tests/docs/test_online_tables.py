"""The pages list what ``check --online`` asks and finds, as the code has it."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from oauthenticator_suite.cli.check.online.probe import ALL_QUESTIONS
from oauthenticator_suite.hub.findings.finding import Check
from tests.docs.checks_table import all_checks
from tests.docs.online_table import TABLES, checks, page_with


@pytest.mark.parametrize("what", TABLES)
def test_the_page_has_the_table_of_the_code(what: str) -> None:
    text = TABLES[what][0].read_text(encoding="utf-8")
    assert page_with(what, text) == text, "run: python -m tests.docs.online_table"


def test_no_two_checks_have_one_code() -> None:
    codes = Counter(each.code for each in (*checks(), *all_checks()))
    assert [code for code, times in codes.items() if times > 1] == []


def test_no_two_questions_have_one_name() -> None:
    names = Counter(each.name for each in ALL_QUESTIONS)
    assert [name for name, times in names.items() if times > 1] == []


@pytest.mark.parametrize("each", checks(), ids=lambda each: each.code)
def test_a_check_is_described(each: Check) -> None:
    assert each.stage == "online"
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", each.code)
    for sentence in (each.what, each.fix):
        assert sentence.endswith(".")
        assert sentence.count("`") % 2 == 0
        assert "|" not in sentence


def test_a_question_is_described() -> None:
    for each in ALL_QUESTIONS:
        assert each.what.endswith(".")
        assert "|" not in each.what
