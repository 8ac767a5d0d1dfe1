"""Many signed-in users open a page at the same moment, and a refresh is due for each of them.

    python benchmarks/crowd.py [--users 5000] [--rounds 3] [--latency 200] [--max-connections 100]

This happens after the Hub was restarted, as it does not store when it refreshed a user. The same users visit two Hubs:
one with `auth_refresh_age = 0`, which shows what such a moment costs JupyterHub itself, and one that refreshes. See
README.md in this folder.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from statistics import median
from typing import Any

from browsers import Browser
from run import percentile, table
from worker import Figures, Worker, free_port, start_hub

AT_ONCE = 50
"""Logins in progress at a time. Also connections opened at a time, as the Hub's backlog is 128."""

TIMEOUT = 600.0
PAGE = "/hub/home"

FAILED = "pages that failed"
LOGGED_OUT = "users logged out"
CONNECTIONS = "connections to the provider, at most"

Job = Callable[[], Coroutine[Any, Any, None]]


async def in_lots(jobs: Iterable[Job]) -> None:
    """Do all jobs, `AT_ONCE` at a time."""
    waiting = iter(list(jobs))

    async def one_after_another() -> None:
        for job in waiting:
            await job()

    await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))


class Visit:
    """One page for each browser, all requested at once."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.results: Counter[str] = Counter()

    async def of_all(self, browsers: list[Browser]) -> None:
        await in_lots(browser.connect for browser in browsers)
        await asyncio.gather(*(self._open_page(browser) for browser in browsers))

    async def _open_page(self, browser: Browser) -> None:
        began = time.perf_counter()
        try:
            status, location = await asyncio.wait_for(browser.open_page(PAGE), TIMEOUT)
        except (OSError, EOFError, asyncio.TimeoutError) as error:
            result = type(error).__name__
        else:
            result = "logged out" if status == 302 and "/login" in location else str(status)
        self.results[result] += 1
        self.seconds.append(time.perf_counter() - began)

    @property
    def logged_out(self) -> int:
        return self.results["logged out"]

    @property
    def failed(self) -> int:
        return self.results.total() - self.results["200"] - self.logged_out


def asked_about_users(figures: Figures) -> int:
    asked: int = figures["requests"].get("userinfo", 0)
    return asked


class Crowd:
    """The users, and the Hubs that they visit: one after another, with the same database and the same secrets."""

    def __init__(self, args: argparse.Namespace, folder: Path, provider: Worker) -> None:
        self._folder = folder
        self._provider = provider
        self._max_connections: int = args.max_connections
        self._port = free_port()
        self._browsers = [Browser(self._port) for _ in range(args.users)]

    async def sign_in(self) -> None:
        hub = await self._start_hub(auth_refresh_age=0)
        try:
            await in_lots(self._login(browser, f"user{number}") for number, browser in enumerate(self._browsers))
        finally:
            await hub.stop()

    async def visit(self, **options: Any) -> Figures:
        """All users visit a Hub with these options at once, and once more when the provider no longer gets requests."""
        hub = await self._start_hub(**options)
        try:
            before, hub_before = await self._provider.figures(), await hub.figures()
            first, second = Visit(), Visit()
            await first.of_all(self._browsers)
            hub_after = await hub.figures()
            after = await self._when_quiet()
            await second.of_all(self._browsers)
            in_the_end = await self._when_quiet()
        finally:
            for browser in self._browsers:
                browser.close()
            await hub.stop()
        return {
            FAILED: first.failed + second.failed,
            LOGGED_OUT: first.logged_out + second.logged_out,
            "longest stall of the event loop, ms": hub_after["stall"] * 1000,
            "longest stall, ms of CPU": hub_after["stall_cpu"] * 1000,
            "a timer is late by at most, s": hub_after["late"],
            "CPU of the Hub, s": hub_after["cpu"] - hub_before["cpu"],
            "half of the pages are answered within, s": percentile(first.seconds, 50),
            "the last page is answered within, s": max(first.seconds),
            "requests about users, for the first page": asked_about_users(after) - asked_about_users(before),
            "requests about users, for the second": asked_about_users(in_the_end) - asked_about_users(after),
            CONNECTIONS: max(after["most_open"], in_the_end["most_open"]),
        }

    async def _start_hub(self, **options: Any) -> Worker:
        more_options = {
            "stalls": True,
            "JupyterHub": {"db_url": f"sqlite:///{self._folder / 'hub.sqlite'}"},
            "GenericOAuthenticator": {**options, "max_provider_connections": self._max_connections},
        }
        return await start_hub("ours", self._provider, self._port, more_options, folder=self._folder)

    def _login(self, browser: Browser, name: str) -> Job:
        async def login() -> None:
            await browser.sign_in(name)
            browser.close()

        return login

    async def _when_quiet(self) -> Figures:
        """The provider's figures, as soon as it has received no request for two seconds."""
        figures = await self._provider.figures()
        most_open = figures["most_open"]
        while True:
            await asyncio.sleep(2)
            later = await self._provider.figures()
            most_open = max(most_open, later["most_open"])
            if later["requests"] == figures["requests"]:
                return {**later, "most_open": most_open}
            figures = later


async def visits(args: argparse.Namespace, folder: Path) -> list[Figures]:
    provider = await Worker.start("provider.py", str(folder), str(args.latency), folder=folder)
    try:
        crowd = Crowd(args, folder, provider)
        began = time.perf_counter()
        await crowd.sign_in()
        print(f"{args.users} users have signed in ({time.perf_counter() - began:.0f} s)", file=sys.stderr)
        rounds = [
            [await crowd.visit(auth_refresh_age=0), await crowd.visit(auth_refresh_age=300, user_data_max_age=0)]
            for _ in range(args.rounds)
        ]
    finally:
        await provider.stop()
    return [of_all(list(side)) for side in zip(*rounds, strict=True)]


def of_all(rounds: list[Figures]) -> Figures:
    """One side's figures over all rounds: the sum of failures, the maximum of connections, else the median."""
    how: dict[str, Callable[[list[float]], float]] = {FAILED: sum, LOGGED_OUT: sum, CONNECTIONS: max}
    return {name: how.get(name, median)([figures[name] for figures in rounds]) for name in rounds[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=5000, help="how many users")
    parser.add_argument("--rounds", type=int, default=1, help="how often they visit each Hub; the medians are printed")
    parser.add_argument("--latency", type=float, default=200, help="round trip to the provider in milliseconds")
    parser.add_argument("--max-connections", type=int, default=100, help="the Hub's max_provider_connections")
    args = parser.parse_args()

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)  # each browser has a connection; the workers inherit the limit
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        off, on = asyncio.run(visits(args, Path(folder)))
    rows = [["", "", "no refresh", "refresh"]]
    rows += [[name, "", f"{off[name]:.4g}", f"{on[name]:.4g}"] for name in off]
    print(table(rows))
    if on[FAILED] or on[LOGGED_OUT] or on[CONNECTIONS] > args.max_connections:
        sys.exit("pages failed, users were logged out, or there were too many connections to the provider")


if __name__ == "__main__":
    main()
