"""The benchmarks run: each in a small size, whose figures mean nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


def run(script: str, *arguments: str) -> str:
    """What the benchmark prints. It must succeed."""
    command = [sys.executable, str(BENCHMARKS / script), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
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


def test_traces_of_logins() -> None:
    trace = run("trace_login.py")
    assert trace.count("switches between files") == 6
    assert "hub/base/authenticator.py" in trace


def test_profiles() -> None:
    table = run("profiles.py", "--logins=1", "--rounds=1")
    assert [line.split()[0] for line in table.splitlines()[1:]] == ["plain", "profile-a", "profile-b"]
