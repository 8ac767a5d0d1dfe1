"""The page of configuration checks is the code's list of them, and each check runs for some class."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from oauthenticator_suite.hub.findings.finding import Check, checks_of
from tests.docs.checks_table import PAGE, all_checks, page_with_table
from tests.support.entry_points import ENTRY_POINTS

CHECKS = all_checks()


def test_the_page_has_the_table_of_the_code() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert page_with_table(text) == text, "run: python -m tests.docs.checks_table"


def test_no_two_checks_have_one_code() -> None:
    assert [code for code, times in Counter(each.code for each in CHECKS).items() if times > 1] == []


@pytest.mark.parametrize("each", CHECKS, ids=lambda each: each.code)
def test_a_check_is_described(each: Check) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", each.code)
    for sentence in (each.what, each.fix):
        assert sentence.endswith(".")
        assert sentence.count("`") % 2 == 0
        assert "|" not in sentence


def test_every_check_runs_for_some_class() -> None:
    used = {id(each) for cls in ENTRY_POINTS.values() for each in checks_of(cls)}
    assert [each.code for each in CHECKS if id(each) not in used] == []
