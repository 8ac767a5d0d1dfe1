"""Which conformance modules and faults a collected test is about.

``@pytest.mark.conformance("oidcc-client-test-invalid-iss")`` names modules by their full identifiers; with
``plan="form post"`` those of the Form Post plan. ``@pytest.mark.fault("F16")`` names faults. A test with a parameter
``fault`` is also about the fault of the misbehaving provider that this parameter names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest

FAULT_PARAMETER = "fault"
NUMBER = re.compile(r"(F\d+)(?:-|$)")


def add_fault_markers(items: Iterable[pytest.Item]) -> None:
    """Give each test in ``tests/contract`` whose parameter ``fault`` names a numbered fault its marker."""
    for item in items:
        callspec = getattr(item, "callspec", None)
        value = callspec.params.get(FAULT_PARAMETER) if callspec is not None else None
        found = NUMBER.match(value) if isinstance(value, str) else None
        if found and "tests/contract/" in item.nodeid.replace("\\", "/"):
            item.add_marker(pytest.mark.fault(found[1]))


def modules_of(item: pytest.Item) -> set[str]:
    """The identifiers of the conformance modules that a test shows, of this package or of the peer."""
    return {
        f"{name} ({plan})" if (plan := mark.kwargs.get("plan")) else name
        for marker in ("conformance", "conformance_of_peer")
        for mark in item.iter_markers(marker)
        for name in mark.args
    }


def faults_of(item: pytest.Item) -> set[str]:
    """The numbers of the faults that a test is about."""
    return {number for mark in item.iter_markers("fault") for number in mark.args}


def function_of(nodeid: str) -> str:
    """A test without its parameters: `file::function`."""
    return nodeid.partition("[")[0]
