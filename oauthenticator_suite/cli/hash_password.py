"""``oauthenticator-suite hash-password``: what to write into `DictionaryAuthenticator.passwords`."""

from __future__ import annotations

import argparse
import getpass
import sys

HELP = "Print the hash of a password, for c.DictionaryAuthenticator.passwords."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: a password on the command line would be seen by everybody on the machine."""


def run(arguments: argparse.Namespace) -> int:
    """Ask for the password twice, or read one line of standard input when that is no terminal, and print its hash."""
    from ..local.password_hashes import hash_password

    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if password and getpass.getpass("Once more: ") != password:
            print("The two differ.", file=sys.stderr)
            return 1
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        print("An empty password is none.", file=sys.stderr)
        return 1
    print(hash_password(password))
    return 0
