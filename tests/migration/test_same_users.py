"""Each configuration gives the same users, groups and administrators before and after the move."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from traitlets import TraitError

from oauthenticator_suite.errors import ConfigurationError
from tests.support import HubDidNotStart, HubState

from . import cases_cilogon, cases_generic, cases_github_google, cases_others, cases_subclasses
from .case import FOLDER, Case
from .moving import create_accounts, move, outcome_of, running_provider

Printed = Callable[[], str]

CASES = [
    *cases_cilogon.CASES,
    *cases_github_google.CASES,
    *cases_generic.CASES,
    *cases_subclasses.CASES,
    *cases_others.CASES,
]
SAME = [case for case in CASES if case.differs is None]
OTHERWISE = [case for case in CASES if case.differs is not None and case.differs.outcome is not None]
STOPPED = [case for case in CASES if case.differs is not None and case.differs.outcome is None]
OTHER_PACKAGES = {
    "native.py": "'native'. It works as before, because it belongs to another package",
    "pam.py": "the Hub uses PAM, because no authenticator is named. It works as before",
}
"""Configurations with nothing to change, and a sentence of the report about each."""

pytestmark = pytest.mark.filterwarnings("ignore:Hub.server is deprecated")  # `oauthenticator` uses it


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Printed:
    return lambda: capsys.readouterr().out


def test_every_configuration_has_a_case() -> None:
    assert len(CASES) >= 40
    assert {path.name for path in FOLDER.iterdir()} == {case.file for case in CASES} | OTHER_PACKAGES.keys()


@pytest.mark.parametrize("case", SAME, ids=str)
async def test_the_same(case: Case, tmp_path: Path, printed: Printed) -> None:
    moved = move(case.path, tmp_path / "moved", printed)
    async with running_provider(case) as fake:
        before = await outcome_of(case, case.path, tmp_path / "before", fake, ours=False)
        assert before == case.expected
        after = await outcome_of(case, moved.path, tmp_path / "after", fake, ours=True)
        assert after == before, moved.report


@pytest.mark.slow
@pytest.mark.parametrize("case", SAME, ids=str)
async def test_users_find_their_accounts(case: Case, tmp_path: Path, printed: Printed) -> None:
    """The Hub keeps its database, with the accounts and the `auth_state` of the earlier package."""
    moved = move(case.path, tmp_path / "moved", printed)
    state = HubState(directory=tmp_path)
    async with running_provider(case) as fake:
        await create_accounts(case.accounts, state)
        before = await outcome_of(case, case.path, tmp_path / "before", fake, ours=False, state=state)
        after = await outcome_of(case, moved.path, tmp_path / "after", fake, ours=True, state=state)
        assert after == before


@pytest.mark.parametrize("case", OTHERWISE, ids=str)
async def test_a_difference_is_in_the_report(case: Case, tmp_path: Path, printed: Printed) -> None:
    assert case.differs is not None
    moved = move(case.path, tmp_path / "moved", printed)
    for phrase in case.differs.reported:
        assert phrase in moved.report
    async with running_provider(case) as fake:
        before = await outcome_of(case, case.path, tmp_path / "before", fake, ours=False)
        assert before == case.expected
        after = await outcome_of(case, moved.path, tmp_path / "after", fake, ours=True)
        assert after == case.differs.outcome != before


@pytest.mark.parametrize("case", STOPPED, ids=str)
async def test_what_stops_the_start_is_in_the_report(case: Case, tmp_path: Path, printed: Printed) -> None:
    assert case.differs is not None
    moved = move(case.path, tmp_path / "moved", printed)
    for phrase in case.differs.reported:
        assert phrase in moved.report
    async with running_provider(case) as fake:
        before = await outcome_of(case, case.path, tmp_path / "before", fake, ours=False)
        assert before == case.expected
        with pytest.raises((ConfigurationError, HubDidNotStart, TraitError), match=re.escape(case.differs.stops)):
            await outcome_of(case, moved.path, tmp_path / "after", fake, ours=True)


@pytest.mark.parametrize(("file", "says"), OTHER_PACKAGES.items())
def test_other_packages_stay(file: str, says: str, tmp_path: Path, printed: Printed) -> None:
    moved = move(FOLDER / file, tmp_path / "moved", printed)
    assert says in moved.report
    assert moved.path.read_text() == (FOLDER / file).read_text()
