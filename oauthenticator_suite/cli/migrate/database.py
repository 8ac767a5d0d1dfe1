"""``oauthenticator-suite migrate --database``: which accounts of a Hub would be recognised after the move."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this part."""


def is_asked_for(arguments: argparse.Namespace) -> bool:
    """Whether the arguments ask for this part instead of the configuration."""
    return getattr(arguments, "database", None) not in (None, False)


def run(arguments: argparse.Namespace) -> int:
    """Report on the accounts, and return the exit status."""
    raise NotImplementedError
