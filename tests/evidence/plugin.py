"""A pytest plug-in that writes a JSON file of what the marked tests have shown.

It is loaded by ``python -m tests.evidence``: ``pytest -p tests.evidence.plugin --evidence FILE``. With
``--collect-only`` the file has the tests without results.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.support import invariants

from .marks import faults_of, function_of, modules_of

KINDS = (invariants.WrongAccept, invariants.UnhandledError, invariants.SecretLeaked, invariants.LoopBlocked)
BROKEN = {kind: kind.what for kind in KINDS}


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--evidence FILE``."""
    parser.addoption("--evidence", type=Path, help="write what the marked tests have shown into this JSON file")


class Recorder:
    """The results of the marked tests, by node."""

    def __init__(self) -> None:
        self.tests: dict[str, dict[str, Any]] = {}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Which tests there are."""
        for item in session.items:
            modules, faults = modules_of(item), faults_of(item)
            if modules or faults:
                self.tests[item.nodeid] = {
                    "test": function_of(item.nodeid),
                    "modules": sorted(modules),
                    "faults": sorted(faults),
                    "result": "",
                    "checks": 0,
                    "broken": "",
                }

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Count the outcomes that the harness has checked, and find which invariant is broken."""
        before = invariants.checked
        try:
            return (yield)
        except AssertionError as error:
            if item.nodeid in self.tests:
                self.tests[item.nodeid]["broken"] = BROKEN.get(type(error), "")
            raise
        finally:
            if item.nodeid in self.tests:
                self.tests[item.nodeid]["checks"] = invariants.checked - before

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Passed, failed or skipped; a failure in a fixture is one as well."""
        entry = self.tests.get(report.nodeid)
        if entry is not None and (report.when == "call" or report.outcome != "passed") and entry["result"] != "failed":
            entry["result"] = report.outcome

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the file."""
        session.config.getoption("--evidence").write_text(json.dumps(self.tests, indent=1))


def pytest_configure(config: pytest.Config) -> None:
    """Record only when a file is asked for."""
    if config.getoption("--evidence"):
        config.pluginmanager.register(Recorder(), "evidence-recorder")
