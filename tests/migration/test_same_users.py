"""Each configuration gives the users, groups and administrators that its case names, with `oauthenticator`."""

from __future__ import annotations

from pathlib import Path

import pytest

from . import cases_cilogon, cases_generic, cases_github_google, cases_others
from .case import Case
from .moving import outcome_of, running_provider

CASES = [*cases_cilogon.CASES, *cases_github_google.CASES, *cases_generic.CASES, *cases_others.CASES]

pytestmark = pytest.mark.filterwarnings("ignore:Hub.server is deprecated")  # `oauthenticator` uses it


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_before_the_move(case: Case, tmp_path: Path) -> None:
    async with running_provider(case) as fake:
        assert await outcome_of(case, case.path, tmp_path / "before", fake, ours=False) == case.expected
