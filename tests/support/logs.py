"""Everything that is logged while a Hub runs: by the Hub, tornado, asyncio, and every other logger."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager


class LogCapture(logging.Handler):
    """Keeps records, and each as the line that an operator would see (with its traceback)."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[logging.LogRecord] = []
        self.lines: list[str] = []
        self._awaited: list[tuple[str, asyncio.Future[str]]] = []
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
        line = self.format(record)
        self.lines.append(line)
        for text, future in self._awaited:
            if text in line:
                future.get_loop().call_soon_threadsafe(_settle, future, line)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def lines_with(self, text: str) -> list[str]:
        return [line for line in self.lines if text in line]

    async def until(self, text: str) -> str:
        """Wait for a line with this text; the first that there is."""
        for line in self.lines:
            if text in line:
                return line
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._awaited.append((text, future))
        return await asyncio.wait_for(future, 30)

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


def _settle(future: asyncio.Future[str], line: str) -> None:
    if not future.done():
        future.set_result(line)
