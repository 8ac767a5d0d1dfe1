#!/usr/bin/env python3
"""Runs checks and tests in lanes, several at a time, and shows how far each lane is.

``run_tests.py quick`` runs what `make test` runs. ``run_tests.py rest`` runs what `make test-all` adds to it: slow
tests, long property tests and the older releases of JupyterHub. A lane is one command; its output goes to a file in
``test-artifacts/lanes`` and is printed when the lane fails. A failing lane does not stop the others.

On a terminal one line shows the running lanes. Elsewhere each start, each end and one line per minute is printed.
With ``COVERAGE=1`` in the environment each lane writes its coverage data to ``test-artifacts/coverage``.

The exit status is 0 when all lanes have succeeded.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

REPOSITORY = Path(__file__).resolve().parents[1]
LOGS = REPOSITORY / "test-artifacts" / "lanes"
COVERAGE = REPOSITORY / "test-artifacts" / "coverage"
PYTHON = ".venv/bin/python"

LANE_LIMIT = 40 * 60
"""Seconds after which a lane is ended: it hangs."""

ENDS_WITHIN = 30
"""Seconds that a lane gets to end after it was interrupted."""

TICK = 0.2
"""Seconds between two looks at the running lanes."""

SUMMARY = re.compile(r"^=* ?((?:\d+ \w+(?:, )?)+ in [\d.]+s.*?) ?=*$", re.MULTILINE)
PERCENT = re.compile(r"\[ *(\d+)%\]")

CORES = os.cpu_count() or 2
SLOTS = CORES + 2
"""How many slots there are: some more than cores, as every lane waits at times."""


@dataclass
class Lane:
    """One command. `slots` is how many others it displaces; `after` names a lane that must end before it begins."""

    name: str
    command: Sequence[str]
    slots: int = 1
    after: str = ""
    status: int | None = None
    began: float = 0.0
    took: float = 0.0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return LOGS / (re.sub(r"\W+", "-", self.name.lower()).strip("-") + ".log")

    @property
    def progress(self) -> str:
        """How far it is: what pytest has written last, or the seconds so far."""
        found = PERCENT.findall(tail_of(self.log))
        return f"{found[-1]} %" if found else f"{time.monotonic() - self.began:.0f} s"

    @property
    def summary(self) -> str:
        """The last line of a pytest run, without its frame of equals signs."""
        found = SUMMARY.findall(tail_of(self.log))
        return found[-1] if found else ""


def tail_of(file: Path, size: int = 4000) -> str:
    """The last `size` bytes of a file, as text."""
    with file.open("rb") as log:
        log.seek(max(0, log.seek(0, os.SEEK_END) - size))
        return log.read().decode("utf-8", "replace")


def pytest_lane(
    name: str,
    *arguments: str,
    python: str = PYTHON,
    workers: int = 1,
    slots: int | None = None,
    after: str = "",
    branches: bool = False,
) -> Lane:
    """A lane that runs pytest. Several `workers` are processes that share the test files among them."""
    command = [python, "-m", "pytest", "-q", *arguments]
    if workers > 1:
        command += [f"--numprocesses={workers}", "--dist=loadfile"]
    if os.environ.get("COVERAGE") and python == PYTHON:
        command += ["--cov", "--cov-report=", *(["--cov-branch"] if branches else [])]
    return Lane(name, command, workers if slots is None else slots, after)


FOLDERS_APART = (
    *("e2e", "hub", "pages", "contract", "compatibility", "migration"),
    *("multi", "local", "protocol", "policy", "site", "fuzz"),
)
TOOLS = "system tools"

HUB_PARTS = {
    "refresh and logout": ("crowd", "logging_out", "outage", "refresh", "same_moment", "sql_statements", "staying"),
    "how sessions end": (
        *("denial_holds", "refresh_overrides", "rotation", "session_limits", "sign_in_again_reach", "store"),
        "user_limits",
    ),
    "providers": (
        *("auth0", "bitbucket", "cilogon", "cognito", "entra", "github", "gitlab", "globus", "google"),
        *("jupyterhub_provider", "keycloak", "mediawiki*", "okta", "openshift"),
    ),
    "databases and accounts": ("accounts*", "database_faults", "moving", "postgresql", "whose_record"),
    "protections": (
        *("active_tokens", "address_checks", "authentication_demands", "client_assertions", "client_key_file"),
        *("client_secrets", "credential_files", "dpop"),
        *("encrypted_tokens", "form_post", "initiated_login", "mutual_tls", "pushed_requests", "request_objects"),
        *("resources", "security_profile", "signed_responses", "step_up_logins"),
    ),
    "configuration": (
        *("configuration", "each_option", "name_options", "old_names", "plug_ins", "presets", "proxies"),
        "unknown_options",
    ),
    "forms and requests": (
        *("attempt*", "behind_nginx", "client_address", "destinations", "dictionary", "form_logins", "lookups"),
        *("logout_confirmation", "malformed_requests", "planted_attempts", "result_page", "transport*", "user_api"),
    ),
}
"""The files of ``tests/hub`` in separate lanes, without ``test_`` and ``.py``; another lane has all others."""

MATRIX = "tests/hub/test_sessions_end.py"
"""Every outcome of a refresh with every credential and kind of sign-in: minutes, so that `make test-all` runs it."""


def hub_lanes() -> list[Lane]:
    """The tests that run a Hub in their own process, in parts of similar length."""
    folder, lanes, apart = REPOSITORY / "tests" / "hub", [], [f"--ignore={MATRIX}"]
    for part, patterns in HUB_PARTS.items():
        files = [
            str(file.relative_to(REPOSITORY)) for name in patterns for file in sorted(folder.glob(f"test_{name}.py"))
        ]
        lanes.append(pytest_lane(f"through a Hub, {part}", *files))
        apart += [f"--ignore={file}" for file in files]
    return [*lanes, pytest_lane("through a Hub, all else", "tests/hub", *apart)]


def quick_lanes() -> list[Lane]:
    """What `make test` runs. The longest lanes begin first, so that no core is idle at the end."""
    return [
        Lane(TOOLS, ["scripts/system-tools.sh"]),
        pytest_lane("end-to-end", "tests/e2e", workers=3, slots=1, after=TOOLS),  # it waits most of the time
        *hub_lanes(),
        pytest_lane("contract of the providers", "tests/contract"),
        pytest_lane("moves from oauthenticator", "tests/migration"),
        pytest_lane("subclasses under two packages", "tests/compatibility"),
        pytest_lane("pages", "tests/pages", after=TOOLS),
        pytest_lane("several logins", "tests/multi"),
        pytest_lane("logins of the Hub's own", "tests/local", after=TOOLS),
        pytest_lane("fuzz targets", "tests/fuzz"),
        pytest_lane("protocol and policy", "tests/protocol", "tests/policy", branches=True),
        pytest_lane("all other tests", "tests", *(f"--ignore=tests/{folder}" for folder in FOLDERS_APART)),
        pytest_lane("documentation", "tests/site", after=TOOLS),  # builds it, and reads it as a browser does
        Lane("linters", ["scripts/lint.sh"]),
    ]


def rest_lanes(hubs: Sequence[str]) -> list[Lane]:
    """What `make test-all` runs in addition. `hubs` are releases of JupyterHub with an environment in ``.venvs``."""
    older = [
        pytest_lane(
            f"JupyterHub {release}", "-m", "hub_versions", "tests", python=f".venvs/hub-{release}/bin/python", workers=2
        )
        for release in hubs
    ]
    matrix = pytest_lane("every outcome of a refresh", MATRIX)
    published = Lane("what is published", [PYTHON, "scripts/distributions.py", "test-artifacts/dist"])
    slow = pytest_lane("slow and long", "--long", "-m", "slow or long", "tests", workers=2)
    return [*older, matrix, slow, published]


class Display:
    """Shows progress: one line that changes on a terminal, else plain lines."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out
        self._terminal = out.isatty()
        self._line = ""
        self._spoke = time.monotonic()

    def say(self, text: str) -> None:
        """A line that stays."""
        self._erase()
        print(text, file=self._out, flush=True)
        self._spoke = time.monotonic()

    def show(self, running: Sequence[Lane], ended: int, total: int) -> None:
        """What is running now."""
        now = " · ".join(f"{lane.name} {lane.progress}" for lane in running)
        line = f"[{ended} of {total} lanes ended] {now}"
        if not self._terminal:
            if time.monotonic() - self._spoke > 60:
                self.say(line)
            return
        line = line[: shutil.get_terminal_size().columns - 1]
        if line != self._line:
            self._erase()
            print(line, end="", file=self._out, flush=True)
            self._line = line

    def _erase(self) -> None:
        if self._line:
            print("\r" + " " * len(self._line) + "\r", end="", file=self._out)
            self._line = ""


