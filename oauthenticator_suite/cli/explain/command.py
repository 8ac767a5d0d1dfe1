"""The options of ``oauthenticator-suite explain``, and what runs with them."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .report import Explanation

HELP = "Say why a user was refused, or would be, and what would let the user in."

LET_IN, REFUSED, NOT_ANSWERED = 0, 1, 2
"""The exit statuses."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    question = parser.add_mutually_exclusive_group(required=True)
    question.add_argument(
        "--reference", metavar="CODE", help="the reference on the page that the user saw, such as 7QK2-M4XD"
    )
    question.add_argument(
        "--claims",
        metavar="FILE",
        help="a JSON file with the claims of a user, or with an auth_state; - for the standard input",
    )
    parser.add_argument(
        "-f",
        "--config",
        type=Path,
        action="append",
        metavar="FILE",
        help="the configuration: a Python file, which is executed, the values of the Helm chart, or a folder of such "
        "files; can be repeated, later files come after earlier ones; default: jupyterhub_config.py",
    )
    parser.add_argument("--db", metavar="URL", help="the URL of the Hub's database, if the configuration has another")
    parser.add_argument(
        "--events", type=Path, metavar="FILE", help="with --reference: read the Hub's event log, not its database"
    )
    parser.add_argument(
        "--user", metavar="NAME", help="with --claims: the username at the provider, in place of theirs"
    )
    parser.add_argument(
        "--provider", metavar="NAME", help="with --claims and several providers: the one; default: each of them"
    )
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    parser.add_argument(
        "words", nargs="*", metavar="-- ARGUMENT", help="arguments that the Hub gets on its command line, after --"
    )
    parser.epilog = (
        "The Python code of the configuration is executed, as the Hub does it. Nothing is changed, no request is sent "
        "to a provider, and no secret is printed. Exit status: 0 when the user would be allowed now, 1 when the user "
        "would be refused, 2 when the question cannot be answered."
    )


def run(arguments: argparse.Namespace) -> int:
    """Explain a refusal, or the decision about claims.

    Returns
    -------
    int
        0 when the user would be allowed now, 1 when the user would be refused, 2 when the question cannot be answered.
    """
    from ...protocol.text import printable
    from .configured import CannotExplain
    from .report import as_json, as_text

    problem = _problem_of(arguments)
    if problem:
        return _fail(problem)
    try:
        answers = asyncio.run(_answers(arguments))
    except CannotExplain as error:
        return _fail(str(error))
    if arguments.json:
        print(as_json(answers))
    else:
        print("\n\n".join("\n".join(map(printable, as_text(answer))) for answer in answers))
    return LET_IN if any(answer.admitted for answer in answers) else REFUSED


async def _answers(arguments: argparse.Namespace) -> list[Explanation]:
    from ..configuration.sources import DEFAULT_FILE
    from .claimed import answers_about
    from .configured import ConfiguredHub, accounts_in, keeper_of, read_configuration
    from .recorded import answer_about
    from .refused import from_database, from_events, reference_in

    reference = reference_in(arguments.reference) if arguments.reference else ""
    configuration = read_configuration(arguments.config or [DEFAULT_FILE], arguments.words)
    keeper = keeper_of(configuration.config)
    with configuration.as_environment():
        hub = ConfiguredHub.of(configuration.config)
        hub = hub.with_accounts(accounts_in(hub, arguments.db))
        if not reference:
            return await answers_about(hub, arguments.claims, arguments.user, arguments.provider)
        if arguments.events is not None:
            refused = from_events(arguments.events, reference)
        else:
            refused = from_database(hub, arguments.db, reference, keeper)
        return [await answer_about(hub, refused)]


def _problem_of(arguments: argparse.Namespace) -> str:
    if arguments.reference is None and arguments.events is not None:
        return "--events needs --reference"
    if arguments.claims is None and (arguments.user is not None or arguments.provider is not None):
        return "--user and --provider need --claims"
    return ""


def _fail(text: str) -> int:
    from ...protocol.text import printable

    print(f"oauthenticator-suite explain: {printable(text)}", file=sys.stderr)
    return NOT_ANSWERED
