"""The prose lint: plain English in docs, docstrings, help texts, log lines, error messages and comments.

``python scripts/prose [PATH ...]``; without paths, it reads all files of the repository that people read.

It looks for the phrases of ``words.ini``, for sentences that are too long on pages of the documentation, and for what
proselint finds. Each finding is a line ``file:line: rule: what to write instead``; the exit status is 1 when there is
one. ``--count`` prints only the number of findings for each rule.
"""

from __future__ import annotations

import argparse
import re
import sys
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from extract import CODE, MARKDOWN, Piece, pieces_of
from rules import allowed_in, finder_of, rules_of, sentences

REPOSITORY = Path(__file__).resolve().parents[2]

READ = (
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "RELEASE.md", "CODE_OF_CONDUCT.md", "setup.py"),
    *("docs", "oauthenticator_suite", "examples", "scripts", "benchmarks", "cookiecutter-authenticator"),
)
"""What is read when no path is given."""

SKIPPED = ("_build", "_generated", "node_modules", "__pycache__")

END = " ∎ "
"""Between two pieces."""

LONGEST = 30
"""Words of the longest sentence on the pages that people read from top to bottom: `LONG_READS`."""

LONG_READS = (
    *("docs/how-to/", "docs/explanation/", "docs/migrating/", "docs/reference/", "docs/tutorials/"),
    *("CONTRIBUTING.md", "SECURITY.md"),
)
"""Not the README, which introduces the package in three sentences, and not the index, a list of links."""

RULES = rules_of()
FINDER = finder_of(RULES)

PROSELINT = {
    **dict.fromkeys(("cliches", "hedging", "malapropisms", "mixed_metaphors", "mondegreens"), True),
    **dict.fromkeys(("needless_variants", "nonwords", "oxymorons", "redundancy", "skunked_terms", "spelling"), True),
    "lexical_illusions": False,  # finds headings that the first sentence repeats
    "typography": False,  # straight quotation marks are right in text about configuration
    "restricted": False,
}
"""The checks of proselint, for pages only. Left out: those of dates, terms and style of essays, and the slow ones."""


@dataclass
class Report:
    """What was found in the files that were read."""

    words: int = 0
    found: list[tuple[str, int, str, str]] = field(default_factory=list)

    def add(self, name: str, line: int, rule: str, message: str) -> None:
        self.found.append((name, line, rule, message))

    def lines(self) -> list[str]:
        return [f"{name}:{line}: {rule}: {message}" for name, line, rule, message in sorted(set(self.found))]

    def summary(self) -> str:
        count = len(set(self.found))
        return f"{count} places in {self.words} words ({1000 * count / max(self.words, 1):.2f} in 1,000)"


def files_of(paths: Sequence[Path]) -> Iterator[Path]:
    """Markdown, Python, templates and YAML (schemas of events, configurations) in these paths."""
    for path in paths:
        if path.is_dir():
            for suffix in ("md", "py", "html", "yaml"):
                for file in sorted(path.rglob(f"*.{suffix}")):
                    if not set(file.relative_to(path).parts) & set(SKIPPED):
                        yield file
        elif path.exists():
            yield path


def place(piece: Piece, start: int, hit: str, source: Sequence[str]) -> int:
    """The line of a hit. In a string of several literals, it is the first line that has the words of the hit."""
    line = piece.line + piece.text[:start].count("\n")
    if piece.last > piece.line:
        first = hit.split(CODE)[0].strip()
        for number in range(line, piece.last + 1):
            if first and first in source[number - 1]:
                return number
    return line


def check(name: str, text: str, pieces: Sequence[Piece], report: Report) -> None:
    """The phrases and long sentences of one file. An exception that allows nothing is a finding as well."""
    allowed, used, source = allowed_in(text), set[tuple[int, str]](), text.splitlines()

    def add(line: int, rule: str, message: str) -> None:
        for at in (line, line - 1):
            if rule in allowed.get(at, ()):
                used.add((at, rule))
                return
        report.add(name, line, rule, message)

    report.words += sum(len(piece.text.split()) for piece in pieces)
    begins = list(accumulate((len(piece.text) + len(END) for piece in pieces), initial=len(END)))
    whole = END + END.join(piece.text for piece in pieces).replace("\n", " ")
    for hit in FINDER.finditer(whole):
        rule = RULES[int(str(hit.lastgroup).removeprefix("rule"))]
        index = bisect_right(begins, hit.start()) - 1
        line = place(pieces[index], hit.start() - begins[index], hit[0], source)
        add(line, rule.name, f"{hit[0]!r}: {rule.instead}")
    for piece in pieces:
        if name.startswith(LONG_READS) and piece.kind == MARKDOWN:
            for breaks, sentence in sentences(piece.text):
                words = sum(bool(re.search(r"[◦\w]", word)) for word in sentence.split())
                if words > LONGEST and sentence.count(CODE) < words / 2:
                    shown = " ".join(sentence.split())[:60]
                    add(piece.line + breaks, "long-sentence", f"{words} words, at most {LONGEST}: {shown!r} …")
    if name.endswith(".md"):
        for finding, line, message in proselint(name, pieces):
            add(line, finding, message)
    for line, names in allowed.items():
        for rule_name in sorted(names - {rule for at, rule in used if at == line}):
            report.add(name, line, "unused-exception", f"nothing here needs `prose: allow {rule_name}`")


def proselint(name: str, pieces: Sequence[Piece]) -> Iterator[tuple[str, int, str]]:
    """What proselint finds: name of its check, line, message."""
    from proselint.checks import __register__
    from proselint.config import DEFAULT
    from proselint.registry import CheckRegistry
    from proselint.tools import LintFile

    if not pieces:
        return
    if not CheckRegistry().checks:
        CheckRegistry().register_many(__register__)
    config = {**DEFAULT, "checks": {**dict.fromkeys(DEFAULT["checks"], False), **PROSELINT}}
    lines = [(piece, offset, line) for piece in pieces for offset, line in enumerate([*piece.text.split("\n"), ""])]
    content = "\n".join(line for _, _, line in lines)
    for result in LintFile(name, content).lint(config):
        piece, offset, _ = lines[result.pos[0] - 1]
        yield result.check_result.check_path, piece.line + offset, result.check_result.message


def report_of(file: Path, root: Path) -> Report:
    """What is found in one file. Its name counts from `root`."""
    report, text = Report(), file.read_text(encoding="utf-8")
    name = str(file.relative_to(root)) if file.is_relative_to(root) else str(file)
    check(name, text, list(pieces_of(file, text)), report)
    return report


def main(arguments: Sequence[str]) -> int:
    """Check the files, print the findings, and return the exit status."""
    parser = argparse.ArgumentParser(prog="scripts/prose", description="Checks for plain English.")
    parser.add_argument("paths", nargs="*", type=Path, help="files and folders; all that people read by default")
    parser.add_argument("--count", action="store_true", help="print numbers only")
    parser.add_argument("--root", type=Path, default=REPOSITORY, help="the folder from which names count")
    given = parser.parse_args(arguments)
    root, report = given.root.resolve(), Report()
    files = list(files_of([path.resolve() for path in given.paths] or [root / name for name in READ]))
    with ProcessPoolExecutor() as pool:
        for part in pool.map(partial(report_of, root=root), files, chunksize=1 + len(files) // 40):
            report.words += part.words
            report.found += part.found
    if given.count:
        for rule, count in Counter(rule for _, _, rule, _ in set(report.found)).most_common():
            print(f"{count:5d} {rule}")
    elif report.found:
        print("\n".join(report.lines()))
    print(report.summary())
    return 1 if report.found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
