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
from .observers import Handlers

FIELDS = "suite_event"
"""The attribute of a log record that has the fields of its event, for formatters."""

Extra = dict[str, dict[str, Any]]
"""The argument ``extra`` of a call of the log."""

_PLAIN = re.compile(r"[\w.:/@+-]+", re.ASCII)
_json = json.JSONEncoder(separators=(",", ":")).encode


def fields_of(fact: Fact) -> dict[str, Any]:
    """The fields of the line about a fact: ``event`` first. Empty for a fact that is not an event."""
    found = event_of(fact)
    if found is None:
        return {}
    fields: dict[str, Any] = {"event": found[0]}
    for name, value in found[1].items():
        if name == "seconds":
            fields[name] = round(value, 3)
        elif value not in ("", None, [], {}):
            fields["user" if name == "username" else name] = value
    return fields


def extra_of(fact: Fact) -> Extra:
    """The argument ``extra`` for a line with a sentence about a fact: the fields, for the JSON form of the line."""
    return {FIELDS: fields_of(fact)}


def logfmt(fields: Mapping[str, Any]) -> str:
    """The fields as one line: ``name=value``, in quotes where the value is more than a word."""
    texts = {name: value if isinstance(value, str) else _json(value) for name, value in fields.items()}
    return " ".join(f"{name}={text if _PLAIN.fullmatch(text) else _json(text)}" for name, text in texts.items())


class LogWriter:
    """An observer that writes the lines.

    A line is a warning when an account gets another owner, and when all users must sign in again.
    """

    def __init__(self, log: Logger | LoggerAdapter[Any]) -> None:
        self._log = log
        self.handlers: Handlers = {
            facts.LoginSucceeded: self._write,
            facts.LoggedOut: self._write,
            facts.SessionsEnded: self._ended,
            facts.RightsChanged: self._write,
            facts.AccountBound: self._bound,
            facts.Configured: self._write,
        }

    def _ended(self, fact: facts.SessionsEnded) -> None:
        self._write(fact, logging.INFO if fact.username else logging.WARNING)

    def _bound(self, fact: facts.AccountBound) -> None:
        self._write(fact, logging.WARNING if fact.how == "by_name" else logging.INFO)

    def _write(self, fact: Fact, level: int = logging.INFO) -> None:
        if self._log.isEnabledFor(level):
            fields = fields_of(fact)
            self._log.log(level, "%s", logfmt(fields), extra={FIELDS: fields})
