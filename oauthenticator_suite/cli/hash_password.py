"""``oauthenticator-suite hash-password``: prints a hash for `DictionaryAuthenticator.passwords`."""

from __future__ import annotations

import argparse
import getpass
import sys

HELP = "Print the hash of a password, for c.DictionaryAuthenticator.passwords."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are none: every user of the machine can read the command lines of running processes."""


def run(arguments: argparse.Namespace) -> int:
    """Print the hash of a password; returns 0, or 1 when there is no password or the two entries differ.

    On a terminal the password is asked for twice. Otherwise it is the first line of standard input.
    """
    from ..local.password_hashes import hash_password

    if sys.stdin.isatty():
        try:
            password = getpass.getpass("Password: ")
            repeated = getpass.getpass("Repeat password: ") if password else ""
        except EOFError:  # Ctrl-D
            print("\nNo password was entered.", file=sys.stderr)
            return 1
        if password != repeated:
            print("The passwords do not match.", file=sys.stderr)
            return 1
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        print("The password is empty.", file=sys.stderr)
        return 1
    print(hash_password(password))
    return 0
