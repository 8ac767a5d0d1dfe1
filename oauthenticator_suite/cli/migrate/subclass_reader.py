"""Reads a class that a Python configuration defines: its bases, methods and attributes."""

from __future__ import annotations

from inspect import Parameter, Signature

import libcst as cst

from .code_reader import CodeReader
from .reading import Method, Subclass
from .references import dotted


def read_subclass(node: cst.ClassDef, reader: CodeReader) -> Subclass:
    """What a class definition says, without running it."""
    bases = tuple(reader.class_path(base.value) for base in node.bases)
    found = Subclass(node.name.value, reader.line(node), bases)
    for statement in node.body.body:
        if isinstance(statement, cst.FunctionDef):
            found.methods[statement.name.value] = _method(statement, reader)
        elif isinstance(statement, cst.SimpleStatementLine):
            for part in statement.body:
                for name in _assigned(part):
                    found.attributes[name] = reader.line(part)
    return found


def _assigned(node: cst.CSTNode) -> list[str]:
    if isinstance(node, cst.Assign):
        return [target.target.value for target in node.targets if isinstance(target.target, cst.Name)]
    if isinstance(node, cst.AnnAssign) and node.value is not None and isinstance(node.target, cst.Name):
        return [node.target.value]
    return []


def _method(node: cst.FunctionDef, reader: CodeReader) -> Method:
    decorators = {dotted(each.decorator) for each in node.decorators}
    signature = None if decorators else _signature(node.params)
    calls = _Calls()
    node.body.visit(calls)
    return Method(reader.line(node), signature, node.asynchronous is not None, frozenset(calls.found))


def _signature(parameters: cst.Parameters) -> Signature | None:
    """The signature of a bound method; None if its first parameter is not ``self``, or it is not a valid one."""
    found: list[Parameter] = []

    def add(each: cst.Param, kind: object) -> None:
        default = Parameter.empty if each.default is None else None
        found.append(Parameter(each.name.value, kind, default=default))  # type: ignore[arg-type]

    for each in parameters.posonly_params:
        add(each, Parameter.POSITIONAL_ONLY)
    for each in parameters.params:
        add(each, Parameter.POSITIONAL_OR_KEYWORD)
    if isinstance(parameters.star_arg, cst.Param):
        add(parameters.star_arg, Parameter.VAR_POSITIONAL)
    for each in parameters.kwonly_params:
        add(each, Parameter.KEYWORD_ONLY)
    if parameters.star_kwarg is not None:
        add(parameters.star_kwarg, Parameter.VAR_KEYWORD)
    if found and found[0].kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD):
        found = found[1:]
    try:
        return Signature(found)
    except ValueError:
        return None


class _Calls(cst.CSTVisitor):
    """The names of the methods that a method calls on ``self``."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def visit_Attribute(self, node: cst.Attribute) -> None:
        if isinstance(node.value, cst.Name) and node.value.value == "self":
            self.found.add(node.attr.value)
