"""Logins through `oauthenticator_suite`, compared with two others on the same machine.

    python benchmarks/run.py [--rounds 5] [--rtt 50] [--at-once 100] [--json FILE] [--check]

"null" is an authenticator that sends no request: what a login costs JupyterHub itself, the floor. "bare" sends two
requests to the provider and checks nothing. "peer" is the package `oauthenticator` from PyPI, "several" is ours as one
of several providers. README.md in this folder says what is measured and how to read it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from browsers import LOGIN, ONE_OF_SEVERAL, Logins, sign_in_all
from worker import HERE, Figures, Worker, environment, free_port, start_hub

SIDES = ("null", "bare", "peer", "ours", "several")
"""Which Hubs are measured. "null" is the floor, "several" is ours as one of several providers."""

STARTS = {"several": f"/hub/auth/{ONE_OF_SEVERAL}/login"}
"""The path at which a login begins, where it is another one than usual."""

SEVERAL_GOAL = 0.97
"""The least ratio of logins per second with one of several providers to those with a single provider."""

# imported after JupyterHub: the peer's module, and ours
IMPORTS = {
    "import GenericOAuthenticator": ("oauthenticator.generic", "oauthenticator_suite.providers.generic"),
    "import the package": ("oauthenticator", "oauthenticator_suite"),
}


@dataclass(frozen=True)
class Measure:
    """One line of the table.

    `goal` is the limit of the ratio of ours to that of the side `floor`: the most, or with `at_least` the least.
    """

    name: str
    unit: str
    goal: float | None = None
    at_least: bool = False
    floor: str = "null"

    def missed_by(self, ratio: float) -> bool:
        """Whether this ratio is not within the goal."""
        if self.goal is None:
            return False
        return ratio < self.goal if self.at_least else ratio > self.goal


ONE_LOGIN = Measure("one login", "ms")
ONE_CPU = Measure("one login, CPU of the Hub", "ms")
RATE = Measure("logins at once", "logins/s", goal=0.9, at_least=True)
RATE_CPU = Measure("logins at once, CPU of the Hub", "ms per login", goal=1.05)
RATE_SLOWEST = Measure("logins at once, 99th percentile", "ms")
CONNECTIONS = Measure("logins at once, connections to the provider", "per login")
LAG = Measure("logins at once, event-loop lag, 99th percentile", "ms")
FIRST_STATEMENTS = Measure("first login, SQL statements", "per login")
FIRST_COMMITS = Measure("first login, commits", "per login")
STATEMENTS = Measure("repeated login, SQL statements", "per login")
COMMITS = Measure("repeated login, commits", "per login")
COUNTS = (FIRST_STATEMENTS, FIRST_COMMITS, STATEMENTS, COMMITS)


def measures_with(database: str) -> tuple[Measure, ...]:
    """The lines of the table, with the goals for this database."""
    rate, lag = RATE, LAG
    cpu = RATE_CPU
    if database == "postgresql":  # each statement is a round trip, in which the Hub does nothing else
        rate = replace(RATE, goal=1.2)
        cpu = replace(RATE_CPU, goal=None)
        lag = replace(LAG, goal=1.1, floor="peer")
    return (ONE_LOGIN, ONE_CPU, rate, cpu, RATE_SLOWEST, lag, CONNECTIONS, *COUNTS)


Round = dict[str, Any]


def percentile(values: list[float], percent: float) -> float:
    """The value that `percent` per cent of the values do not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * percent / 100))]


async def measured(
    hub: Worker, provider: Worker, total: int, sign_in: Callable[[], Awaitable[Logins]]
) -> tuple[Logins, Figures]:
    """Make `total` logins by `sign_in`. Returns them, and the Hub's CPU time and the provider's requests for each."""
    hub_before, provider_before = await hub.figures(), await provider.figures()
    logins = await sign_in()
    hub_after, provider_after = await hub.figures(), await provider.figures()
    if not logins.seconds:
        raise RuntimeError(f"no login succeeded: {dict(logins.failures)}")
    requests = {
        name: (count - provider_before["requests"].get(name, 0)) / total
        for name, count in provider_after["requests"].items()
    }
    made = len(logins.seconds)
    return logins, {
        "statements_per_login": (hub_after["statements"] - hub_before["statements"]) / made,
        "commits_per_login": (hub_after["commits"] - hub_before["commits"]) / made,
        "lag_p99_ms": hub_after["lag_p99"] * 1000,
        "lag_max_ms": hub_after["lag_max"] * 1000,
        "memory": hub_after["memory"],
        "cpu_ms_per_login": (hub_after["cpu"] - hub_before["cpu"]) * 1000 / len(logins.seconds),
        "cpu_wait_share": (hub_after["cpu_wait"] - hub_before["cpu_wait"]) / logins.wall,
        "provider_connections_per_login": (provider_after["connections"] - provider_before["connections"]) / total,
        "provider_requests_per_login": requests,
        "failures": dict(logins.failures),
    }


