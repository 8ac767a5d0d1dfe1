"""One list of rules: what the start-up checks, `oauthenticator-suite check` and a running Hub's status check as well."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from oauthenticator_suite import GenericOAuthenticator, MultiAuthenticator
from oauthenticator_suite.cli.check.report import findings_of
from oauthenticator_suite.cli.configuration.sources import HubConfiguration
from oauthenticator_suite.hub.findings.finding import INFO, Check, Problem, Stage, check, checks_of
from oauthenticator_suite.hub.findings.kinds import CHECK_FAILED, FINDING_KINDS
from oauthenticator_suite.hub.findings.running import findings_by_provider
from tests.conftest import generic_config
from tests.docs.checks_table import all_checks
from tests.support import HubState, start_hub
from tests.support.entry_points import ENTRY_POINTS

pytestmark = pytest.mark.hub_versions

STAGES: tuple[Stage, ...] = tuple(stage for stage in get_args(Stage) if stage != "online")


def recorder(stage: Stage) -> Check:
    """A check that finds something, in its stage."""

    def finds(_: Any) -> list[Problem]:
        return [Problem("", f"ran in the stage {stage}")]

    return check(f"recorded-{stage}", INFO, "What.", "Fix.", stage=stage)(finds)


RECORDERS = tuple(map(recorder, STAGES))


class Recorded(GenericOAuthenticator):
    startup_checks = RECORDERS


class RecordedMulti(MultiAuthenticator):
    startup_checks = RECORDERS


async def codes_of(cls: Any, config: Any, directory: Path) -> tuple[set[str], set[str], set[str]]:
    """The recorders that ran at the start of a Hub, on the running Hub, and in the command."""
    async with start_hub(config, HubState(directory=directory)) as hub:
        at_start = set(re.findall(r"\[(recorded-\w+)\]", hub.log.text))
        running = {each.finding.code for each in findings_by_provider(hub.app.authenticator) if not each.provider}
    report = findings_of(HubConfiguration(config))
    of_command = {each.finding.code for each in report.findings if not each.provider}
    return (
        at_start,
        {code for code in running if "recorded" in code},
        {code for code in of_command if "recorded" in code},
    )


async def test_each_stage_of_an_authenticator_runs_everywhere(provider: Any, tmp_path: Path) -> None:
    config = generic_config(provider)
    config.Recorded = config.pop("GenericOAuthenticator")
    config.JupyterHub.authenticator_class = Recorded
    expected = {f"recorded-{stage}" for stage in STAGES if stage != "children"}
    at_start, running, of_command = await codes_of(Recorded, config, tmp_path)
    assert at_start == expected
    assert running == of_command == expected | {"recorded-children"}, "which no class without children lists"


async def test_each_stage_of_several_runs_everywhere(provider: Any, tmp_path: Path) -> None:
    config = generic_config(provider)
    config.JupyterHub.authenticator_class = RecordedMulti
    config.RecordedMulti.authenticators = [GenericOAuthenticator]
    config.RecordedMulti.username_collision = "prefix"
    at_start, running, of_command = await codes_of(RecordedMulti, config, tmp_path)
    assert running == of_command == {f"recorded-{stage}" for stage in STAGES}
    assert at_start == {f"recorded-{stage}" for stage in STAGES if stage not in ("start", "system")}
    listed = {each.stage for each in checks_of(MultiAuthenticator)}
    assert listed <= {"sections", "values", "options", "children", "advice"}, "the start-up runs no others of a parent"


def test_every_check_is_in_the_list_of_a_class_and_has_a_stage_that_runs() -> None:
    listed = {each.code for cls in ENTRY_POINTS.values() for each in checks_of(cls)}
    assert {each.code for each in all_checks()} == listed
    assert {each.stage for each in all_checks()} <= set(STAGES)


def test_kinds_have_codes_that_no_check_has() -> None:
    assert {kind.code for kind in FINDING_KINDS} & {each.code for each in all_checks()} == set()


def test_a_check_that_fails_is_a_finding_and_the_others_run(provider: Any) -> None:
    def fails(_: Any) -> list[Problem]:
        raise KeyError("a-secret")

    class Failing(GenericOAuthenticator):
        startup_checks = (check("fails", INFO, "What.", "Fix.", stage="advice")(fails), *RECORDERS)

    config = generic_config(provider)
    found = [each.finding for each in findings_by_provider(Failing(config=config))]
    (failed,) = (each for each in found if each.code == CHECK_FAILED.code)
    assert str(failed).startswith("the check fails could not run: KeyError")
    assert "a-secret" not in str(failed)
    assert "recorded-advice" in {each.code for each in found}
