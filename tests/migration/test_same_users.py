"""Each configuration gives the same users, groups and administrators before and after the move."""

from __future__ import annotations

from pathlib import Path

import pytest

from . import cases_cilogon
from .case import Case
from .moving import outcome_of, running_provider

CASES = [*cases_cilogon.CASES]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_same_users(case: Case, tmp_path: Path) -> None:
    async with running_provider(case) as fake:
        before = await outcome_of(case, case.path, tmp_path / "before", fake, ours=False)
        assert before == case.expected
