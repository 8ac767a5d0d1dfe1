"""The rules of `words.ini`, and which exceptions a file makes.

An exception is a comment with ``prose: allow`` and the rule's name, on the line or on the line above it. In Markdown,
the lines between `<!-- prose: off -->` and `<!-- prose: on -->` are not read.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

WORDS = Path(__file__).with_name("words.ini")

ALLOW = re.compile(r"prose: allow ([\w.-]+(?:, [\w.-]+)*)")


@dataclass(frozen=True)
class Rule:
    """A phrase that is not used, what to write instead, and an example of each."""

    name: str
    pattern: str
    instead: str
    bad: tuple[str, ...]
    good: tuple[str, ...]


def rules_of(file: Path = WORDS) -> list[Rule]:
    """The rules of a file."""
    config = configparser.ConfigParser(interpolation=None, comment_prefixes=("#",), delimiters=("=",))
    config.read_string(file.read_text(encoding="utf-8"))
    return [
        Rule(
            name,
            section["pattern"],
            section["instead"],
            _lines(section["bad"]),
            _lines(section.get("good", "")),
        )
        for name, section in config.items()
        if name != config.default_section
    ]


def finder_of(rules: Sequence[Rule]) -> re.Pattern[str]:
    """One pattern for all rules: the name of the group that matches is ``rule`` and the rule's index.

    All are tried at the beginnings of words only, which makes it fast.
    """
    each = "|".join(f"(?P<rule{index}>{rule.pattern})" for index, rule in enumerate(rules))
    return re.compile(rf"(?<![^\W_])(?=[^\W\d_])(?:{each})", re.IGNORECASE)


def _lines(value: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in value.splitlines() if line.strip())


def allowed_in(text: str) -> dict[int, set[str]]:
    """For each line with exceptions, the names of the rules."""
    return {
        number: {name.strip() for name in found[1].split(",")}
        for number, line in enumerate(text.splitlines(), 1)
        if (found := ALLOW.search(line))
    }


def sentences(text: str) -> Iterator[tuple[int, str]]:
    """The sentences of a paragraph, each with the number of line breaks before it."""
    begin = 0
    for end in re.finditer(r"[.!?][\"”)]?(?=\s+[^\Wa-z_]|\s+[◦\"“(]|\s*$)", text):
        sentence = text[begin : end.end()]
        lead = len(sentence) - len(sentence.lstrip())
        yield text[: begin + lead].count("\n"), sentence.strip()
        begin = end.end()
    if text[begin:].strip():
        rest = text[begin:]
        yield text[: begin + len(rest) - len(rest.lstrip())].count("\n"), rest.strip()
