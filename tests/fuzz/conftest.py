"""The counts of fuzz targets: a table at the end, and a file for ``make fuzz``."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.certified_provider import skip_or_fail

from .verdicts import KINDS, TARGETS
from .whatwg import NodeURL

REPORT = "FUZZ_REPORT"
"""The environment variable with the file into which the counts are written."""


@pytest.fixture(scope="session")
def node() -> Iterator[NodeURL]:
    """Node's URL parser, in one process for all tests."""
    program = shutil.which("node")
    if program is None:
        skip_or_fail("Node.js is not installed")
    with NodeURL(program) as parser:
        yield parser


def _kinds(error: BaseException) -> Iterator[str]:
    """The kinds of failures in an error, which may be a group of several."""
    for one in getattr(error, "exceptions", ()):
        yield from _kinds(one)
    yield from (name for kind, name in KINDS.items() if isinstance(error, kind))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Count a failure for the target of the test's module."""
    if call.excinfo is not None and (its := getattr(getattr(item, "module", None), "TARGET", None)):
        for kind in _kinds(call.excinfo.value):
            its.failures[kind] += 1
    return (yield)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line for each target that has run."""
    tried = [one for one in TARGETS.values() if one.inputs]
    if not tried:
        return
    terminalreporter.section("fuzz targets", "-")
    for one in tried:
        kinds = ", ".join(f"{number} {kind}" for kind, number in one.failures.items())
        terminalreporter.write_line(f"{one.name}: {one.inputs} inputs, {kinds}")
    if report := os.environ.get(REPORT):
        Path(report).write_text(json.dumps({one.name: {"inputs": one.inputs, **one.failures} for one in tried}))


@pytest.fixture
async def hub_of_claims(hub_at_provider: Any) -> Any:
    """A Hub that stores the data of logins, for many logins."""
    return await hub_at_provider(
        enable_auth_state=True, manage_groups=True, scope=["openid", "profile", "email", "groups"]
    )


@pytest.fixture(scope="session")
def folder_of_fuzz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for files that each input writes again."""
    return tmp_path_factory.mktemp("fuzz")
