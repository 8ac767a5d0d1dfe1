"""Names of authenticators in a Python configuration, and variables of the environment that it reads or sets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import libcst as cst

from .code_reader import CodeReader
from .facts import ENVIRONMENT, READ_HERE
from .names import target_of_import, target_of_name
from .reading import Mention
from .references import dotted, full_name, string_of
from .remarks import LOOK, STAYS

_PARTS_OF_NAMES = ("startswith", "endswith")


class Mentions:
    """The names of authenticators in one file."""

    def __init__(self, reader: CodeReader) -> None:
        self.reader = reader
        self._seen: set[int] = set()
        self._variables: set[str] = set()

    def active(self, value: cst.BaseExpression) -> None:
        """Note the value of ``c.JupyterHub.authenticator_class``."""
        self._note(value, "active")

    def child(self, value: cst.BaseExpression) -> None:
        """Note the class of an entry of `MultiAuthenticator`."""
        self._note(value, "child")

    def _note(self, value: cst.BaseExpression, role: Literal["active", "child"]) -> None:
        for node in self._values(value):
            if id(node) in self._seen:
                continue
            self._seen.add(id(node))
            text = string_of(node)
            path = self.reader.class_path(node)
            if text is not None:
                self._add(node, role, text)
            elif path is not None:
                self._class(node, role, path)
            elif _reads_environment(node, self.reader):
                name = _variable_of(node) or "a variable of the environment"
                say = f"its value is the name of an authenticator: set {name} to its name in this package, too"
                self.reader.reading.say(self.reader.line(node), LOOK, name, say)
                self._unreadable(node, role)
            else:
                subject = "c.JupyterHub.authenticator_class" if role == "active" else "authenticator_class"
                say = "the value is computed: not readable, look at it"
                self.reader.reading.say(self.reader.line(node), LOOK, subject, say)
                self._unreadable(node, role)

    def _class(self, node: cst.BaseExpression, role: Literal["active", "child"], path: str) -> None:
        self.reader.reading.mentions.append(Mention(role, path, self.reader.line(node), is_text=False))

    def _unreadable(self, node: cst.BaseExpression, role: Literal["active", "child"]) -> None:
        self.reader.reading.mentions.append(Mention(role, None, self.reader.line(node)))

    def _add(self, node: cst.CSTNode, role: Literal["active", "compared", "child"], name: str) -> None:
        def replace(new: str):  # type: ignore[no-untyped-def]
            return self.reader.replace_name(node, new)

        self.reader.reading.mentions.append(Mention(role, name, self.reader.line(node), replace=replace))

    def _values(self, node: cst.BaseExpression, depth: int = 0) -> Iterator[cst.BaseExpression]:
        """The expressions that an expression may have as its value, through conditions and variables."""
        if isinstance(node, cst.IfExp):
            yield from self._values(node.body, depth)
            yield from self._values(node.orelse, depth)
        elif isinstance(node, cst.BooleanOperation):
            yield from self._values(node.left, depth)
            yield from self._values(node.right, depth)
        elif isinstance(node, cst.Subscript) and isinstance(node.value, cst.Dict):
            for element in node.value.elements:
                if isinstance(element, cst.DictElement):
                    yield from self._values(element.value, depth)
        elif isinstance(node, cst.Name) and node.value in self.reader.assigned and depth < 5:
            self._variables.add(node.value)
            for value in self.reader.assigned[node.value]:
                if not (isinstance(value, cst.Name) and value.value == "_"):
                    yield from self._values(value, depth + 1)
        elif isinstance(node, cst.Call) and len(node.args) == 2 and _reads_environment(node, self.reader):
            yield from self._values(node.args[1].value, depth)
            yield node
        else:
            yield node

    # --- comparisons -------------------------------------------------------------------------------------------------

    def comparison(self, node: cst.Comparison) -> None:
        """Note the names that the active authenticator's name is compared with."""
        sides = [node.left, *(target.comparator for target in node.comparisons)]
        if not any(map(self._is_about_the_class, sides)):
            return
        for side in sides:
            for name in _strings(side):
                text = string_of(name)
                if text is not None and id(name) not in self._seen and target_of_name(text):
                    self._seen.add(id(name))
                    self._add(name, "compared", text)

    def _is_about_the_class(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.Name):
            values = self.reader.assigned.get(node.value, [])
            return node.value in self._variables or any(_names_option(value, self.reader) for value in values)
        return _names_option(node, self.reader)

    def call(self, node: cst.Call) -> None:
        """Note ``isinstance``, parts of names, and reads of the environment."""
        name = dotted(node.func) or ""
        if name in ("isinstance", "issubclass") and len(node.args) == 2:
            self._isinstance(node)
        elif isinstance(node.func, cst.Attribute) and node.func.attr.value in _PARTS_OF_NAMES:
            if self._is_about_the_class(node.func.value):
                text = "compares a part of the name of the authenticator: names of this package begin with suite-"
                self.reader.reading.say(self.reader.line(node), LOOK, "authenticator_class", text)
        elif _reads_environment(node, self.reader) and node.args:
            self._environment(node.args[0].value)

    def _isinstance(self, node: cst.Call) -> None:
        second = node.args[1].value
        elements = second.elements if isinstance(second, (cst.Tuple, cst.List)) else None
        for each in [element.value for element in elements] if elements is not None else [second]:
            path = full_name(each, self.reader.imports.names)
            target = target_of_import(path) if path else None
            if target and target.is_ours:
                text = "the check is False for a class of this package, unless the class comes from this package"
                verdict = STAYS if target.new is None else "stricter"
                done = "the class comes from this package" if target.new is None else text
                self.reader.reading.say(self.reader.line(each), verdict, f"isinstance(…, {target.cls})", done)

    def subscript(self, node: cst.Subscript) -> None:
        """Note ``os.environ["…"]``."""
        if full_name(node.value, self.reader.imports.names) == "os.environ" and len(node.slice) == 1:
            index = node.slice[0].slice
            if isinstance(index, cst.Index):
                self._environment(index.value)

    def _environment(self, node: cst.CSTNode) -> None:
        name = string_of(node)
        if name in ENVIRONMENT:
            self.reader.reading.say(self.reader.line(node), STAYS, name, READ_HERE)


def _names_option(node: cst.CSTNode, reader: CodeReader) -> bool:
    return "authenticator_class" in reader.code(node)


def _strings(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The strings in an expression such as ``"github"`` or ``("github", "gitlab")``."""
    if isinstance(node, (cst.Tuple, cst.List, cst.Set)):
        for element in node.elements:
            yield from _strings(element.value)
    elif isinstance(node, cst.Dict):
        for pair in node.elements:
            if isinstance(pair, cst.DictElement):
                yield from _strings(pair.key)
    else:
        yield node


def _reads_environment(node: cst.CSTNode, reader: CodeReader) -> bool:
    if isinstance(node, cst.Call):
        return full_name(node.func, reader.imports.names) in ("os.environ.get", "os.getenv", "os.environ.setdefault")
    return isinstance(node, cst.Subscript) and full_name(node.value, reader.imports.names) == "os.environ"


def _variable_of(node: cst.CSTNode) -> str | None:
    if isinstance(node, cst.Call):
        return string_of(node.args[0].value) if node.args else None
    if isinstance(node, cst.Subscript) and isinstance(node.slice[0].slice, cst.Index):
        return string_of(node.slice[0].slice.value)
    return None
