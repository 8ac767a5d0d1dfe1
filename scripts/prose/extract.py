"""Finds the English in a file: paragraphs of Markdown, docstrings, strings and comments of Python, texts of templates.

Code, addresses and markup are replaced by a placeholder, so that rules about words see sentences only.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CODE = "◦"
"""Stands for inline code, an address or another thing that is not English."""

MARKDOWN, CELL, COMMENT = "markdown", "cell", "comment"
DOCSTRING, STRING, TEMPLATE = "docstring", "string", "template"

_FENCE = re.compile(r"^\s*(?:[-*] |\d+\. )?\s*(`{3,}|~{3,})\s*(\{?[\w-]*\}?)")
_PROSE_FENCES = ("{glossary}", "{note}", "{tip}", "{warning}", "{important}", "{admonition}", "{seealso}")
_BOUNDARY = re.compile(r"^\s*(?:[-*+] |\d+\. |#{1,6} |: |>|:::|\|)")
_COMMENT_IN_CODE = re.compile(r"(?:^|\s)#\s+(.*)")
_OFF, _ON = re.compile(r"<!--\s*prose:\s*off\s*-->"), re.compile(r"<!--\s*prose:\s*on\s*-->")


@dataclass(frozen=True)
class Piece:
    """A paragraph, table cell, docstring, string or comment. Each line of `text` is a line of the file from `line` on.

    `last` is the last line of the file to which it belongs: a string that is put together from several literals has
    more lines in the file than in `text`.
    """

    line: int
    text: str
    kind: str
    last: int = 0


def pieces_of(path: Path, text: str) -> Iterator[Piece]:
    """The English in a file, by its suffix."""
    if path.suffix == ".py":
        yield from _python(text)
    elif path.suffix == ".html":
        yield from _template(text)
    elif path.suffix == ".yaml":
        yield from _yaml(text)
    else:
        yield from _markdown(text)


def without_markup(line: str) -> str:
    """A line without inline code, link targets, addresses and emphasis."""
    line = re.sub(r"(`+)(?:(?!\1).)+\1", CODE, line)
    line = re.sub(r"<!--.*?-->", "", line)
    line = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", line)
    line = re.sub(r"\{[\w:-]+\}" + CODE, CODE, line)
    line = re.sub(r"<?https?://\S+>?", CODE, line)
    return re.sub(r"\*\*?|(?<!\w)_(?=\w)|(?<=\w)_(?!\w)", "", line)


def _markdown(text: str) -> Iterator[Piece]:
    paragraph: list[str] = []
    begin, fence, off = 0, "", False
    language = ""

    def ended() -> Iterator[Piece]:
        if any(line.strip() for line in paragraph):
            yield Piece(begin, _inline("\n".join(paragraph)), MARKDOWN)
        paragraph.clear()

    for number, line in enumerate(text.splitlines(), 1):
        off = (off or bool(_OFF.search(line))) and not _ON.search(line)
        opened = _FENCE.match(line)
        if fence:
            if opened and opened[1].startswith(fence) and not opened[2]:
                fence = ""
            elif language in {"python", "yaml", "bash", "ini"} and not off and (found := _COMMENT_IN_CODE.search(line)):
                yield Piece(number, without_markup(found[1]), COMMENT)
            continue
        if opened and opened[2] not in _PROSE_FENCES:
            yield from ended()
            fence, language = opened[1], opened[2]
            continue
        if opened or off or not line.strip() or line.lstrip().startswith((":::", "<!--", ":name:", ":class:")):
            yield from ended()
            continue
        if line.lstrip().startswith("|"):
            yield from ended()
            for cell in re.split(r"(?<!\\)\|", without_markup(line).strip().strip("|")):
                if re.search(r"\w", cell):
                    yield Piece(number, " ".join(cell.split()), CELL)
            continue
        if _BOUNDARY.match(line):
            yield from ended()
        if not paragraph:
            begin = number
        heading = line.startswith("#")
        paragraph.append(re.sub(r"^\s*(?:[-*+] |\d+\. |#{1,6} |: |> ?)*", "", line))
        if heading:
            yield from ended()
    yield from ended()


def _inline(paragraph: str) -> str:
    """A paragraph without markup; what spans lines keeps its line breaks."""
    keep = "\n"
    paragraph = re.sub(r"(`+)(?:(?!\1).)+?\1", lambda m: CODE + keep * m[0].count("\n"), paragraph, flags=re.DOTALL)
    paragraph = re.sub(r"\]\([^)]*\)", lambda m: "]" + keep * m[0].count("\n"), paragraph)
    paragraph = re.sub(r"!?\[([^\]]*)\]", r"\1", paragraph)
    return "\n".join(" ".join(without_markup(line).split()) for line in paragraph.split("\n"))


def _python(text: str) -> Iterator[Piece]:
    text = re.sub(r"<< ?[\w.]+ ?>>", "x", text)  # templates of plug-ins
    text = re.sub(r"(?m)^ *<%.*%>$", "", text)
    docstrings, parts = set[ast.AST](), set[ast.AST]()
    spans: list[tuple[tuple[int, int], tuple[int, int]]] = []
    try:
        tree = ast.parse(text)
    except SyntaxError:  # a part of a file, as templates are
        yield from _markdown(text)
        return
    for node in ast.walk(tree):  # parents before their children
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            docstrings.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            parts.update(part for part in node.values if isinstance(part, ast.Constant))
            whole = "".join(str(part.value) if isinstance(part, ast.Constant) else CODE for part in node.values)
            yield from _string(node, whole, STRING)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in parts:
            yield from _string(node, node.value, DOCSTRING if node in docstrings else STRING)
        else:
            continue
        if isinstance(node, ast.Constant | ast.JoinedStr):
            spans.append(((node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)))
    yield from _comments(text, spans)


def _string(node: ast.expr, value: str, kind: str) -> Iterator[Piece]:
    """A string of three words or more. Paragraphs of a docstring are separate pieces."""
    if len(re.findall(r"[^\W\d_]{2,}", value)) < 3 or "CREATE TABLE" in value:
        return
    line, last = node.lineno, node.end_lineno or node.lineno
    if kind != DOCSTRING:
        yield Piece(line, " ".join(without_markup(value).split()), kind, last)
        return
    for paragraph in re.split(r"(\n[ \t]*\n)", value):
        if paragraph.strip():
            yield Piece(line, _inline(paragraph), kind, line + paragraph.count("\n"))
        line += paragraph.count("\n")


def _comments(text: str, strings: list[tuple[tuple[int, int], tuple[int, int]]]) -> Iterator[Piece]:
    """Comments; those of neighbouring lines are one piece. `strings` are the places of all strings."""
    lines: list[str] = []
    begin = 0
    for number, line in enumerate(text.splitlines(), 1):
        if "#" not in line:
            continue
        found = re.search(r"(?:^|\s)#[\s!:]", line)
        if not found:
            continue
        at = len(line[: found.end() - 1].encode())
        if any(first <= (number, at) < last for first, last in strings if first[0] <= number <= last[0]):
            continue
        if lines and not (number == begin + len(lines) and not line[: found.start()].strip()):
            yield Piece(begin, _inline("\n".join(lines)), COMMENT)
            lines = []
        if not lines:
            begin = number
        lines.append(line[found.end() :])
    if lines:
        yield Piece(begin, _inline("\n".join(lines)), COMMENT)


def _template(text: str) -> Iterator[Piece]:
    """Texts between tags, and the comments of the template's author."""
    blank = re.sub(
        r"<(script|style)\b.*?</\1>|<[^<>]*>|\{%.*?%\}",
        lambda m: " ◦ " + "\n" * m[0].count("\n"),
        text,
        flags=re.DOTALL,
    )
    for number, line in enumerate(blank.splitlines(), 1):
        if re.search(r"[^\W\d_]{2,}\s+[^\W\d_]{2,}", line):
            yield Piece(number, " ".join(line.split()), TEMPLATE)


def _yaml(text: str) -> Iterator[Piece]:
    """The values of a YAML file, each with its lines that continue it."""
    lines: list[str] = []
    begin = 1
    for number, line in enumerate([*text.splitlines(), "end: "], 1):
        key = re.match(r"\s*(?:- )?[\w$-]+:(?:\s|$)|\s*- ", line)
        if key:
            if any(lines):
                yield Piece(begin, _inline("\n".join(lines)), STRING)
            begin, lines = number, []
        lines.append(line[key.end() :] if key else line)
