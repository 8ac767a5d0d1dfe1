"""The benchmarks run: each in a small size, whose figures mean nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.system_tools import require_program

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


def run(script: str, *arguments: str, limit: int = 600) -> str:
    """What the benchmark prints. It must succeed, within `limit` seconds."""
    command = [sys.executable, str(BENCHMARKS / script), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=limit)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_logins_compared_with_the_floor(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    small = {"rounds": 1, "single": 1, "logins": 4, "at-once": 2, "users": 2, "rtt": 1}
    arguments = [f"--{name}={value}" for name, value in small.items()]
    table = run("run.py", *arguments, "--sides", "null", "bare", "ours", "several", f"--json={results}")
    assert "ours/null" in table
    assert "failed logins: 0" in table
    rounds = json.loads(results.read_text())["logins"]
    assert set(rounds) == {"null", "bare", "ours", "several"}
    assert rounds["null"][0]["at once"]["provider_requests_per_login"].get("token", 0) == 0
    for side in ("ours", "several"):
        assert rounds[side][0]["at once"]["provider_requests_per_login"]["token"] == 1


def test_crowd() -> None:
    table = run("crowd.py", "--users=3", "--latency=1")
    assert "pages that failed" in table


def test_traces_of_logins_are_within_their_limits() -> None:
    trace = run("trace_login.py", "--check")
    assert trace.count("switches between files") == 6
    assert "hub/base/authenticator.py" in trace


def test_profiles() -> None:
    table = run("profiles.py", "--logins=1", "--rounds=1")
    assert [line.split()[0] for line in table.splitlines()[1:]] == ["plain", "profile-a", "profile-b"]


@pytest.mark.slow
def test_a_login_takes_about_as_many_instructions_as_without_a_provider() -> None:
    """The only figure of these that means something in a small size, because load does not change it."""
    require_program("callgrind_control", "/usr/bin", "valgrind")
    figures = run("instructions.py", "--sides", "null", "ours", "--logins=3", "--check", limit=1500)
    assert [line.split()[0] for line in figures.splitlines()] == ["null", "ours"]
