"""The command `oauthenticator-suite` and its subcommands.

A subcommand is a module with `HELP`, `add_arguments()` and `run()` (see `Command`), and one line in `COMMANDS`.
Such a module imports what it works with inside `run()`, so that ``--help`` and the other subcommands stay quick and
need none of its optional packages.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Protocol

from .._version import __version__
from . import demo, hash_password, new

__all__ = ["COMMANDS", "Command", "main"]


class Command(Protocol):
    """What a subcommand's module offers."""

    @property
    def HELP(self) -> str:
        """One line for ``oauthenticator-suite --help``."""
        ...

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the subcommand's own options."""
        ...

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it; the number is the exit status of the process."""
        ...


COMMANDS: Mapping[str, Command] = {"demo": demo, "hash-password": hash_password, "new": new}


def make_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="oauthenticator-suite", description="OAuth 2.0 and OpenID Connect authenticators for JupyterHub."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="command", required=True)
    for name, command in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=command.HELP, description=command.HELP)
        command.add_arguments(subparser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand and return the exit status. `argv` is without the program's name; default ``sys.argv[1:]``.

    Raises `SystemExit` as argparse does: 0 for ``--help`` and ``--version``, 2 for arguments that cannot be.
    """
    arguments = make_parser().parse_args(argv)
    return COMMANDS[arguments.command].run(arguments)
