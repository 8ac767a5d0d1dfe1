"""How many instructions of the Hub a login takes.

    python benchmarks/instructions.py [--sides null ours] [--logins 20] [--check]

Callgrind counts them, a tool of Valgrind, so load does not change them. The browsers sign in one after another, and the
connections to the provider are open. README.md in this folder explains the sides.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from browsers import LOGIN, sign_in_all
from run import SIDES, STARTS
from worker import Worker, free_port, start_hub

GOAL = 1.05
"""The most instructions of a login with ours, in those of a login with the null authenticator."""

USERS = 10
"""The users that sign in again and again. Each has an account before instructions are counted."""

NOT_TIMED = {"lag": False}
"""The Hub does not measure the lag of its event loop, which would be counted too."""


async def control(*arguments: str) -> None:
    """Tell Callgrind to begin, to forget what it has counted, or to write it to a file."""
    await asyncio.to_thread(subprocess.run, ("callgrind_control", *arguments), check=True, capture_output=True)


async def instructions_per_login(side: str, logins: int) -> int:
    """The instructions of a Hub with one side's authenticator, for each of some repeated logins."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        provider = await Worker.start("provider.py", name, "1", folder=folder)
        port = free_port()
        under = ("valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={folder / 'counted'}")
        hub = await start_hub(side, provider, port, NOT_TIMED, folder=folder, under=under)
        try:
            sign_in = partial(sign_in_all, port, at_once=1, users=USERS, start=STARTS.get(side, LOGIN))
            await sign_in(USERS)
            await control("--instr=on", str(hub.pid))
            await sign_in(2)  # Callgrind reads the code
            await control("--zero", str(hub.pid))
            done = await sign_in(logins)
            await control("--dump", str(hub.pid))
            if done.failures:
                sys.exit(f"{side}: logins failed: {dict(done.failures)}")
            counted = [
                int(total)
                for file in folder.glob("counted.*")
                for total in re.findall(r"^totals: (\d+)", file.read_text(), re.MULTILINE)
            ]
            return sum(counted) // logins
        finally:
            await hub.stop()
            await provider.stop()


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=["null", "bare", "ours", "several"])
    parser.add_argument("--logins", type=int, default=20, help="logins that are counted, for each side")
    parser.add_argument("--check", action="store_true", help="fail when the goal is missed")
    args = parser.parse_args()
    if shutil.which("callgrind_control") is None:
        sys.exit("Valgrind is not installed (Debian: apt-get install valgrind)")

    counted: dict[str, int] = {}
    for side in args.sides:
        counted[side] = await instructions_per_login(side, args.logins)
        ratio = f", {counted[side] / counted['null']:.3f} times null's" if "null" in counted else ""
        print(f"{side:<8} {counted[side] / 1e6:6.2f} million instructions per login{ratio}", flush=True)
    if args.check and counted["ours"] > GOAL * counted["null"]:
        sys.exit(f"the goal is at most {GOAL} times the null authenticator's")


if __name__ == "__main__":
    asyncio.run(main())
