"""``oauthenticator-suite migrate --database``: which accounts of a Hub would be recognised after the move."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .accounts import AccountReport
    from .new_authenticator import NewAuthenticator

MISSING = "Reading a configuration needs the package {name}: pip install 'oauthenticator_suite[migrate]'"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this part."""
    parser.add_argument(
        "--database",
        metavar="URL",
        help="report on the accounts in the Hub's database instead: which would be recognised with the configuration, "
        "and which not; a URL, or the path of an SQLite file. Nothing is changed",
    )


def is_asked_for(arguments: argparse.Namespace) -> bool:
    """Whether the arguments ask for this part instead of the configuration."""
    return getattr(arguments, "database", None) not in (None, False)


def run(arguments: argparse.Namespace) -> int:
    """Print the report on the accounts.

    Returns
    -------
    int
        0 when every account would be recognised or is matched by name, 1 when some would not, 2 when the database or
        the configuration cannot be read.
    """
    if arguments.write or arguments.output or arguments.in_place:
        return _fail("--database writes nothing: leave out --write, --output and --in-place")
    try:
        from .new_authenticator import CannotTell, authenticator_of
        from .python_reader import UnreadableConfiguration
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("libcst", "ruamel"):
            raise
        return _fail(MISSING.format(name=error.name))
    from ..hub_database import CannotUseDatabase, account_rows, hub_engine
    from .accounts import NEEDS_WORK, reports

    try:
        new = authenticator_of(arguments.config)
        with hub_engine(arguments.database) as engine:
            rows = account_rows(engine)
        found = asyncio.run(reports(new, rows, _fernet_for(rows)))
    except (CannotTell, CannotUseDatabase, UnreadableConfiguration) as error:
        return _fail(str(error))
    if arguments.json:
        print(_as_json(new, found))
    else:
        print(*_as_text(new, found), sep="\n")
    return int(any(report.status in NEEDS_WORK for report in found))


def _fernet_for(rows: Sequence[Any]) -> Any:
    """What decrypts the records; None when there are none.

    Raises
    ------
    CannotUseDatabase
        When there are records, and no usable key.
    """
    from jupyterhub.crypto import CryptKeeper
    from traitlets.config import Config

    from ...hub.base.crypt_key import why_no_encryption
    from ..hub_database import CannotUseDatabase

    records = sum(row.encrypted_auth_state is not None for row in rows)
    if not records:
        return None
    problem = why_no_encryption(Config())
    if problem is not None:
        raise CannotUseDatabase(
            f"{records} accounts have encrypted records, and this command {problem[0]}: set JUPYTERHUB_CRYPT_KEY to "
            "the key of the Hub"
        )
    return CryptKeeper.instance().fernet


def _as_text(new: NewAuthenticator, found: Sequence[AccountReport]) -> Iterator[str]:
    from .accounts import BY_NAME, NEEDS_WORK, counts

    yield from map(str, found)
    yield ""
    numbers = dict(counts(found))
    yield (
        f"{len(found)} accounts, with {new.name}: " + ", ".join(f"{n} {status}" for status, n in numbers.items()) + "."
    )
    if numbers[BY_NAME]:
        yield (
            "By name: the next user who signs in under the name gets the account. To bind an account to one user "
            "before: oauthenticator-suite rebind --user NAME --subject SUBJECT --to-issuer ISSUER."
        )
    if any(report.status in NEEDS_WORK for report in found):
        yield (
            "rebind_accounts_by_name gives refused accounts to the users who sign in under their names. It is the last "
            "resort: remove it as soon as they have. oauthenticator-suite rebind is safer, because it names the owner."
        )
    yield "Nothing was changed."


def _as_json(new: NewAuthenticator, found: Sequence[AccountReport]) -> str:
    from .accounts import NEEDS_WORK, counts

    return json.dumps(
        {
            "authenticator": new.name,
            "accounts": [report.as_dict() for report in found],
            "counts": dict(counts(found)),
            "by_hand": any(report.status in NEEDS_WORK for report in found),
        },
        indent=2,
        ensure_ascii=False,
    )


def _fail(text: str) -> int:
    print(f"oauthenticator-suite migrate: {text}", file=sys.stderr)
    return 2
