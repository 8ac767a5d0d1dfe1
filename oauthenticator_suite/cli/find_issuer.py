"""``oauthenticator-suite find-issuer``: finds the issuer at which a user signs in, by WebFinger (RFC 7033)."""

from __future__ import annotations

import argparse
import sys

HELP = "Find the OpenID issuer of an e-mail address or a URL, by WebFinger."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("identifier", help="an e-mail address such as ada@example.org, an acct: URI, or a URL")
    parser.epilog = (
        "Prints the issuer whose metadata have been read, for the option issuer. Nothing is changed. Exit status: 0, "
        "or 1 when no issuer is found."
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the issuer.

    Returns
    -------
    int
        0; 1 when there is none, or it cannot be asked.
    """
    import asyncio

    from ..errors import SuiteError
    from ..protocol.text import printable

    try:
        issuer = asyncio.run(issuer_of(arguments.identifier))
    except SuiteError as error:
        print(f"oauthenticator-suite find-issuer: {printable(error.detail)}", file=sys.stderr)
        return 1
    print(printable(issuer))
    return 0


async def issuer_of(text: str) -> str:
    """The issuer for an identifier that a person has typed (OpenID Connect Discovery §2, §4.3).

    Raises
    ------
    SuiteError
        If the host names no issuer, or one whose metadata cannot be read or belong to another issuer. What else a
        login demands of them depends on the options, and is for the command ``check``.
    """
    from ..protocol.metadata import check_issuer, discovery_request, read_document
    from ..protocol.webfinger import normalize, process_webfinger_response, webfinger_request
    from .register.provider import new_transport

    identifier = normalize(text)
    transport = new_transport(identifier.origin)
    try:
        issuer = process_webfinger_response(await transport.send(webfinger_request(identifier)))
        request = discovery_request(issuer, configured=False)
        document = read_document(await transport.send(request), issuer)
        check_issuer(document.get("issuer"), issuer)
    finally:
        await transport.close()
    return issuer
