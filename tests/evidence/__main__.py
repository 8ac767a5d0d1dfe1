"""``python -m tests.evidence conformance`` and ``python -m tests.evidence faults``: see `make help`."""

from __future__ import annotations

import sys

from . import tables
from .collected import marked


def conformance() -> int:
    """Run the conformance modules, write the page, and print the result."""
    shown = marked("conformance", run=True)
    line = tables.conformance_line(shown)
    tables.write(tables.CONFORMANCE, "run", [tables.about("make conformance"), "", f"**{line}.**"])
    tables.write(tables.CONFORMANCE, "modules", tables.conformance_rows(shown, with_results=True))
    tables.write(tables.CONFORMANCE, "other flows", tables.not_applicable_rows())
    _, failed, policy = tables.conformance_counts(shown)
    print(f"\n{line}")
    for name, reason in policy.items():
        print(f"  {name}: {reason}")
    return 1 if failed else 0


def faults() -> int:
    """Run the faults of a misbehaving provider, write the page, and print the result."""
    shown = marked("fault", run=True)
    line = tables.fault_line(shown)
    tables.write(tables.FAULTS, "run", [tables.about("make faults"), "", f"**{line}.**"])
    tables.write(tables.FAULTS, "faults", tables.fault_rows(shown, with_results=True))
    print(f"\n{line}")
    return 1 if tables.fault_counts(shown)[1] else 0


COMMANDS = {"conformance": conformance, "faults": faults}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:
        sys.exit(f"one of: {', '.join(COMMANDS)}")
    sys.exit(COMMANDS[sys.argv[1]]())
