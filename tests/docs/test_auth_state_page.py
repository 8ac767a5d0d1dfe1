"""docs/reference/auth-state.md has the keys that a login at each provider's fake stores."""

from __future__ import annotations

import re

import pytest

from oauthenticator_suite.hub.accounts.record import KEY
from tests.contract.cases import ProviderCase
from tests.docs.auth_state_table import OF_ALL, PAGE, row, stored
from tests.docs.pages import DOCS
from tests.docs.provider_table import markdown, shown_cases

WRITE = "run: python -m tests.docs.auth_state_table"
TEXT = PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("cls", shown_cases(), ids=lambda cls: cls.id)
async def test_a_row_is_what_a_login_stores(cls: type[ProviderCase]) -> None:
    case = cls()
    async with case.fake:
        found = await stored(case)
    expected = markdown(["head"], [row(cls, found)]).splitlines()[2]
    assert expected in TEXT.splitlines(), WRITE


def test_there_is_no_other_row() -> None:
    assert len(re.findall(r"^\| .*\]\(options/\w+\.md\) \|", TEXT, re.MULTILINE)) == len(shown_cases()), WRITE


def test_the_keys_of_all_are_described() -> None:
    for name in (*OF_ALL, "emails", KEY):
        assert re.search(rf"^(?:`\w+`, )*`{name}`(?:, `\w+`)*\n: ", TEXT, re.MULTILINE), name


def test_the_keys_that_look_ups_add_are_described() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (DOCS.parent / "oauthenticator_suite").rglob("*.py")]
    keys = {key for source in sources for key in re.findall(r'auth_state=\{"(\w+)"', source)}
    assert keys >= {"teams", "user_teams", "globus_groups"}
    for key in keys:
        assert f"`{key}`" in TEXT, key
