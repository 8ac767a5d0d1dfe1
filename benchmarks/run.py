"""Logins through `oauthenticator_suite`, side by side with the same through `oauthenticator` from PyPI.

    python benchmarks/run.py [--rounds 5] [--rtt 50] [--at-once 100] [--json FILE]

See README.md beside this file for what is measured, and how to read it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from browsers import Logins, sign_in_all
from worker import HERE, Figures, Worker, environment

SIDES = ("peer", "ours")
USERS = 50

# what is imported, after the Hub itself: for the peer and for ours
IMPORTS = {
    "import GenericOAuthenticator": ("oauthenticator.generic", "oauthenticator_suite.providers.generic"),
    "import the package": ("oauthenticator", "oauthenticator_suite"),
}


@dataclass(frozen=True)
class Measure:
    """One line of the table."""

    name: str
    unit: str


ONE_LOGIN = Measure("one login", "ms")
ONE_CPU = Measure("one login, CPU of the Hub", "ms")
RATE = Measure("logins at once", "logins/s")
RATE_CPU = Measure("logins at once, CPU of the Hub", "ms per login")
RATE_SLOWEST = Measure("logins at once, 99 of 100 are within", "ms")
CONNECTIONS = Measure("logins at once, connections to the provider", "per login")

Round = dict[str, Any]


def percentile(values: list[float], percent: float) -> float:
    """The value that `percent` of 100 values do not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * percent / 100))]


async def measured(hub: Worker, provider: Worker, port: int, total: int, at_once: int) -> tuple[Logins, Figures]:
    """Make logins, and tell what they cost the Hub and what they asked of the provider."""
    hub_before, provider_before = await hub.figures(), await provider.figures()
    logins = await sign_in_all(port, total, at_once, USERS)
    hub_after, provider_after = await hub.figures(), await provider.figures()
    if not logins.seconds:
        raise RuntimeError(f"no login succeeded: {dict(logins.failures)}")
    requests = {
        name: (count - provider_before["requests"].get(name, 0)) / total
        for name, count in provider_after["requests"].items()
    }
    return logins, {
        "cpu_ms_per_login": (hub_after["cpu"] - hub_before["cpu"]) * 1000 / len(logins.seconds),
        "cpu_wait_share": (hub_after["cpu_wait"] - hub_before["cpu_wait"]) / logins.wall,
        "provider_connections_per_login": (provider_after["connections"] - provider_before["connections"]) / total,
        "provider_requests_per_login": requests,
        "failures": dict(logins.failures),
    }


async def one_round(side: str, provider: Worker, folder: Path, args: argparse.Namespace) -> Round:
    """A new Hub with `side`'s authenticator: its users are made, then logins one by one, then many at once."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    trusted = dict.fromkeys(("SSL_CERT_FILE", "CURL_CA_BUNDLE"), str(provider.ready["authority"]))
    hub = await Worker.start("hub.py", side, provider.ready["issuer"], str(port), folder=folder, env=trusted)
    try:
        await sign_in_all(port, USERS, 4, USERS)
        single, single_figures = await measured(hub, provider, port, args.single, 1)
        many, many_figures = await measured(hub, provider, port, args.logins, args.at_once)
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
        "one by one": single_figures,
        "at once": many_figures,
        "seconds": {"one by one": single.seconds, "at once": many.seconds},
    }


def import_cost(module: str) -> float:
    """Milliseconds of CPU that importing `module` adds to a process that has imported the Hub."""
    program = (
        "import time, importlib, jupyterhub.app; before = time.process_time(); "
        f"importlib.import_module({module!r}); print((time.process_time() - before) * 1000)"
    )
    command = [sys.executable, "-c", program]
    return float(subprocess.run(command, check=True, capture_output=True, text=True, env=environment()).stdout)


def compare(name: str, unit: str, peer: list[float], ours: list[float]) -> list[str]:
    """A row of the table: medians, the median of the ratios round by round, and their spread."""
    ratios = [our / their for their, our in zip(peer, ours, strict=True)]
    spread = f"{min(ratios):.2f} … {max(ratios):.2f}"
    return [
        name,
        unit,
        *(f"{statistics.median(side):.4g}" for side in (peer, ours)),
        f"{statistics.median(ratios):.2f}",
        spread,
    ]


def table(rows: Iterable[list[str]]) -> str:
    """Columns of equal width, the first to the left and the others to the right."""
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
    """All rounds, the sides in turn, so that a machine that grows slower does so for both."""
    rounds: dict[str, list[Round]] = {side: [] for side in SIDES}
    provider = await Worker.start("provider.py", str(folder), str(args.rtt), folder=folder)
    try:
        for number in range(args.rounds):
            for side in SIDES if number % 2 == 0 else SIDES[::-1]:
                result = await one_round(side, provider, folder, args)
                rounds[side].append(result)
                waited = result["at once"]["cpu_wait_share"]
                print(
                    f"round {number + 1}, {side}: one login {result[ONE_LOGIN.name]:.0f} ms, "
                    f"{result[RATE.name]:.1f} logins/s ({waited:.0%} of the time without a processor)",
                    file=sys.stderr,
                )
    finally:
        await provider.stop()
    return rounds


def machine() -> dict[str, Any]:
    """What the figures were made on."""
    packages = ("oauthenticator", "jupyterhub", "tornado", "aiohttp", "joserfc", "cryptography")
    return {
        "date": time.strftime("%Y-%m-%d %H:%M:%S %z"),
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "load": os.getloadavg(),
        "packages": {package: version(package) for package in packages},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="how often each side is measured")
    parser.add_argument("--rtt", type=float, default=50, help="round trip to the provider, milliseconds")
    parser.add_argument("--single", type=int, default=30, help="logins one by one, in each round")
    parser.add_argument("--logins", type=int, default=300, help="logins in each round of many at once")
    parser.add_argument("--at-once", type=int, default=100, help="how many of them are under way at any time")
    parser.add_argument("--json", type=Path, default=HERE / "results.json", help="where every figure is written")
    args = parser.parse_args()

    about = machine()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        rounds = asyncio.run(logins(args, Path(folder)))
    for module in IMPORTS["import GenericOAuthenticator"]:
        import_cost(module)  # writes byte code, so that no later one has to
    imports = {
        name: [[import_cost(m) for m in modules] for _ in range(args.rounds)] for name, modules in IMPORTS.items()
    }

    rows = [["", "", "peer", "ours", "ours/peer", "of the rounds"]]
    for measure in (ONE_LOGIN, ONE_CPU, RATE, RATE_CPU, RATE_SLOWEST, CONNECTIONS):
        name = measure.name.replace("logins at once", f"{args.at_once} logins at once")
        rows.append(compare(name, measure.unit, *([one[measure.name] for one in rounds[side]] for side in SIDES)))
    for name, pairs in imports.items():
        rows.append(compare(name, "ms CPU", *map(list, zip(*pairs, strict=True))))
    print(table(rows))
    waits = [one["at once"]["cpu_wait_share"] for side in SIDES for one in rounds[side]]
    failures = sum(
        sum(one[part]["failures"].values())
        for side in SIDES
        for one in rounds[side]
        for part in ("one by one", "at once")
    )
    print(f"\nlogins that failed: {failures}; the Hub waited for a processor {max(waits):.0%} of the time at worst")
    args.json.write_text(
        json.dumps(
            {"machine": about, "options": vars(args) | {"json": str(args.json)}, "logins": rounds, "imports": imports},
            indent=1,
        )
    )
    print(f"all figures: {args.json}")


if __name__ == "__main__":
    main()
