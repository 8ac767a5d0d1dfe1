"""The options of ``oauthenticator-suite check``, and what runs with them."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...hub.findings.finding import Finding
    from ..configuration.unreadable import CannotReadConfiguration

HELP = "Say what is wrong with the configuration of a Hub, without starting it."

CANNOT_READ = 2
"""The exit status when the configuration cannot be read."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "-f",
        "--config",
        type=Path,
        action="append",
        metavar="FILE",
        help="the configuration: a Python file, which is executed, the values of the Helm chart, or a folder of such "
        "files; can be repeated, later files come after earlier ones; default: jupyterhub_config.py",
    )
    parser.add_argument(
        "--online",
        action="store_true",
        help="also ask each provider what can be known before a user signs in; nothing is changed there",
    )
    parser.add_argument("--strict", action="store_true", help="exit with 1 after warnings too")
    parser.add_argument("--json", action="store_true", help="print the report as JSON: the same as --format json")
    parser.add_argument(
        "--format",
        choices=("text", "json", "github"),
        default="text",
        help="the form of the report; github: annotations of a workflow; default: %(default)s",
    )
    parser.add_argument(
        "words", nargs="*", metavar="-- ARGUMENT", help="arguments that the Hub gets on its command line, after --"
    )
    parser.epilog = (
        "The Python code of the configuration is executed, as the Hub does it. Nothing is changed, and no secret is "
        "printed. Exit status: 0 without errors, 1 with errors, 2 when the configuration cannot be read."
    )


def run(arguments: argparse.Namespace) -> int:
    """Check the configuration and print the report.

    Returns
    -------
    int
        0 without errors, 1 with errors (with ``--strict``, warnings too), 2 when the configuration cannot be read.
    """
    from ..configuration.sources import DEFAULT_FILE, read
    from ..configuration.unreadable import CannotReadConfiguration
    from .formats import as_github, as_json, as_text
    from .report import findings_of

    form = "json" if arguments.json else arguments.format
    try:
        configuration = read(arguments.config or [DEFAULT_FILE], arguments.words)
    except CannotReadConfiguration as error:
        return _unreadable(error, form)
    report = findings_of(configuration, _ask_provider if arguments.online else None)
    if form == "json":
        print(as_json(report))
    elif form == "github":
        for line in as_github(report):
            print(line)
    else:
        print(*as_text(report, colour=_in_colour()), sep="\n")
    return int(report.count("error") > 0 or (arguments.strict and report.count("warning") > 0))


def _ask_provider(authenticator: Any) -> list[Finding]:
    """What the provider of an authenticator says."""
    import asyncio

    from .online import probe

    return asyncio.run(probe(authenticator))


def _in_colour() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def _unreadable(error: CannotReadConfiguration, form: str) -> int:
    from .formats import annotation

    if form == "github":
        print(annotation("error", error.file, error.line, "unreadable", error.reason))
    print(f"oauthenticator-suite check: {error}", file=sys.stderr)
    return CANNOT_READ
