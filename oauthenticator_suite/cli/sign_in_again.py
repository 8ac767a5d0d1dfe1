"""``oauthenticator-suite sign-in-again``: asks users of a running Hub to sign in again."""

from __future__ import annotations

import argparse
import json
import os
import sys

HELP = "Ask one user, or all users, of a running Hub to sign in again."

TOKEN_VARIABLE = "JUPYTERHUB_API_TOKEN"
"""The environment variable with a token that has the scope admin:users."""

TIMEOUT = 30.0
"""Seconds to wait for the Hub."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--hub-url",
        metavar="URL",
        required=True,
        help="the address of the Hub, such as https://hub.example.org/hub",
    )
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("--user", metavar="NAME", action="append", help="this user; can be repeated")
    who.add_argument("--everyone", action="store_true", help="all users")
    parser.epilog = (
        f"The environment variable {TOKEN_VARIABLE} must have a token with the scope admin:users. Sessions in browsers "
        "end; tokens that users created for programs, and running servers, continue."
    )


def run(arguments: argparse.Namespace) -> int:
    """Send the request to the Hub.

    Returns
    -------
    int
        0; 1 when the Hub cannot be reached or refuses; 2 without a token or with an address that is not a URL.
    """
    import requests

    token = os.environ.get(TOKEN_VARIABLE, "").strip()
    if not token:
        return _fail(f"set {TOKEN_VARIABLE} to a token with the scope admin:users", 2)
    body = {"everyone": True} if arguments.everyone else {"users": arguments.user}
    url = f"{arguments.hub_url.rstrip('/')}/auth/sign-in-again"
    if not url.startswith(("https://", "http://")):
        return _fail(f"--hub-url must begin with https:// or http://, and is {arguments.hub_url!r}", 2)
    try:
        response = requests.post(
            url, json=body, headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT, allow_redirects=False
        )
    except requests.exceptions.SSLError:
        return _fail(f"{url}: the Hub's certificate is not trusted; REQUESTS_CA_BUNDLE can name a file with its CA")
    except requests.Timeout:
        return _fail(f"{url}: the Hub did not answer within {TIMEOUT:.0f} seconds")
    except requests.ConnectionError:
        return _fail(f"{url}: no connection; is the Hub running at this address?")
    except (requests.RequestException, ValueError) as error:
        return _fail(f"{url}: {type(error).__name__}; is this the address of the Hub?")
    if response.status_code != 200:
        return _fail(f"{url}: {_reason(response.status_code, response.text)}")
    who = "All users" if arguments.everyone else ", ".join(arguments.user)
    print(f"{who} must sign in again.")
    return 0


def _reason(status: int, text: str) -> str:
    """What the answer means. The Hub's API answers in JSON; a page in HTML comes from another address."""
    try:
        message = str(json.loads(text).get("message") or "")
    except (ValueError, AttributeError):
        return f"HTTP {status}; is this the address of the Hub, with /hub at its end?"
    hint = "the token is not valid, or lacks the scope admin:users" if status == 403 else message[:300]
    return "; ".join(part for part in (f"HTTP {status}", hint) if part)


def _fail(problem: str, status: int = 1) -> int:
    print(f"oauthenticator-suite sign-in-again: {problem}", file=sys.stderr)
    return status
