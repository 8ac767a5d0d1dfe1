"""Expressions of a Python configuration that stand for the configuration, one of its sections, or an option."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import libcst as cst


class Sections(NamedTuple):
    """One section, or those that a loop goes through."""

    names: tuple[str, ...]


class Option(NamedTuple):
    """An option of a section; `node` is its name: `cst.Name`, or a `cst.SimpleString` in brackets."""

    sections: tuple[str, ...]
    name: str
    node: cst.CSTNode


class Computed(NamedTuple):
    """An option or a section whose name is computed; `sections` is empty for a section."""

    sections: tuple[str, ...]


class Root(NamedTuple):
    """The configuration itself."""


Reference = Root | Sections | Option | Computed


@dataclass
class References:
    """The variables of a file that stand for the configuration (`roots`), or for sections (`aliases`)."""

    roots: set[str] = field(default_factory=lambda: {"c"})
    aliases: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def bind(self, name: str, value: cst.BaseExpression) -> bool:
        """Note an assignment to a variable. Returns whether the variable now stands for a part of the configuration."""
        found = self.of(value)
        self.aliases.pop(name, None)
        if isinstance(found, Root):
            self.roots.add(name)
        elif isinstance(found, Sections):
            self.aliases[name] = found.names
        elif name in self.roots:
            self.roots.discard(name)
            return False
        return isinstance(found, (Root, Sections))

    def bind_loop(self, name: str, values: cst.BaseExpression) -> bool:
        """Note a loop over sections, such as ``for section in (c.A, c.B)``. Returns whether it is one."""
        if not isinstance(values, (cst.Tuple, cst.List)) or not values.elements:
            return False
        found = [self.of(element.value) for element in values.elements]
        names = [name for each in found if isinstance(each, Sections) for name in each.names]
        if len(names) < len(found):
            return False
        self.aliases[name] = tuple(names)
        return True

    def of(self, node: cst.CSTNode) -> Reference | None:
        """What an expression stands for; None if it has nothing to do with the configuration."""
        if isinstance(node, cst.Name):
            if node.value in self.aliases:
                return Sections(self.aliases[node.value])
            return Root() if node.value in self.roots else None
        if isinstance(node, cst.Call):
            return self._of_call(node)
        if isinstance(node, cst.Attribute):
            return _member(self.of(node.value), node.attr.value, node.attr)
        if isinstance(node, cst.Subscript) and len(node.slice) == 1:
            index = node.slice[0].slice
            return self._named(self.of(node.value), index.value) if isinstance(index, cst.Index) else None
        return None

    def _of_call(self, node: cst.Call) -> Reference | None:
        if not isinstance(node.func, cst.Name):
            return None
        if node.func.value == "get_config" and not node.args:
            return Root()
        if node.func.value == "getattr" and len(node.args) in (2, 3):
            return self._named(self.of(node.args[0].value), node.args[1].value)
        return None

    def _named(self, owner: Reference | None, name: cst.BaseExpression) -> Reference | None:
        text = string_of(name)
        if text is not None:
            return _member(owner, text, name)
        if isinstance(owner, Root):
            return Computed(())
        return Computed(owner.names) if isinstance(owner, Sections) else None


def _member(owner: Reference | None, name: str, node: cst.CSTNode) -> Reference | None:
    is_section = name[:1].isupper()  # as traitlets decides
    if isinstance(owner, Root):
        return Sections((name,)) if is_section else None
    if isinstance(owner, Sections):
        return Sections((name,)) if is_section else Option(owner.names, name, node)
    return None


def string_of(node: cst.CSTNode) -> str | None:
    """The value of a string literal; None for another expression, also for one with a prefix or in several parts."""
    if isinstance(node, cst.SimpleString) and not node.prefix:
        value = node.evaluated_value
        return value if isinstance(value, str) else None
    return None


def dotted(node: cst.CSTNode) -> str | None:
    """``a.b.c`` for such an expression; None for another one."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr.value}" if before else None
    return None


def full_name(node: cst.CSTNode, imports: Mapping[str, str]) -> str | None:
    """The import path of an expression such as ``gh.GitHubOAuthenticator``, by the imports of the file."""
    name = dotted(node)
    if name is None:
        return None
    first, dot, rest = name.partition(".")
    return f"{imports.get(first, first)}{dot}{rest}"
