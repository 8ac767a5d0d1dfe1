"""A provider of the usual kind is a declaration: at most 60 lines of code.

Lines of code are all lines of the module but those of docstrings, of help texts, of comments and of imports, and blank
lines. The `Local…` class and the provider's start-up checks count.
"""

from __future__ import annotations

import ast
import io
import tokenize
from pathlib import Path

import pytest

PROVIDERS = Path(__file__).resolve().parents[1] / "oauthenticator_suite" / "providers"
MOST_LINES = 60
OF_THE_USUAL_KIND = ["bitbucket", "cognito", "forgejo", "keycloak", "okta", "openshift", "orcid"]

_LAYOUT = {
    *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER),
}


def is_left_out(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    return isinstance(node, (ast.Import, ast.ImportFrom)) or (isinstance(node, ast.keyword) and node.arg == "help")


def lines_of(node: ast.AST) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def lines_of_code(source: str) -> list[int]:
    """The numbers of the lines that count."""
    tokens = [token for token in tokenize.generate_tokens(io.StringIO(source).readline) if token.type not in _LAYOUT]
    found = {line for token in tokens for line in range(token.start[0], token.end[0] + 1)}
    left_out = {line for node in ast.walk(ast.parse(source)) if is_left_out(node) for line in lines_of(node)}
    return sorted(found - left_out)


SAMPLE = '''"""A module's docstring,
of two lines."""

from a import (
    b,
)

LIMIT = 1
"""What it is."""


# a comment
class C(b):
    """A class."""

    option = b(
        config=True,
        help="""
        Its help.
        """,
    )

    def f(self):  # the end of a line
        return """text
        that counts"""
'''


def test_which_lines_count() -> None:
    lines = SAMPLE.splitlines()
    assert [lines[number - 1].strip() for number in lines_of_code(SAMPLE)] == [
        *("LIMIT = 1", "class C(b):", "option = b(", "config=True,", ")"),
        *("def f(self):  # the end of a line", 'return """text', 'that counts"""'),
    ]


@pytest.mark.parametrize("name", OF_THE_USUAL_KIND)
def test_a_provider_is_short(name: str) -> None:
    count = len(lines_of_code((PROVIDERS / f"{name}.py").read_text(encoding="utf-8")))
    assert count <= MOST_LINES, f"providers/{name}.py has {count} lines of code: move what others need into the base"
