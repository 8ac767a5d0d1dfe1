"""Everything that is logged while a Hub runs: by the Hub, tornado, asyncio, and whoever else."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


class LogCapture(logging.Handler):
    """Keeps records, and each as the line that an operator would see (with its traceback)."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[logging.LogRecord] = []
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
        self.lines.append(self.format(record))

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def lines_with(self, text: str) -> list[str]:
        return [line for line in self.lines if text in line]

    def at_least(self, level: int) -> list[str]:
        return [line for record, line in zip(self.records, self.lines, strict=True) if record.levelno >= level]

    def tracebacks(self) -> list[str]:
        return [line for line in self.lines if "Traceback (most recent call last)" in line]

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Attached to the root logger; in the end detached from there and from the Hub's, where the Hub attached it."""
        logging.getLogger().addHandler(self)
        try:
            yield
        finally:
            for name in (None, "JupyterHub"):
                logging.getLogger(name).removeHandler(self)
