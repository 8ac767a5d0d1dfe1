"""What a login costs the Hub at providers that demand more, compared with one that demands nothing.

    python benchmarks/profiles.py [--logins 40] [--rounds 3] [--json FILE] [--check]

The providers are those of the end-to-end tests: the certified ``oidc-provider`` in a Node.js process, over TLS. Profile
A demands pushed and signed requests, a client with a private key, DPoP, an encrypted ID token and an encrypted userinfo
response. Profile B demands pushed requests, mutual TLS and signed responses. The Hub is a real one with a proxy. The
processor time of the Hub's process is measured, so a slow provider or browser does not count. Run it with the Python in
``.venv``, the environment of the tests. ``report.py FILE`` writes the figures into the documentation.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.e2e.strict_hub import StrictHub, start_strict_hub
from tests.e2e.strict_logins import ENTRIES

PLAIN = "plain"
PROFILES = ("profile-a", "profile-b")
GOAL = 1.6
"""The most that a login of a profile may cost, as a multiple of a plain one."""

TICK = os.sysconf("SC_CLK_TCK")


def processor_seconds(pid: int) -> float:
    """The processor time that a process has used so far (proc(5), fields 14 and 15 of ``stat``)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def seconds_per_login(strict: StrictHub, name: str, logins: int) -> float:
    """The Hub's processor time for one login, each in a new browser, of a user who has signed in before."""
    strict.providers.forget(name)
    began = processor_seconds(strict.hub.pid)
    for _ in range(logins):
        with strict.providers.browser() as browser:
            page = strict.log_in(browser, name)
            if page.path != "/hub/home":
                sys.exit(f"{name}: the login failed: {page}")
    return (processor_seconds(strict.hub.pid) - began) / logins


def main() -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description="The cost of logins at providers that demand more.")
    parser.add_argument("--logins", type=int, default=40, help="logins per round (default: 40)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which the median counts (default: 3)")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    parser.add_argument("--check", action="store_true", help="fail when a goal is missed")
    arguments = parser.parse_args()
    began, load = time.strftime("%Y-%m-%d %H:%M:%S %z"), os.getloadavg()
    names = (PLAIN, *PROFILES)
    with ExitStack() as cleanup, tempfile.TemporaryDirectory() as folder:
        entries = {name: ENTRIES.get(name, {}) for name in names}
        strict = start_strict_hub(Path(folder), cleanup, entries)
        for name in names:
            seconds_per_login(strict, name, 3)  # metadata, keys, connections, compiled templates
        rounds = [
            {name: seconds_per_login(strict, name, arguments.logins) for name in names} for _ in range(arguments.rounds)
        ]
    cost = {name: statistics.median(one[name] for one in rounds) for name in names}
    print(f"{'provider':12} {'CPU of the Hub per login':>24} {'of a plain login':>17} {'goal':>7}")
    for name in names:
        goal = "" if name == PLAIN else f"<= {GOAL}"
        print(f"{name:12} {cost[name] * 1000:21.1f} ms {cost[name] / cost[PLAIN]:17.2f} {goal:>7}")
    if arguments.json:
        about = {"date": began, "python": platform.python_version(), "processors": os.cpu_count(), "load": load}
        options = {"logins": arguments.logins, "rounds": arguments.rounds}
        figures = {"machine": about, "options": options, "goal": GOAL, "rounds": rounds, "cost": cost}
        arguments.json.write_text(json.dumps(figures, indent=1))
    missed = [name for name in PROFILES if cost[name] > GOAL * cost[PLAIN]]
    return 1 if missed and arguments.check else 0


if __name__ == "__main__":
    sys.exit(main())
