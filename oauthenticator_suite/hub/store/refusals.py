"""Refusals of authenticated users: what decided, and when, by the reference on the page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from .tables import REFUSALS_TABLE, RULE_LENGTH

REFUSALS_KEPT = 7 * 24 * 3600.0
"""Seconds for which a refusal is kept."""

MAX_REFUSALS = 1000
"""Refusals that are kept. The oldest are removed first."""

MAX_PRIVATE_BYTES = 60_000
"""Bytes of the encrypted part of a refusal: the smallest limit of a column, that of MySQL, is 65,535."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One refusal.

    Attributes
    ----------
    reference:
        The reference on the page and in the log, such as ``7QK2-M4XD``.
    at:
        When, in seconds since the epoch.
    provider:
        The way to sign in, as in URLs and options.
    error:
        The name of the error's class, such as ``AccessDenied``.
    rule:
        The option or rule that decided; empty when the error is not about a rule.
    rules:
        Each rule with its kind (``required``, ``blocked``, ``admin``, ``allowed``) and result: True, False, or None
        when it cannot tell.
    private:
        Encrypted: what could identify a person. None when the Hub has no key.
    """

    reference: str
    at: float
    provider: str
    error: str
    rule: str = ""
    rules: tuple[tuple[str, str, bool | None], ...] = ()
    private: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRefusals:
    """The refusals of one provider by one rule.

    Attributes
    ----------
    provider:
        The way to sign in, as in URLs and options.
    rule:
        The rule, or the name of the error's class when the error is not about a rule.
    count:
        How many there are.
    at, reference:
        Of the latest one.
    """

    provider: str
    rule: str
    count: int
    at: float
    reference: str


class Refusals:
    """The table ``suite_refusals``. Nothing here commits: writes belong to the caller's transaction."""

    def __init__(self, db: Session) -> None:
        self._db = db

    def add(self, refusal: Refusal) -> None:
        """Store a refusal, and remove old ones and more than the limit.

        Raises
        ------
        ValueError
            When `Refusal.private` is longer than `MAX_PRIVATE_BYTES`.
        """
        if refusal.private is not None and len(refusal.private) > MAX_PRIVATE_BYTES:
            raise ValueError(f"the encrypted part of a refusal has more than {MAX_PRIVATE_BYTES} bytes")
        self._db.execute(
            REFUSALS_TABLE.insert().values(
                reference=refusal.reference,
                at=refusal.at,
                provider=refusal.provider[:RULE_LENGTH],
                error=refusal.error[:RULE_LENGTH],
                rule=refusal.rule[:RULE_LENGTH],
                rules=json.dumps(refusal.rules),
                private=refusal.private,
            )
        )
        self.remove_old(refusal.at)

    def of(self, reference: str) -> Refusal | None:
        """The refusal with this reference; None when it is not known, or no longer."""
        found = self._read(newest_first().where(REFUSALS_TABLE.c.reference == reference).limit(1))
        return found[0] if found else None

    def recent(self, most: int) -> list[Refusal]:
        """The newest refusals, at most `most` of them, the newest first."""
        return self._read(newest_first().limit(most))

    def counts_since(self, since: float) -> dict[tuple[str, str], int]:
        """The number of refusals by provider and rule.

        A refusal without a rule counts under the name of its error's class.

        Parameters
        ----------
        since:
            The time from which on to count, in seconds since the epoch.
        """
        columns = REFUSALS_TABLE.c.provider, REFUSALS_TABLE.c.rule, REFUSALS_TABLE.c.error
        counted = select(*columns, func.count()).where(REFUSALS_TABLE.c.at >= since).group_by(*columns)
        found: dict[tuple[str, str], int] = {}
        for provider, rule, error, number in self._db.execute(counted):
            key = provider, rule or error
            found[key] = found.get(key, 0) + number
        return found

    def by_rule(self, since: float, most: int) -> list[RuleRefusals]:
        """The refusals by provider and rule, the latest first. One statement.

        Parameters
        ----------
        since:
            The time from which on to count, in seconds since the epoch.
        most:
            How many rules are returned at most.
        """
        table = REFUSALS_TABLE.c
        groups = (
            select(func.max(table.id).label("latest"), func.count().label("number"))
            .where(table.at >= since)
            .group_by(table.provider, table.rule, table.error)
            .subquery()
        )
        latest = (
            select(table.provider, table.rule, table.error, table.at, table.reference, groups.c.number)
            .join_from(REFUSALS_TABLE, groups, table.id == groups.c.latest)
            .order_by(table.id.desc())
            .limit(most)
        )
        found: dict[tuple[str, str], RuleRefusals] = {}
        for row in self._db.execute(latest):
            key = row.provider, row.rule or row.error
            before = found.get(key)
            if before is not None:  # the same rule with another error; the earlier row is the later refusal
                found[key] = replace(before, count=before.count + row.number)
            else:
                found[key] = RuleRefusals(
                    provider=key[0], rule=key[1], count=row.number, at=row.at, reference=row.reference
                )
        return list(found.values())

    def _read(self, query: Select[Any]) -> list[Refusal]:
        return refusals_in(self._db.execute(query).all())

    def remove_old(self, now: float) -> None:
        """Remove the refusals that are too old or too many. `now` is in seconds since the epoch."""
        self._db.execute(delete(REFUSALS_TABLE).where(REFUSALS_TABLE.c.at <= now - REFUSALS_KEPT))
        by_number = select(REFUSALS_TABLE.c.id).order_by(REFUSALS_TABLE.c.id.desc())
        oldest_kept = self._db.execute(by_number.offset(MAX_REFUSALS - 1).limit(1)).scalar()
        if oldest_kept is not None:
            self._db.execute(delete(REFUSALS_TABLE).where(REFUSALS_TABLE.c.id < oldest_kept))


def newest_first() -> Select[Any]:
    """The query for all refusals, the newest first. `refusals_in` reads its rows."""
    return select(REFUSALS_TABLE).order_by(REFUSALS_TABLE.c.id.desc())


def refusals_in(rows: Iterable[Any]) -> list[Refusal]:
    """The refusals in rows of `newest_first`."""
    return [
        Refusal(
            reference=row.reference,
            at=row.at,
            provider=row.provider,
            error=row.error,
            rule=row.rule,
            rules=_rules_in(json.loads(row.rules)),
            private=row.private,
        )
        for row in rows
    ]


def _rules_in(stored: Sequence[Any]) -> tuple[tuple[str, str, bool | None], ...]:
    return tuple((kind, name, result) for kind, name, result in stored)
