"""What the command says about a line of a configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from .text import Edit

Verdict = Literal["stays", "change", "stricter", "gone", "look"]

STAYS: Verdict = "stays"
"""The line works as it is."""

CHANGE: Verdict = "change"
"""The line has another form with this package."""

STRICTER: Verdict = "stricter"
"""The line works, and this package refuses more than oauthenticator does."""

GONE: Verdict = "gone"
"""What the line uses does not exist."""

LOOK: Verdict = "look"
"""The command cannot tell: the operator must read the line."""


@dataclass(frozen=True)
class Remark:
    """A statement about a line.

    Attributes
    ----------
    file, line:
        The place.
    verdict:
        See `Verdict`.
    subject:
        What the statement is about, such as ``c.GitHubOAuthenticator.client_id``.
    text:
        The statement, without values of the configuration that may be secret.
    by_hand:
        Whether the operator must do something that ``--write`` does not do.
    edits:
        What ``--write`` does.
    """

    file: Path
    line: int
    verdict: Verdict
    subject: str
    text: str
    by_hand: bool = False
    edits: tuple[Edit, ...] = field(default=(), repr=False)

    def as_dict(self) -> dict[str, Any]:
        """The remark for ``--json``."""
        return {
            "file": str(self.file),
            "line": self.line,
            "severity": self.verdict,
            "subject": self.subject,
            "text": self.text,
            "by_hand": self.by_hand,
            "written": bool(self.edits),
        }

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.verdict}: {self.subject}: {self.text}"


Say = Callable[..., None]
"""``say(line, verdict, subject, text, edits=(), by_hand=None)``: adds a remark about a line of one file."""


class Remarks:
    """The remarks of a run, in the order of files and lines."""

    def __init__(self) -> None:
        self._found: dict[Remark, None] = {}

    def about(self, file: Path) -> Say:
        """A function that adds remarks about a file.

        By default, a remark is work by hand if it says ``gone`` or ``look``, or ``change`` without edits.
        """

        def say(
            line: int,
            verdict: Verdict,
            subject: str,
            text: str,
            edits: Iterable[Edit] = (),
            by_hand: bool | None = None,
        ) -> None:
            edits = tuple(edits)
            if by_hand is None:
                by_hand = not edits and verdict in (CHANGE, GONE, LOOK)
            self._found[Remark(file, line, verdict, subject, text, by_hand, edits)] = None

        return say

    def sorted(self) -> list[Remark]:
        """All remarks, by file (in the order of the first remark about each) and line.

        What stays is left out where something else is said about the same subject.
        """
        said = {(remark.file, remark.line, remark.subject) for remark in self._found if remark.verdict != STAYS}
        found = [
            remark
            for remark in self._found
            if remark.verdict != STAYS or (remark.file, remark.line, remark.subject) not in said
        ]
        files = {file: number for number, file in enumerate(dict.fromkeys(remark.file for remark in self._found))}
        return sorted(found, key=lambda remark: (files[remark.file], remark.line))

    def edits(self, file: Path) -> list[Edit]:
        """What is to be written into a file."""
        return [edit for remark in self._found if remark.file == file for edit in remark.edits]
