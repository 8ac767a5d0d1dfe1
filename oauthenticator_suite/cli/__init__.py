"""The command ``oauthenticator-suite`` and its subcommands.

A subcommand is a module with `HELP`, `add_arguments()` and `run()` (see `Command`), and an entry in `COMMANDS`. It
imports the packages that it works with inside `run()`, so that ``--help`` and the other subcommands start quickly and
do not need its optional packages.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from io import TextIOWrapper
from typing import Protocol

from .._version import __version__
from ..environment import hub_version, why_not
from . import (
    check,
    client_key,
    demo,
    explain,
    find_issuer,
    hash_password,
    migrate,
    new,
    rebind,
    register,
    sign_in_again,
)
from .parser import SHELLS, Parser, PrintCompletion

__all__ = ["COMMANDS", "Command", "main"]

CANNOT_RUN = 2
"""The exit status when this environment lacks what the package needs."""

INTERRUPTED = 130
"""The exit status after Ctrl-C: 128 and the number of SIGINT, as shells report it."""

OUTPUT_CLOSED = 141
"""The exit status when the reader of the output has closed it: 128 and the number of SIGPIPE."""


class Command(Protocol):
    """The interface of a subcommand's module."""

    @property
    def HELP(self) -> str:
        """One line for ``oauthenticator-suite --help``."""
        ...

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the options of the subcommand."""
        ...

    def run(self, arguments: argparse.Namespace) -> int:
        """Run the subcommand and return the exit status of the process."""
        ...


COMMANDS: Mapping[str, Command] = {
    "check": check,
    "client-key": client_key,
    "demo": demo,
    "explain": explain,
    "find-issuer": find_issuer,
    "hash-password": hash_password,
    "migrate": migrate,
    "new": new,
    "rebind": rebind,
    "register": register,
    "sign-in-again": sign_in_again,
}


def make_parser() -> Parser:
    """The parser of the command line, with those of the subcommands."""
    parser = Parser(
        prog="oauthenticator-suite", description="OAuth 2.0 and OpenID Connect authenticators for JupyterHub."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.add_argument(
        "--print-completion",
        action=PrintCompletion,
        choices=SHELLS,
        help="print a script that completes this command in the given shell, and exit",
    )
    subparsers = parser.add_subparsers(dest="command", metavar="command", required=True)
    parser.subcommands = subparsers.choices
    for name, command in COMMANDS.items():
        command.add_arguments(subparsers.add_parser(name, help=command.HELP, description=command.HELP))
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand and return the exit status.

    It is 2 when the package cannot work in this environment, 130 after Ctrl-C, and 141 when the reader of the output
    has closed it.

    Parameters
    ----------
    argv:
        The arguments without the program's name; ``sys.argv[1:]`` by default.

    Raises
    ------
    SystemExit
        With status 0 for ``--help``, ``--version`` and ``--print-completion``, and with status 2 for invalid arguments.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a name may have a character that the terminal's encoding lacks
            stream.reconfigure(errors="backslashreplace")
    parser = make_parser()
    arguments, unknown = parser.parse_known_args(argv)
    if unknown:
        parser.subcommands[arguments.command].refuse_unknown(unknown)
    if sentence := why_not(hub_version()):
        print(f"oauthenticator-suite: {sentence}", file=sys.stderr)
        return CANNOT_RUN
    try:
        status = COMMANDS[arguments.command].run(arguments)
        sys.stdout.flush()  # here, and not at the interpreter's end, which would print a traceback
    except KeyboardInterrupt:
        print(file=sys.stderr)  # the shell's prompt begins on a new line
        return INTERRUPTED
    except BrokenPipeError:  # the reader of a pipe, such as head, has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter flushes it once more
        return OUTPUT_CLOSED
    else:
        return status