async def one_round(side: str, provider: Worker, db_url: str, folder: Path, args: argparse.Namespace) -> Round:
    """A new Hub with one side's authenticator. It makes the accounts, measures single logins, and many at once.

    `db_url` is an empty database; an empty text is SQLite in memory.
    """
    port, options = free_port(), {"JupyterHub": {"db_url": db_url}} if db_url else {}
    hub = await start_hub(side, provider, port, options, folder=folder)
    try:
        sign_in = partial(sign_in_all, port, users=args.users, start=STARTS.get(side, LOGIN))
        _, first_figures = await measured(hub, provider, args.users, partial(sign_in, args.users, 4))
        single, single_figures = await measured(hub, provider, args.single, partial(sign_in, args.single, 1))
        many, many_figures = await measured(hub, provider, args.logins, partial(sign_in, args.logins, args.at_once))
    finally:
        await hub.stop()
    return {
        "http_client": hub.ready["http_client"],
        ONE_LOGIN.name: statistics.median(single.seconds) * 1000,
        ONE_CPU.name: single_figures["cpu_ms_per_login"],
        RATE.name: len(many.seconds) / many.wall,
        RATE_CPU.name: many_figures["cpu_ms_per_login"],
        RATE_SLOWEST.name: percentile(many.seconds, 99) * 1000,
        CONNECTIONS.name: many_figures["provider_connections_per_login"],
        LAG.name: many_figures["lag_p99_ms"],
        FIRST_STATEMENTS.name: first_figures["statements_per_login"],
        FIRST_COMMITS.name: first_figures["commits_per_login"],
        STATEMENTS.name: single_figures["statements_per_login"],
        COMMITS.name: single_figures["commits_per_login"],
        "one by one": single_figures,
        "at once": many_figures,
        "seconds": {"one by one": single.seconds, "at once": many.seconds},
    }


def import_cost(module: str) -> float:
    """Milliseconds of CPU time that importing `module` adds to a process that has imported JupyterHub."""
    program = (
        "import time, importlib, jupyterhub.app; before = time.process_time(); "
        f"importlib.import_module({module!r}); print((time.process_time() - before) * 1000)"
    )
    command = [sys.executable, "-c", program]
    return float(subprocess.run(command, check=True, capture_output=True, text=True, env=environment()).stdout)


def ratio_of(ours: list[float], theirs: list[float]) -> list[float]:
    """Ours to theirs, round by round. Empty where one of them was not measured, or theirs is zero."""
    if not ours or not theirs or not all(theirs):
        return []
    return [our / their for our, their in zip(ours, theirs, strict=True)]


def compare(name: str, unit: str, values: dict[str, list[float]]) -> list[str]:
    """A row of the table: each side's median, the medians of the ratios, and the range of the ratios to the floor."""
    ours = values.get("ours", [])
    to_peer, to_null = (ratio_of(ours, values.get(side, [])) for side in ("peer", "null"))
    return [
        name,
        unit,
        *(f"{statistics.median(values[side]):.4g}" if side in values else "" for side in SIDES),
        f"{statistics.median(to_peer):.2f}" if to_peer else "",
        f"{statistics.median(to_null):.2f}" if to_null else "",
        f"{min(to_null):.2f} … {max(to_null):.2f}" if to_null else "",
    ]


def table(rows: Iterable[list[str]]) -> str:
    """Columns of equal width. The first two are aligned to the left, the others to the right."""
    rows = list(rows)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )


async def logins(args: argparse.Namespace, folder: Path) -> dict[str, list[Round]]:
    """All rounds. The sides take turns and their order changes, so that a machine that slows down does so for all."""
    rounds: dict[str, list[Round]] = {side: [] for side in args.sides}
    provider = await Worker.start("provider.py", str(folder), str(args.rtt), folder=folder)
    server = None
    try:
        if args.database == "postgresql":
            server = await Worker.start("postgresql.py", str(args.database_delay), folder=folder)
        made = 0
        for number in range(args.rounds):
            for side in args.sides if number % 2 == 0 else args.sides[::-1]:
                db_url = server.ready["url"].format(database=f"hub{made}") if server else ""
                made += 1
                result = await one_round(side, provider, db_url, folder, args)
                rounds[side].append(result)
                waited = result["at once"]["cpu_wait_share"]
                print(
                    f"round {number + 1}, {side}: one login {result[ONE_LOGIN.name]:.0f} ms, "
                    f"{result[RATE.name]:.1f} logins/s (the Hub waited for a processor {waited:.0%} of the time)",
                    file=sys.stderr,
                )
    finally:
        if server is not None:
            await server.stop()
        await provider.stop()
    return rounds


