"""`JSONFormatter`: each record of the Hub's log as one line of JSON."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timezone
from typing import Any

from .log_lines import FIELDS


class JSONFormatter(logging.Formatter):
    """A formatter for ``c.Application.logging_config``.

    Each line has ``time`` (ISO 8601, UTC), ``level``, ``logger`` and ``message``; with an exception, ``exception`` has
    its traceback. A line about an event also has the fields of the event, such as ``event``, ``provider`` and ``user``.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON, on one line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        fields = getattr(record, FIELDS, None)
        if isinstance(fields, dict):
            line.update({name: value for name, value in fields.items() if name not in line})
        return json.dumps(line, default=str)
