"""``python -m tests.evidence conformance``, ``… faults`` and ``… tables``: see `make help`.

``conformance --peer`` runs the modules that apply to the package oauthenticator as well. ``tables`` runs nothing: it
writes the tables anew after tests were added, moved or renamed, and leaves the line with the result of the last run.
"""

from __future__ import annotations

import sys
from importlib.metadata import version

from . import published, tables
from .collected import PEER, marked
from .tables import CONFORMANCE, FAULTS


def conformance() -> int:
    """Run the conformance modules, write the page, and print the result."""
    shown = marked("conformance", run=True)
    line = tables.conformance_line(shown)
    published.write(CONFORMANCE, "run", [published.about("make conformance"), "", f"**{line}.**"])
    published.write(CONFORMANCE, "modules", tables.conformance_rows(shown, with_results=True))
    published.write(CONFORMANCE, "other flows", tables.not_applicable_rows())
    _, failed, policy = tables.conformance_counts(shown)
    print(f"\n{line}")
    for name, reason in policy.items():
        print(f"  {name}: {reason}")
    return 1 if failed else 0


def peer() -> int:
    """Run the modules that apply to the other package, and write their table."""
    shown = marked(PEER, run=True)
    published.write(
        CONFORMANCE,
        "peer run",
        [f"oauthenticator {version('oauthenticator')}, {published.about('make conformance PEER=1')}"],
    )
    published.write(CONFORMANCE, "peer", tables.peer_rows(shown, with_results=True))
    return 0


def faults() -> int:
    """Run the faults of a misbehaving provider, write the page, and print the result."""
    shown = marked("fault", run=True)
    line = tables.fault_line(shown)
    published.write(FAULTS, "run", [published.about("make faults"), "", f"**{line}.**"])
    published.write(FAULTS, "faults", tables.fault_rows(shown, with_results=True))
    print(f"\n{line}")
    return 1 if tables.fault_counts(shown)[1] else 0


def all_tables() -> int:
    """Write the tables from the tests that there are, without running them."""
    published.write(CONFORMANCE, "modules", tables.conformance_rows(marked("conformance"), with_results=False))
    published.write(CONFORMANCE, "other flows", tables.not_applicable_rows())
    published.write(CONFORMANCE, "peer", tables.peer_rows(marked(PEER), with_results=False))
    published.write(FAULTS, "faults", tables.fault_rows(marked("fault"), with_results=False))
    return 0


COMMANDS = {
    ("conformance",): (conformance,),
    ("conformance", "--peer"): (conformance, peer),
    ("faults",): (faults,),
    ("tables",): (all_tables,),
}

if __name__ == "__main__":
    commands = COMMANDS.get(tuple(sys.argv[1:]))
    if commands is None:
        sys.exit(f"one of: {', '.join(map(' '.join, COMMANDS))}")
    sys.exit(max([command() for command in commands]))
