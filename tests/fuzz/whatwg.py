"""Node's `URL`, which reads URLs as browsers do (the WHATWG URL Standard), in a process that answers over a pipe."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from typing import Any

PROGRAM = """
const lines = require('readline').createInterface({input: process.stdin});
lines.on('line', line => {
  const [urls, base] = JSON.parse(line);
  const read = url => {
    try {
      const parts = base === null ? new URL(url) : new URL(url, base);
      return [parts.origin, parts.protocol, parts.username + parts.password, parts.hostname, parts.port, parts.href];
    } catch (error) { return null; }
  };
  process.stdout.write(JSON.stringify(urls.map(read)) + '\\n');
});
"""


class NodeURL:
    """``with NodeURL(program) as parser: parser.origins(urls, base)``."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> NodeURL:
        self._process = subprocess.Popen(
            [self._program, "-e", PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(30)

    def read(self, urls: Sequence[str], base: str | None = None) -> list[dict[str, Any] | None]:
        """For each URL its origin, scheme, user information, host, port and form, or None if browsers reject it.

        Parameters
        ----------
        base:
            The URL of the page on which they are; without it they must be absolute.
        """
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([list(urls), base]) + "\n")
        self._process.stdin.flush()
        names = ("origin", "scheme", "userinfo", "host", "port", "href")
        return [
            None if parts is None else dict(zip(names, parts, strict=True))
            for parts in json.loads(self._process.stdout.readline())
        ]
