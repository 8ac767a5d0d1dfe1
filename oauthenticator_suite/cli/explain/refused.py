"""Recorded refusals: from the Hub's database, or from its event log."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jupyterhub.crypto import CryptKeeper
from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError

from ...hub.base.refusal_record import RefusedUser, UnreadablePart, read_private
from ...hub.database import database_failure
from ...hub.store.refusals import Refusal, newest_first, refusals_in
from ...hub.store.tables import REFUSALS_TABLE
from ...policy.explanation import PartialClaims
from ...policy.identity import Identity
from ..hub_database import CannotUseDatabase, hub_engine
from .configured import CannotExplain, ConfiguredHub

_EXPLAINED = {"AccessDenied", "AccountConflict", "IdentityError", "IncompleteAnswer", "InsufficientAuthentication"}
_HASH = re.compile("[0-9a-f]{32}")
"""What the Hub writes in place of a username with `hash_event_usernames`."""

_FORM = re.compile("([2-9A-HJ-NP-Z]{4})-?([2-9A-HJ-NP-Z]{4})")


@dataclass(frozen=True)
class Refused:
    """What is known about one refusal.

    Attributes
    ----------
    refusal:
        What is recorded in plain text.
    user:
        The user; None when it is not known.
    why_unknown:
        Why the user is not known; else an empty string.
    """

    refusal: Refusal
    user: RefusedUser | None
    why_unknown: str = ""


def reference_in(text: str) -> str:
    """The reference that a user has read out, as it is recorded.

    Raises
    ------
    CannotExplain
        When it is none.
    """
    found = _FORM.fullmatch(text.strip().upper())
    if found is None:
        raise CannotExplain(
            f"{text!r} is not a reference: it has eight letters and digits, as in 7QK2-M4XD, without 0, O, 1 and I"
        )
    return f"{found[1]}-{found[2]}"


def from_database(hub: ConfiguredHub, url: str | None, reference: str, keeper: CryptKeeper) -> Refused:
    """The refusal with this reference in the database of a Hub. Nothing is written.

    Raises
    ------
    CannotExplain
        When it is not there, or the database cannot be read.
    """
    refusal = _stored(url or hub.hub.db_url, {} if url else dict(hub.hub.db_kwargs), reference)
    try:
        return Refused(refusal, read_private(refusal, keeper))
    except UnreadablePart as unreadable:
        return Refused(refusal, None, str(unreadable))


def _stored(url: str, options: dict[str, Any], reference: str) -> Refusal:
    try:
        with hub_engine(url, **options) as engine, engine.connect() as connection:
            if not inspect(connection).has_table(REFUSALS_TABLE.name):
                raise CannotExplain(
                    "the database has no table of refusals: it is not the database of a Hub with this package, or the "
                    "Hub has not been started since the package was updated"
                )
            rows = connection.execute(newest_first().where(REFUSALS_TABLE.c.reference == reference)).all()
    except CannotUseDatabase as error:
        raise CannotExplain(str(error)) from None
    except SQLAlchemyError as error:
        raise CannotExplain(database_failure(error, "reading the refusals").detail) from None
    found = refusals_in(rows[:1])
    if not found:
        raise CannotExplain(
            f"there is no refusal {reference} in the database. Refusals are kept for 7 days, the newest 1,000 of them, "
            "and only those of authenticated users. For any other error, search the Hub's log "
            "for the reference"
        )
    return found[0]


# --- the event log ---------------------------------------------------------------------------------------------------


def from_events(path: Path, reference: str) -> Refused:
    """The refusal with this reference in the Hub's event log, of which each line is a JSON object.

    Raises
    ------
    CannotExplain
        When it is not there, or the file cannot be read.
    """
    found = None
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            for line in file:
                if reference in line:
                    found = _event_in(line, reference) or found
    except OSError as error:
        raise CannotExplain(f"{path} cannot be read: {error.strerror}") from None
    if found is None:
        raise CannotExplain(f"there is no event of a refusal with the reference {reference} in {path}")
    return found


def _event_in(line: str, reference: str) -> Refused | None:
    """The refusal in a line of the event log; None if it is another event, or not one."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    if not isinstance(event, dict) or event.get("reference") != reference:
        return None
    error = str(event.get("error") or ("AccessDenied" if "rule" in event else ""))
    if error not in _EXPLAINED:
        return None
    refusal = Refusal(
        reference=reference,
        at=_time_in(event.get("__timestamp__")),
        provider=str(event.get("provider", "")),
        error=error,
        rule=str(event.get("rule", "")),
        rules=_rules_in(event),
    )
    username, groups = str(event.get("username") or ""), _groups_in(event)
    if not username or _HASH.fullmatch(username):
        return Refused(refusal, RefusedUser(None, groups, {}, {}, "", ""), "the event does not have the username")
    claims = PartialClaims({}, (), "an event has no claims, so the claim {claim!r} of this user is not known")
    unknown = "" if groups is not None else "the event does not have the groups of the user"
    left_out = event.get("groups_left_out")
    if groups is not None and left_out:
        unknown = f"the event leaves out {left_out} of the user's groups, because their names contain @"
    identity = Identity(username, groups=frozenset(groups or ()), groups_unknown=unknown, claims=claims)
    return Refused(refusal, RefusedUser(identity, groups, {}, {}, "", username))


def _rules_in(event: dict[str, Any]) -> tuple[tuple[str, str, bool | None], ...]:
    """What each rule said; empty for an event of an earlier version of the package."""
    found = event.get("rules")
    rules = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    return tuple((str(each.get("kind")), str(each.get("name")), _result_in(each.get("result"))) for each in rules)


def _result_in(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _groups_in(event: dict[str, Any]) -> list[str] | None:
    found = event.get("groups")
    return [str(each) for each in found] if isinstance(found, list) else None


def _time_in(text: Any) -> float:
    try:
        return datetime.fromisoformat(str(text).replace("Z", "+00:00")).timestamp()
    except ValueError:
        return 0.0
