"""A log that shows nothing and keeps warnings."""

from __future__ import annotations

import logging


class QuietLog(logging.Handler):
    """Keeps records.

    Attributes
    ----------
    records:
        Those of level warning or above.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        self.records.append(record)

    @classmethod
    def new(cls) -> logging.Logger:
        """A separate logger, which no other logger has as its parent."""
        logger = logging.Logger("oauthenticator_suite.check")
        logger.propagate = False
        logger.addHandler(cls())
        return logger


def warnings_in(logger: logging.Logger) -> list[str]:
    """The messages that a logger of `QuietLog.new` has kept."""
    kept = [handler for handler in logger.handlers if isinstance(handler, QuietLog)]
    return [record.getMessage() for handler in kept for record in handler.records]
