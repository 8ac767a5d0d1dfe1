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
        help="the configuration: a Python file, or a values file of the Helm chart; default: %(default)s",
    )
    database.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Report on a configuration, or on the accounts of a Hub.

    Returns
    -------
    int
        0 when nothing is to be done by hand, 1 when something is, 2 when the configuration cannot be read.
    """
    if database.is_asked_for(arguments):
        return database.run(arguments)
    print(f"oauthenticator-suite migrate: {arguments.config} cannot be read", file=sys.stderr)
    return 2
