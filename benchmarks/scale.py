"""A Hub with many users: its start, its memory, logins of users that it does not have in memory, and logout tokens.

    python benchmarks/scale.py [--users 50000] [--sides null peer ours] [--rounds 3] [--json FILE]

The accounts are in the database as logins of `oauthenticator_suite` leave them, with `auth_state`. Each Hub is started
with a copy of it. See README.md in this folder.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp
from browsers import sign_in_all
from cryptography.fernet import Fernet
from hub import CRYPT_KEY
from run import machine, table
from worker import HERE, Figures, Worker, free_port, start_hub

sys.path.insert(0, str(HERE.parent))
from oauthenticator_suite.hub.accounts.identity_keys import Owner, owner_key, session_key
from oauthenticator_suite.hub.store.accounts import AccountRecord

SIDES = ("null", "peer", "ours")
MODEL = "user0"
"""The user whose account, made by a login, is the model of all others."""

LATER_TOKENS = 20
AT_ONCE = 50


def rows_of(db: sqlite3.Connection, table_name: str, column: str, value: object) -> list[dict[str, Any]]:
    """The rows of a table in which the column has this value."""
    return [dict(row) for row in db.execute(f"SELECT * FROM {table_name} WHERE {column} = ?", (value,))]


class Scale:
    """The Hubs with many users, one after another. The accounts are the same for all sides."""

    def __init__(self, args: argparse.Namespace, folder: Path, provider: Worker) -> None:
        self._users: int = args.users
        self._folder = folder
        self._provider = provider
        self._made = folder / "made.sqlite"

    async def make_accounts(self) -> None:
        """One login, and as many copies of what it has stored as there are users."""
        port = free_port()
        hub = await self._start("ours", port, self._made)
        try:
            await sign_in_all(port, 1, 1, users=1)
        finally:
            await hub.stop()
        fernet = Fernet(base64.urlsafe_b64encode(bytes.fromhex(CRYPT_KEY)))
        issuer = self._provider.ready["issuer"]
        with sqlite3.connect(self._made) as db:
            db.row_factory = sqlite3.Row
            (user,) = rows_of(db, "users", "name", MODEL)
            (account,) = rows_of(db, "suite_accounts", "user_id", user["id"])
            roles = rows_of(db, "user_role_map", "user_id", user["id"])
            auth_state = fernet.decrypt(user["encrypted_auth_state"]).decode()
            self._check(account)
            users, accounts, maps = [], [], []
            for number in range(1, self._users):
                name, key = f"user{number}", user["id"] + number
                sealed = fernet.encrypt(auth_state.replace(MODEL, name).encode())
                users.append({**user, "id": key, "name": name, "cookie_id": name, "encrypted_auth_state": sealed})
                hashes = {
                    "identity": owner_key(Owner(issuer, f"subject-of-{name}")),
                    "provider_session": session_key(issuer, f"session-of-{name}"),
                }
                accounts.append({**account, "user_id": key, **hashes})
                maps += [{**role, "user_id": key} for role in roles]
            for name, rows in (("users", users), ("suite_accounts", accounts), ("user_role_map", maps)):
                columns = list(rows[0])
                values = ", ".join(f":{column}" for column in columns)
                db.executemany(f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({values})", rows)
        db.close()

    def _check(self, account: dict[str, Any]) -> None:
        issuer = self._provider.ready["issuer"]
        expected = owner_key(Owner(issuer, f"subject-of-{MODEL}")), session_key(issuer, f"session-of-{MODEL}")
        if (account["identity"], account["provider_session"]) != expected:
            raise RuntimeError(f"the hashes of a login are not those of this benchmark: {AccountRecord.__module__}")

    async def figures_of(self, side: str) -> Figures:
        """One Hub of this side with all users."""
        database = self._folder / "hub.sqlite"
        shutil.copy(self._made, database)
        port = free_port()
        began = time.perf_counter()
        hub = await self._start(side, port, database)
        figures: Figures = {"start, s": time.perf_counter() - began}
        try:
            figures["memory after the start, MB"] = (await hub.figures())["memory"] / 1e6
            if side == "ours":
                figures |= await self._logout_tokens(port)
            logins = await sign_in_all(port, 4 * AT_ONCE, AT_ONCE, users=self._users)
            figures["logins of users not in memory, per second"] = len(logins.seconds) / logins.wall
            figures["failed logins"] = sum(logins.failures.values())
        finally:
            await hub.stop()
        return figures

    async def _logout_tokens(self, port: int) -> Figures:
        """The first logout token after the start, and later ones that name a session only: milliseconds each."""
        url = f"http://127.0.0.1:{port}/hub/oauth_backchannel_logout"
        async with aiohttp.ClientSession() as session:

            async def log_out(number: int, **names: str) -> float:
                asked = {"user": f"user{number}", **names}
                address = f"{self._provider.ready['issuer']}/logout_token"
                async with session.get(address, params=asked, ssl=False) as response:  # of this benchmark itself
                    token = await response.text()
                began = time.perf_counter()
                async with session.post(url, data={"logout_token": token}) as response:
                    if response.status != 200:
                        raise RuntimeError(f"a logout token was answered with status {response.status}")
                return (time.perf_counter() - began) * 1000

            last = self._users - 1
            first = await log_out(last, sub="")
            later = [await log_out(last - 1 - number) for number in range(LATER_TOKENS)]
        return {"first logout token, ms": first, "later logout token with sid only, ms": statistics.median(later)}

    async def _start(self, side: str, port: int, database: Path) -> Worker:
        options: dict[str, Any] = {"JupyterHub": {"db_url": f"sqlite:///{database}"}}
        if side == "ours":
            options["GenericOAuthenticator"] = {"backchannel_logout": True}
        return await start_hub(side, self._provider, port, options, folder=self._folder)


async def measure(args: argparse.Namespace, folder: Path) -> dict[str, list[Figures]]:
    provider = await Worker.start("provider.py", str(folder), str(args.rtt), folder=folder)
    try:
        scale = Scale(args, folder, provider)
        await scale.make_accounts()
        print(f"{args.users} accounts are made", file=sys.stderr)
        rounds: dict[str, list[Figures]] = {side: [] for side in args.sides}
        for number in range(args.rounds):
            for side in args.sides if number % 2 == 0 else args.sides[::-1]:
                rounds[side].append(await scale.figures_of(side))
                print(f"round {number + 1}, {side}: {rounds[side][-1]}", file=sys.stderr)
    finally:
        await provider.stop()
    return rounds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=50_000, help="how many accounts there are")
    parser.add_argument("--rounds", type=int, default=3, help="how often each side is measured")
    parser.add_argument("--rtt", type=float, default=50, help="round trip to the provider in milliseconds")
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=SIDES, help="what is measured")
    parser.add_argument("--json", type=Path, default=HERE / "results-scale.json", help="the file for all figures")
    args = parser.parse_args()

    about = machine()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        rounds = asyncio.run(measure(args, Path(folder)))
    names = list(dict.fromkeys(name for figures in rounds.values() for name in figures[0]))
    rows = [["", "", *args.sides]]
    for name in names:
        by_side = [[each[name] for each in rounds[side] if name in each] for side in args.sides]
        rows.append([name, "", *(f"{statistics.median(values):.4g}" if values else "" for values in by_side)])
    print(table(rows))
    everything = {"machine": about, "options": vars(args) | {"json": str(args.json)}, "rounds": rounds, "rows": rows}
    args.json.write_text(json.dumps(everything, indent=1))
    print(f"all figures: {args.json}")


if __name__ == "__main__":
    main()
