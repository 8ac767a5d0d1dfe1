"""The facts about refreshes and about the ends of sessions."""

from __future__ import annotations

from dataclasses import replace
from logging import Logger, LoggerAdapter
from typing import Any, Literal, Protocol

from ...errors import AccessDenied
from ...protocol.text import printable
from ..observe.facts import Refreshed
from ..observe.log_lines import Extra, extra_of
from ..observe.observers import StatesFacts
from .outcome import Outcome


def note_refresh(authenticator: StatesFacts, username: str, outcome: Outcome, *, asked: bool) -> Outcome:
    """Note the outcome of a refresh, unless that has been done. Returns the outcome, which says that it was noted."""
    if outcome.noted:
        return outcome
    authenticator.observers.note(_fact(authenticator, username, outcome, asked=asked))
    return replace(outcome, noted=True)


def extra_of_refresh(authenticator: StatesFacts, username: str, outcome: Outcome) -> Extra:
    """The argument ``extra`` for a line of the log about a refresh with this outcome."""
    return extra_of(_fact(authenticator, username, outcome, asked=True))


class LogsRefreshes(StatesFacts, Protocol):
    """An authenticator with a log."""

    log: Logger | LoggerAdapter[Any]


def log_denial(authenticator: LogsRefreshes, username: str, denied: AccessDenied) -> Outcome:
    """Write that a rule ends the session of a user. Returns the outcome."""
    outcome = Outcome.denied(denied.rule, gone=denied.gone)
    extra = extra_of_refresh(authenticator, username, outcome)
    text = "The session of %s ends: rule=%s: %s"
    authenticator.log.warning(text, printable(username), printable(denied.rule), printable(denied.detail), extra=extra)
    return outcome


def _fact(authenticator: StatesFacts, username: str, outcome: Outcome, *, asked: bool) -> Refreshed:
    name = name_of(outcome)
    return Refreshed(
        provider=authenticator.observed_name,
        username=username,
        outcome=name,
        rule=outcome.rule,
        reason=outcome.reason.value if name == "sign_in_again" else "",
        asked=asked,
    )


def name_of(outcome: Outcome) -> Literal["valid", "unknown", "sign_in_again", "denied"]:
    """The name of an outcome, as in the table of `endings`."""
    if outcome.rule:
        return "denied"
    if not outcome.stays:
        return "sign_in_again"
    return "valid" if outcome.final else "unknown"
