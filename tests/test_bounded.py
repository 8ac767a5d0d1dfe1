"""The bounds of tests bite: a call that would wait forever, and one that would read forever, fail."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.bounded import bounded


def test_a_call_that_waits(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(pytest.fail.Exception, match="still running after 1 s"), bounded(1):
        (tmp_path / "pipe").read_bytes()


def test_a_read_without_end() -> None:
    with pytest.raises(MemoryError), bounded(60, 2**26), Path("/dev/zero").open("rb") as file:
        file.read(2**28)


def test_what_ends_is_left_alone() -> None:
    with bounded(1):
        pass