def machine() -> dict[str, Any]:
    """The machine and the versions with which the figures were made."""
    packages = ("oauthenticator", "jupyterhub", "tornado", "aiohttp", "joserfc", "cryptography")
    return {
        "date": time.strftime("%Y-%m-%d %H:%M:%S %z"),
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "load": os.getloadavg(),
        "packages": {package: version(package) for package in packages},
    }


def missed_goal(measure: Measure, values: dict[str, list[float]]) -> str:
    """A sentence when ours misses the goal; else an empty string."""
    ratios = ratio_of(values.get("ours", []), values.get(measure.floor, []))
    if not ratios or not measure.missed_by(ratio := statistics.median(ratios)):
        return ""
    goal = f"{'≥' if measure.at_least else '≤'} {measure.goal}"
    return f"{measure.name}: {ratio:.2f} times the figure of {measure.floor}; the goal is {goal}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite", help="the Hub's database")
    parser.add_argument(
        "--database-delay", type=float, default=1, help="milliseconds that each SQL statement takes longer"
    )
    parser.add_argument("--rounds", type=int, default=5, help="how often each side is measured")
    parser.add_argument("--rtt", type=float, default=50, help="round trip to the provider in milliseconds")
    parser.add_argument("--single", type=int, default=30, help="single logins in each round")
    parser.add_argument("--logins", type=int, default=300, help="logins in each round of many at once")
    parser.add_argument("--at-once", type=int, default=100, help="how many of these are in progress at any time")
    parser.add_argument("--users", type=int, default=50, help="how many accounts there are")
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=SIDES, help="what is measured")
    parser.add_argument("--json", type=Path, default=HERE / "results.json", help="the file for all figures")
    parser.add_argument("--check", action="store_true", help="fail when a ratio to the floor misses its goal")
    args = parser.parse_args()

    about = machine()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        rounds = asyncio.run(logins(args, Path(folder)))
    imports: dict[str, list[list[float]]] = {}
    if {"peer", "ours"} <= set(args.sides):
        for module in IMPORTS["import GenericOAuthenticator"]:
            import_cost(module)  # writes byte code, so that no later one has to
        imports = {
            name: [[import_cost(m) for m in modules] for _ in range(args.rounds)] for name, modules in IMPORTS.items()
        }

    measures = measures_with(args.database)
    values = {
        measure: {side: [one[measure.name] for one in rounds[side]] for side in args.sides} for measure in measures
    }
    rows = [["", "", *SIDES, "ours/peer", "ours/null", "in the rounds"]]
    for measure, by_side in values.items():
        name = measure.name.replace("logins at once", f"{args.at_once} logins at once")
        rows.append(compare(name, measure.unit, by_side))
    for name, pairs in imports.items():
        peer, ours = map(list, zip(*pairs, strict=True))
        rows.append(compare(name, "ms of CPU", {"peer": peer, "ours": ours}))
    print(table(rows))
    missed = [line for measure in measures if (line := missed_goal(measure, values[measure]))]
    rates = {side: [one[RATE.name] for one in rounds[side]] for side in args.sides}
    to_single = ratio_of(rates.get("several", []), rates.get("ours", []))
    if to_single and (ratio := statistics.median(to_single)) < SEVERAL_GOAL:
        missed.append(f"{RATE.name}: several is {ratio:.2f} times ours; the goal is ≥ {SEVERAL_GOAL}")
    print("".join(f"\n{line}" for line in missed) or "\nall goals are met")
    waits = [one["at once"]["cpu_wait_share"] for side in args.sides for one in rounds[side]]
    failures = sum(
        sum(one[part]["failures"].values())
        for side in args.sides
        for one in rounds[side]
        for part in ("one by one", "at once")
    )
    print(f"failed logins: {failures}; the Hub waited for a processor {max(waits):.0%} of the time at most")
    args.json.write_text(
        json.dumps(
            {
                "machine": about,
                "options": vars(args) | {"json": str(args.json)},
                "logins": rounds,
                "imports": imports,
                "rows": rows,
                "missed": missed,
            },
            indent=1,
        )
    )
    print(f"all figures: {args.json}")
    if args.check and (missed or failures):
        sys.exit(1)


if __name__ == "__main__":
    main()
