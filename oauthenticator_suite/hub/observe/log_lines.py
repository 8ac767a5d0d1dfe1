"""One line of the log for each event, with stable names of fields: ``event=login provider=github user=alice``.

A failed login, a throttled one, a refresh and the provider's health have lines of their own at the places where they
happen, with a sentence for the operator, and the same fields in their JSON form (`extra_of`). The other events have the
lines of this module.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from logging import Logger, LoggerAdapter
from typing import Any

from . import facts
from .events import event_of
from .facts import Fact

FIELDS = "suite_event"
"""The attribute of a log record that has the fields of its event, for formatters."""

Extra = dict[str, dict[str, Any]]
"""The argument ``extra`` of a call of the log."""

_LOGGED = (
    facts.LoginSucceeded, facts.LoggedOut, facts.SessionsEnded, facts.RightsChanged, facts.AccountBound,
    facts.Configured,
)  # fmt: skip
_PLAIN = re.compile(r"[\w.:/@+-]+", re.ASCII)


def fields_of(fact: Fact) -> dict[str, Any]:
    """The fields of the line about a fact: ``event`` first. Empty for a fact that is not an event."""
    found = event_of(fact)
    if found is None:
        return {}
    kind, data = found
    data["user"] = data.pop("username", "")
    fields = {"event": kind, "provider": data.pop("provider"), "user": data.pop("user"), **data}
    if "seconds" in fields:
        fields["seconds"] = round(fields["seconds"], 3)
    return {name: value for name, value in fields.items() if value not in ("", None, [], {})}


def extra_of(fact: Fact) -> Extra:
    """The argument ``extra`` for a line with a sentence about a fact: the fields, for the JSON form of the line."""
    return {FIELDS: fields_of(fact)}


def logfmt(fields: Mapping[str, Any]) -> str:
    """The fields as one line: ``name=value``, in quotes where the value is more than a word."""
    return " ".join(f"{name}={_text(value)}" for name, value in fields.items())


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    return text if _PLAIN.fullmatch(text) else json.dumps(text)


def _level_of(fact: Fact) -> int:
    """WARNING when an account gets another owner and when all users must sign in again; else INFO."""
    is_rebound = isinstance(fact, facts.AccountBound) and fact.how == "by_name"
    is_about_all = isinstance(fact, facts.SessionsEnded) and not fact.username
    return logging.WARNING if is_rebound or is_about_all else logging.INFO


class LogWriter:
    """An observer that writes the lines."""

    def __init__(self, log: Logger | LoggerAdapter[Any]) -> None:
        self._log = log

    def observe(self, fact: Fact) -> None:
        """Write the line about a fact that has one."""
        if isinstance(fact, _LOGGED):
            fields = fields_of(fact)
            self._log.log(_level_of(fact), "%s", logfmt(fields), extra={FIELDS: fields})
