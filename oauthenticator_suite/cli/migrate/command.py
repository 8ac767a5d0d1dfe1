"""The options of ``oauthenticator-suite migrate``, and what runs with them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import database

HELP = "Say what to change in a configuration of the package oauthenticator to run it with this package."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options: those of configurations, and those of `database`."""
    parser.add_argument(
        "-f",
        "--config",
        type=Path,
        default=Path("jupyterhub_config.py"),
        metavar="FILE",
        help="the configuration: a Python file, a values file of the Helm chart, or a folder of such files; "
        "default: %(default)s",
    )
    parser.add_argument(
        "--write", action="store_true", help="write the changed configuration to a new file, and a diff"
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="where to write it; default: FILE with .migrated before its suffix"
    )
    parser.add_argument("--in-place", action="store_true", help="with --write: change the file itself")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    database.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Report on a configuration, or on the accounts of a Hub.

    Returns
    -------
    int
        0 when nothing is to be done by hand, 1 when something is, 2 when the configuration cannot be read or written.
    """
    if database.is_asked_for(arguments):
        return database.run(arguments)
    if (arguments.output or arguments.in_place) and not arguments.write:
        return _fail("--output and --in-place need --write")
    if arguments.output and arguments.in_place:
        return _fail("--output and --in-place exclude each other")
    try:
        from .files import CannotWrite, default_output, read, write
        from .python_reader import UnreadableConfiguration
        from .report import as_json, as_text, status_of
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("libcst", "ruamel"):
            raise
        return _fail(database.MISSING.format(name=error.name))
    written = None
    try:
        configuration = read(arguments.config)
        if arguments.write and configuration.is_changed:
            output = arguments.config if arguments.in_place else arguments.output or default_output(arguments.config)
            written = output, write(configuration, output, in_place=arguments.in_place)
    except (UnreadableConfiguration, CannotWrite) as error:
        return _fail(str(error))
    if arguments.json:
        print(as_json(configuration, written))
    else:
        print(*as_text(configuration, written), sep="\n")
    return status_of(configuration.remarks.sorted())


def _fail(text: str) -> int:
    print(f"oauthenticator-suite migrate: {text}", file=sys.stderr)
    return 2
