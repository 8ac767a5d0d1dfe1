"""The facts about refreshes and about the ends of sessions."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from ..observe.facts import Refreshed
from ..observe.observers import StatesFacts
from .outcome import Outcome


def note_refresh(authenticator: StatesFacts, username: str, outcome: Outcome, *, asked: bool) -> Outcome:
    """Note the outcome of a refresh, unless that has been done. Returns the outcome, which says that it was noted."""
    if outcome.noted:
        return outcome
    name = name_of(outcome)
    authenticator.observers.note(
        Refreshed(
            provider=authenticator.observed_name,
            username=username,
            outcome=name,
            rule=outcome.rule,
            reason=outcome.reason.value if name == "sign_in_again" else "",
            asked=asked,
        )
    )
    return replace(outcome, noted=True)


def name_of(outcome: Outcome) -> Literal["valid", "unknown", "sign_in_again", "denied"]:
    """The name of an outcome, as in the table of `endings`."""
    if outcome.rule:
        return "denied"
    if not outcome.stays:
        return "sign_in_again"
    return "valid" if outcome.final else "unknown"
