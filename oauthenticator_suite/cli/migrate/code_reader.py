"""What the parts of the Python reader need of it: the code, and the places of nodes in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import libcst as cst
from libcst.metadata import CodeRange

from .reading import Reading
from .text import Edit, Text


class KnowsImports(Protocol):
    """The part of `imports.Imports` that other parts use."""

    names: dict[str, str]


class CodeReader(Protocol):
    """The part of `python_reader.PythonReader` that its parts use."""

    text: Text
    reading: Reading

    @property
    def imports(self) -> KnowsImports:
        """What the names of the configuration stand for."""

    @property
    def assigned(self) -> Mapping[str, list[cst.BaseExpression]]:
        """The values that are assigned to each name."""

    def range(self, node: cst.CSTNode) -> CodeRange:
        """The place of a node in the code."""

    def line(self, node: cst.CSTNode) -> int:
        """The line in the file where a node begins."""

    def code(self, node: cst.CSTNode) -> str:
        """The source of a node."""

    def class_path(self, node: cst.CSTNode) -> str | None:
        """The path of the class that an expression names; None when it names none."""

    def replace(self, node: cst.CSTNode, text: str) -> Edit:
        """The edit that puts a text in the place of a node."""

    def replace_name(self, node: cst.CSTNode, name: str) -> Edit:
        """The edit that gives another value to a name or to a string literal."""
