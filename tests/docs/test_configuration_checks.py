"""The page of configuration checks is the code's list of them, and each check runs for some class."""

from __future__ import annotations

import logging
import re
from collections import Counter
from pathlib import Path

import pytest
from traitlets.config.loader import PyFileConfigLoader

from oauthenticator_suite.hub.base.access_checks import ACCESS_CHECKS
from oauthenticator_suite.hub.findings.finding import Check, checks_of, find
from oauthenticator_suite.hub.findings.kinds import Kind
from oauthenticator_suite.hub.findings.names import NAME_CHECKS
from oauthenticator_suite.hub.findings.unknown import SECTION_CHECKS
from tests.docs.checks_table import PAGE, all_checks, all_kinds, page_with_table
from tests.docs.pages import DOCS, Block
from tests.docs.test_docs import CONFIGURATIONS, chosen_class
from tests.support.entry_points import ENTRY_POINTS
from tests.support.logs import LogCapture

CHECKS = all_checks()
KINDS_OF_FINDINGS = all_kinds()


def test_the_page_has_the_table_of_the_code() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert page_with_table(text) == text, "run: python -m tests.docs.checks_table"


def test_no_two_checks_have_one_code() -> None:
    assert [code for code, times in Counter(each.code for each in KINDS_OF_FINDINGS).items() if times > 1] == []


@pytest.mark.parametrize("each", KINDS_OF_FINDINGS, ids=lambda each: each.code)
def test_a_check_is_described(each: Check | Kind) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", each.code)
    for sentence in (each.what, each.fix):
        assert sentence.endswith(".")
        assert sentence.count("`") % 2 == 0
        assert "|" not in sentence


CONTRADICTIONS = {each.code for each in (*SECTION_CHECKS, *NAME_CHECKS, *ACCESS_CHECKS)} - {"open-to-everyone"}


@pytest.mark.parametrize("block", CONFIGURATIONS, ids=str)
def test_a_configuration_in_the_documentation_is_silent(
    block: Block, tmp_path: Path, hub_log: LogCapture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a part of a configuration, other checks may miss the rest."""
    for name in ("OIDC_ISSUER", "OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "GROUPS_URL"):
        monkeypatch.delenv(name, raising=False)
    config = block.load(tmp_path)
    meant = [cls for cls in ENTRY_POINTS.values() if cls.__name__ in config and "JupyterHub" not in config]
    cls = meant[0] if meant else chosen_class(config)
    findings = find(cls(config=config), "start")
    assert [str(finding) for finding in findings if finding.code in CONTRADICTIONS] == []
    assert hub_log.at_least(logging.WARNING) == []


def test_the_example_is_silent(hub_log: LogCapture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OIDC_ISSUER", "https://login.example.org")
    monkeypatch.setenv("OAUTH_CLIENT_ID", "hub")
    monkeypatch.setenv("OAUTH_CLIENT_SECRET", "a-secret")
    config = PyFileConfigLoader("jupyterhub_config.py", path=str(DOCS.parent / "examples")).load_config()
    authenticator = chosen_class(config)(config=config)
    assert [str(finding) for finding in find(authenticator, "start") if finding.severity != "info"] == []
    assert hub_log.at_least(logging.WARNING) == []


def test_every_check_runs_for_some_class() -> None:
    used = {id(each) for cls in ENTRY_POINTS.values() for each in checks_of(cls)}
    assert [each.code for each in CHECKS if id(each) not in used] == []