def start(lane: Lane) -> None:
    """Start a lane in a new process group, so that it can be ended as a whole."""
    lane.began = time.monotonic()
    environment = os.environ | {
        "PYTHONUNBUFFERED": "1",
        "PYTHONHASHSEED": "0",  # workers must agree on the names of tests, which show sets
        "COVERAGE_FILE": str(COVERAGE / f".coverage.{lane.log.stem}"),
    }
    with lane.log.open("wb") as log:
        lane.process = subprocess.Popen(  # noqa: S603  our own commands
            lane.command,
            cwd=REPOSITORY,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def end(lane: Lane) -> None:
    """Interrupt a lane, so that pytest ends the servers of its tests; kill it when that takes too long."""
    if lane.process is None or lane.process.poll() is not None:
        return
    os.killpg(lane.process.pid, signal.SIGINT)
    try:
        lane.process.wait(ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        os.killpg(lane.process.pid, signal.SIGKILL)
        lane.process.wait()


def is_over(lane: Lane) -> bool:
    """Whether a running lane has ended, by itself or because it hangs."""
    lane.took = time.monotonic() - lane.began
    if lane.took > LANE_LIMIT:
        with lane.log.open("a") as log:
            log.write(f"\nended after {LANE_LIMIT} seconds: it hangs\n")
        end(lane)
    lane.status = lane.process.poll() if lane.process else None
    return lane.status is not None


def run(lanes: Sequence[Lane], display: Display) -> None:
    """Run all lanes, as many at a time as there are slots for."""
    waiting, running, ended = list(lanes), list[Lane](), set[str]()
    try:
        while waiting or running:
            for lane in [lane for lane in running if is_over(lane)]:
                running.remove(lane)
                ended.add(lane.name)
                outcome = "ok" if lane.status == 0 else "FAILED"
                details = f" ({lane.summary})" if lane.summary else ""
                display.say(f"--- {lane.name}: {outcome}, {lane.took:.0f} s{details}")
            for lane in list(waiting):
                if lane.after and lane.after not in ended and any(lane.after == one.name for one in lanes):
                    continue
                if not running or sum(one.slots for one in running) + lane.slots <= SLOTS:
                    waiting.remove(lane)
                    running.append(lane)
                    start(lane)
            display.show(running, len(ended), len(lanes))
            time.sleep(TICK)
    finally:
        for lane in running:
            end(lane)


def report(lanes: Sequence[Lane], display: Display, took: float) -> int:
    """Print the outputs of the lanes that failed, what was skipped, and one line about all; the exit status."""
    failed = [lane for lane in lanes if lane.status != 0]
    for lane in lanes:
        skipped = [line for line in lane.log.read_text("utf-8", "replace").splitlines() if line.startswith("SKIPPED")]
        for line in skipped:
            display.say(f"{lane.name}: {line}")
    for lane in failed:
        display.say(f"\n=== {lane.name}: FAILED\n{lane.log.read_text('utf-8', 'replace')}")
    for lane in failed:
        display.say(f"FAILED: {lane.name} (output: {lane.log.relative_to(REPOSITORY)})")
    longest = max(lanes, key=lambda lane: lane.took)
    display.say(
        f"{len(lanes) - len(failed)} of {len(lanes)} lanes succeeded in {took:.0f} s; "
        f"the longest was {longest.name!r} with {longest.took:.0f} s"
    )
    return 1 if failed else 0


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Run checks and tests in lanes.")
    parser.add_argument("which", choices=("quick", "rest"))
    parser.add_argument("hubs", nargs="*", help="releases of JupyterHub whose environments are in .venvs")
    arguments = parser.parse_args()
    LOGS.mkdir(parents=True, exist_ok=True)
    COVERAGE.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    lanes = quick_lanes() if arguments.which == "quick" else rest_lanes(arguments.hubs)
    display = Display(sys.stdout)
    began = time.monotonic()
    try:
        run(lanes, display)
    except KeyboardInterrupt:
        display.say("interrupted")
        return 130
    return report(lanes, display, time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
