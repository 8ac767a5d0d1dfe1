"""Texts, places in them, and edits: a file is changed only where an edit says so, so that everything else stays."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

_LINE_END = re.compile(r"\r\n|\r|\n")


class Edit(NamedTuple):
    """A change of a file: the characters from `start` to `end` are replaced by `text`.

    Edits at the same place, with `start` equal to `end`, are insertions, in their order.
    """

    start: int
    end: int
    text: str


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text with the edits. An edit that is given twice, such as for an alias, counts once.

    Raises
    ------
    ValueError
        When two edits overlap.
    """
    parts = []
    done = 0
    for edit in sorted(dict.fromkeys(edits), key=lambda edit: (edit.start, edit.end)):
        if edit.start < done:
            raise ValueError(f"two edits overlap at character {edit.start}")
        parts += [text[done : edit.start], edit.text]
        done = edit.end
    return "".join((*parts, text[done:]))


@dataclass(frozen=True)
class Text:
    """A file, or Python code in a block scalar of a YAML file.

    Attributes
    ----------
    source:
        The text, without the indentation of the block.
    starts:
        For each line of `source`, the offset of its first character in the file.
    first_line:
        The number of the first line in the file, from 1.
    indent:
        The indentation of the block, which lines that an edit adds need as well.
    newline:
        The end of a line in the file.
    """

    source: str
    starts: tuple[int, ...]
    first_line: int = 1
    indent: str = ""
    newline: str = "\n"

    @classmethod
    def of_file(cls, source: str) -> Text:
        """The text of a whole file."""
        found = _LINE_END.search(source)
        starts = (0, *(match.end() for match in _LINE_END.finditer(source)))
        return cls(source, starts, newline=found.group() if found else "\n")

    def offset(self, line: int, column: int) -> int:
        """The place in the file of a place in `source`: `line` counts from 1, `column` from 0."""
        return self.starts[line - 1] + column

    def line(self, line: int) -> int:
        """The number in the file of a line of `source`."""
        return self.first_line + line - 1

    def edit(self, start: tuple[int, int], end: tuple[int, int], text: str) -> Edit:
        """An edit from one place in `source`, line and column, to another."""
        return Edit(self.offset(*start), self.offset(*end), text.replace("\n", self.newline + self.indent))

    def comment_out(self, first: int, last: int, column: int, *, why: str, placeholder: str = "") -> tuple[Edit, ...]:
        """Edits that turn the lines from `first` to `last` into comments.

        Parameters
        ----------
        column:
            The indentation of the lines in `source`.
        why:
            The comment before them.
        placeholder:
            Code that takes their place, for a block that would be empty.
        """
        above = "".join(f"{each}\n{' ' * column}" for each in (f"# {why}", placeholder) if each)
        edits = [self.edit((first, column), (first, column), f"{above}# ")]
        lines = _LINE_END.split(self.source)
        for line in range(first + 1, last + 1):
            if lines[line - 1].strip():
                edits.append(Edit(self.starts[line - 1], self.starts[line - 1], "# "))
        return tuple(edits)
