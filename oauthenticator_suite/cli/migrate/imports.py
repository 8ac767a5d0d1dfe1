"""Imports of oauthenticator in a Python configuration, and the uses of what they import."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ... import registry
from .code_reader import CodeReader
from .facts import EXTEND, IN_EXTEND, WITHOUT_COUNTERPART
from .names import OLD_PACKAGE, OTHER_MULTI, Target, target_of_import
from .references import dotted, full_name
from .remarks import CHANGE, GONE, LOOK
from .text import Edit

OLD_PACKAGES = (OLD_PACKAGE, *OTHER_MULTI)
"""The packages whose imports are changed."""


def _is_old(path: str) -> bool:
    return path.partition(".")[0] in OLD_PACKAGES


class Imports:
    """The imports of one file.

    Attributes
    ----------
    names:
        The import path of each imported name.
    """

    def __init__(self, reader: CodeReader) -> None:
        self.reader = reader
        self.names: dict[str, str] = {}
        self._modules: list[tuple[cst.Import, cst.ImportAlias, str]] = []
        self._uses: list[tuple[cst.Attribute, str]] = []
        self._from_modules: list[tuple[cst.ImportFrom, cst.ImportAlias, str]] = []
        self._parts: set[int] = set()

    def plain(self, node: cst.Import) -> None:
        """Note ``import …``."""
        for alias in node.names:
            path = dotted(alias.name) or ""
            for part in _attributes(alias.name):
                self._parts.add(id(part))
            local = dotted(alias.asname.name) if alias.asname else None
            self.names[local or path.partition(".")[0]] = path if local else path.partition(".")[0]
            if _is_old(path):
                self._modules.append((node, alias, path))

    def from_module(self, node: cst.ImportFrom) -> None:
        """Note ``from … import …``, and say what to import instead."""
        module = dotted(node.module) if node.module and not node.relative else None
        if module is None:
            return
        if isinstance(node.names, cst.ImportStar):
            if _is_old(module):
                text = "imports every name: import the classes that you use from oauthenticator_suite"
                self._say(node, LOOK, f"from {module} import *", text)
            return
        for alias in node.names:
            name = dotted(alias.name) or ""
            local = dotted(alias.asname.name) if alias.asname else name
            self.names[local or name] = f"{module}.{name}"
        if _is_old(module):
            self._old_from(node, module, node.names)

    def _old_from(self, node: cst.ImportFrom, module: str, aliases: Sequence[cst.ImportAlias]) -> None:
        by_module: dict[str, list[cst.ImportAlias]] = {}
        for alias in aliases:
            path = f"{module}.{dotted(alias.name)}"
            new = module
            if target_of_import(path):
                new = registry.PACKAGE
            elif path.rpartition(".")[2] in IN_EXTEND:
                new = EXTEND
            elif module in OLD_PACKAGES and path.rpartition(".")[2].islower():
                self._from_modules.append((node, alias, path))
            else:
                self._unknown(node, path)
            by_module.setdefault(new, []).append(alias)
        for number, new in enumerate(each for each in by_module if each != module):
            names = ", ".join(self.reader.code(alias.name) for alias in by_module[new])
            edits = [] if number else self._from_edits(node, module, by_module)
            text = f"import it from {new}, which has a class of the same name"
            self._say(node, CHANGE, f"from {module} import {names}", text, edits, by_hand=False)

    def _from_edits(self, node: cst.ImportFrom, module: str, by_module: dict[str, list[cst.ImportAlias]]) -> list[Edit]:
        """The edits that import the names from the modules that they are in now."""
        reader = self.reader
        first, *others = sorted(by_module, key=lambda name: (name == module, name))
        own = [] if node.module is None else [reader.replace(node.module, first)]
        if not others:
            return own

        def line(name: str) -> str:
            plain = [alias.with_changes(comma=cst.MaybeSentinel.DEFAULT) for alias in by_module[name]]
            return f"from {name} import {', '.join(map(reader.code, plain))}"

        indent = f"\n{' ' * reader.range(node).start.column}"
        if node.lpar is None:  # on one line, without comments
            return [reader.replace(node, indent.join(map(line, (first, *others))))]
        above = "".join(f"{line(name)}{indent}" for name in others)
        removed = [self._removed(alias) for name in others for alias in by_module[name]]
        return [self._above(node, above), *own, *removed]

    def _removed(self, alias: cst.ImportAlias) -> Edit:
        """The edit that removes a name from an import in parentheses, with its comma. Comments stay."""
        reader = self.reader
        last = alias.asname.name if alias.asname else alias.name
        start, end = reader.range(alias.name).start, reader.range(last).end
        line = reader.text.source.splitlines()[end.line - 1]
        after = len(line[end.column :]) - len(line[end.column :].lstrip(" \t"))
        comma = end.column + after + 1 if line[end.column + after :].startswith(",") else end.column
        return reader.text.edit((start.line, start.column), (end.line, comma), "")

    def _unknown(self, node: cst.CSTNode, path: str) -> None:
        name = path.rpartition(".")[2]
        if name in IN_EXTEND:
            self._say(node, CHANGE, path, f"import it from {EXTEND}, which has a class of the same name")
            return
        self._say(node, GONE, path, WITHOUT_COUNTERPART.get(name, "this package has nothing of this name"))

    def used(self, node: cst.Attribute) -> None:
        """Note the use of a dotted name that may lead into an old package."""
        if id(node) in self._parts:
            return
        path = full_name(node, self.names)
        if path and _is_old(path):
            for part in _attributes(node):
                self._parts.add(id(part))
            self._uses.append((node, path))

    def finish(self) -> None:
        """Say what becomes of ``import oauthenticator`` and of the uses of it."""
        uses = [self._class_in(node, path) for node, path in self._uses]
        kept = {_first(node) for node, _, target in uses if target is None}
        changed: set[str] = set()
        for node, path, target in uses:
            if target is None:
                self._unknown(node, path)
            elif target.new is not None:
                first = _first(node)
                changed.add(first)
                package = registry.PACKAGE if self._is_plain(first) or first in kept else first
                name = f"{package}.{target.cls}"
                edits = [self.reader.replace(node, name)] if self.reader.code(node) != name else []
                self._say(node, CHANGE, path, f"use {target.new}", edits, by_hand=False)
        statements: list[tuple[cst.Import | cst.ImportFrom, cst.ImportAlias, str]] = [
            *self._modules,
            *self._from_modules,
        ]
        for statement, alias, path in statements:
            local = dotted(alias.asname.name) if alias.asname else None
            bound = local or path.rpartition(".")[2] if isinstance(statement, cst.ImportFrom) else local
            bound = bound or path.partition(".")[0]
            if bound in kept:
                self._keep_module(statement, path, is_used=bound in changed)
            else:
                self._change_module(statement, alias, path, bound)

    def _class_in(self, node: cst.CSTNode, path: str) -> tuple[cst.CSTNode, str, Target | None]:
        """The part of a dotted name that is a class of oauthenticator: of ``module.Class.attribute``, the first two."""
        part, name = node, path
        while target_of_import(name) is None and isinstance(part, cst.Attribute):
            part, name = part.value, name.rpartition(".")[0]
        target = target_of_import(name)
        return (node, path, None) if target is None else (part, name, target)

    def _is_plain(self, local: str) -> bool:
        """Whether a name is that of the package itself, and not another name for one of its modules."""
        return self.names.get(local) == local

    def _keep_module(self, statement: cst.CSTNode, path: str, *, is_used: bool) -> None:
        """Something of the module has no counterpart, so that the import stays."""
        self._say(statement, LOOK, path, "something of it is still used: replace what remains, and remove the import")
        if is_used:
            indent = " " * self.reader.range(statement).start.column
            code = f"import {registry.PACKAGE}"
            self._say(statement, CHANGE, path, f"also {code}", [self._above(statement, f"{code}\n{indent}")])

    def _change_module(
        self, statement: cst.Import | cst.ImportFrom, alias: cst.ImportAlias, path: str, local: str
    ) -> None:
        reader = self.reader
        new = f"import {registry.PACKAGE}" + ("" if self._is_plain(local) else f" as {local}")
        if isinstance(statement, cst.Import):
            name = reader.replace(alias.name, registry.PACKAGE)
            self._say(statement, CHANGE, f"import {path}", new, [name])
        elif not isinstance(statement.names, cst.ImportStar) and len(statement.names) == 1:
            self._say(statement, CHANGE, f"import of {path}", new, [reader.replace(statement, new)])
        else:
            self._say(statement, CHANGE, f"import of {path}", f"{new} in its place")

    def _above(self, node: cst.CSTNode, code: str) -> Edit:
        start = self.reader.range(node).start
        return self.reader.text.edit((start.line, start.column), (start.line, start.column), code)

    def _say(self, node: cst.CSTNode, *arguments: object, by_hand: bool | None = None) -> None:
        self.reader.reading.say(self.reader.line(node), *arguments, by_hand=by_hand)


def _attributes(node: cst.CSTNode) -> list[cst.Attribute]:
    """The attribute expressions in a dotted name."""
    found = []
    while isinstance(node, cst.Attribute):
        found.append(node)
        node = node.value
    return found


def _first(node: cst.CSTNode) -> str:
    return (dotted(node) or "").partition(".")[0]
