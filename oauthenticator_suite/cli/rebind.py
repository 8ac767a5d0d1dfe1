"""``oauthenticator-suite rebind``: moves accounts of the Hub from one issuer to another, on purpose."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HELP = "Move accounts of a Hub to another issuer. A dry run, unless --yes is given."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--config",
        type=Path,
        default=Path("jupyterhub_config.py"),
        metavar="FILE",
        help="the Hub's configuration file, which names the database; default: %(default)s",
    )
    parser.add_argument("--db", metavar="URL", help="the URL of the Hub's database; the configuration is not read then")
    parser.add_argument(
        "--from-issuer", metavar="ISSUER", help="the recorded issuer; 'none' for records without an issuer"
    )
    parser.add_argument(
        "--to-issuer", metavar="ISSUER", required=True, help="the new issuer; 'none' removes the record of the login"
    )
    parser.add_argument(
        "--user", metavar="NAME", action="append", default=[], help="only this account; can be repeated"
    )
    parser.add_argument("--subject", help="with one --user: the user's subject at the new issuer; default: unchanged")
    parser.add_argument(
        "--provider", metavar="NAME", help="the provider of MultiAuthenticator that the accounts move to"
    )
    parser.add_argument("--yes", action="store_true", help="write the changes; the Hub must not run")


def run(arguments: argparse.Namespace) -> int:
    """Print for each account what would change, and change it with ``--yes``.

    Returns
    -------
    int
        0; 1 when nothing can be changed; 2 when the arguments do not belong together.
    """
    from ..protocol.text import printable
    from .hub_database import CannotUseDatabase
    from .rebinding import Move, open_hub_database

    problem = _problem_of(arguments)
    if problem:
        print(f"oauthenticator-suite rebind: {problem}", file=sys.stderr)
        return 2
    move = Move(
        arguments.from_issuer,
        arguments.to_issuer,
        users=frozenset(arguments.user),
        subject=arguments.subject,
        provider=arguments.provider,
    )
    try:
        with open_hub_database(arguments.config, arguments.db) as database:
            changes = database.plan(move)
            for change in changes:
                print(printable(str(change)))
            print()
            if arguments.yes:
                database.write(changes)
    except CannotUseDatabase as error:
        print(f"Nothing was changed: {error}", file=sys.stderr)
        return 1
    accounts = "1 account" if len(changes) == 1 else f"{len(changes)} accounts"
    if arguments.yes:
        print(f"{accounts} changed. If the Hub was running, restart it now: it remembers the earlier records.")
    else:
        print(
            f"{accounts} would change. This was a dry run: stop the Hub, and add --yes to write. After that, the user "
            "with the same subject at the new issuer has the account."
        )
    return 0


def _problem_of(arguments: argparse.Namespace) -> str:
    if not arguments.from_issuer and not arguments.user:
        return "--from-issuer or --user is needed"
    if arguments.subject is not None and len(arguments.user) != 1:
        return "--subject needs exactly one --user"
    return ""
