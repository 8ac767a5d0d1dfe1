"""Reads a Python configuration by its syntax tree. The code is never run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, ParentNodeProvider, PositionProvider

from .imports import Imports
from .literals import UNREADABLE, literal
from .mentions import Mentions
from .reading import Reading, Setting
from .references import Computed, Option, References, Root, Sections, dotted, full_name, string_of
from .remarks import LOOK, STAYS
from .subclass_reader import read_subclass
from .text import Edit, Text

MUTATORS = ("append", "extend", "insert", "prepend", "add", "update")
"""Methods that change an option's value in place."""

_RUNS_MORE = {
    "load_subconfig": "loads another file: run the command for that file, too",
    "exec": "runs code that cannot be read",
    "eval": "runs code that cannot be read",
    "import_module": "imports a module by its name: look at what it sets",
}


class UnreadableConfiguration(Exception):
    """A file cannot be read, or is not Python or YAML."""


def read_python(text: Text, reading: Reading) -> None:
    """Add what the code sets, names and defines to `reading`.

    Raises
    ------
    UnreadableConfiguration
        When it is not valid Python.
    """
    try:
        wrapper = MetadataWrapper(cst.parse_module(text.source), unsafe_skip_copy=True)
    except cst.ParserSyntaxError as error:
        line = text.line(error.raw_line)
        raise UnreadableConfiguration(f"{reading.file}:{line} is not valid Python: {error.message}") from None
    reader = PythonReader(text, reading, wrapper)
    wrapper.module.visit(reader)
    reader.imports.finish()


class PythonReader(cst.CSTVisitor):
    def __init__(self, text: Text, reading: Reading, wrapper: MetadataWrapper) -> None:
        super().__init__()
        self.text = text
        self.reading = reading
        self.module = module = wrapper.module
        self._ranges = wrapper.resolve(PositionProvider)
        self._parents = wrapper.resolve(ParentNodeProvider)
        self.references = References()
        self.imports = Imports(self)
        self.constants: dict[str, Any] = {}
        self.assigned: dict[str, list[cst.BaseExpression]] = {}
        self.done: set[int] = set()
        for name, value in _assignments(module):
            self.assigned.setdefault(name, []).append(value)
        for name, values in self.assigned.items():
            if len(values) == 1 and (value := self.literal(values[0])) is not UNREADABLE:
                self.constants[name] = value
        self.mentions = Mentions(self)

    # --- tools -------------------------------------------------------------------------------------------------------

    def range(self, node: cst.CSTNode) -> CodeRange:
        """The place of a node in the code."""
        return self._ranges[node]

    def parent(self, node: cst.CSTNode) -> cst.CSTNode:
        """The node around a node."""
        return self._parents[node]

    def line(self, node: cst.CSTNode) -> int:
        """The line in the file where a node begins."""
        return self.text.line(self.range(node).start.line)

    def code(self, node: cst.CSTNode) -> str:
        """The source of a node."""
        return self.module.code_for_node(node)

    def literal(self, node: cst.CSTNode) -> Any:
        """The value of an expression, see `literals.literal`."""
        return literal(self.code(node), self.constants)

    def replace(self, node: cst.CSTNode, text: str) -> Edit:
        """The edit that puts a text in the place of a node."""
        place = self.range(node)
        return self.text.edit((place.start.line, place.start.column), (place.end.line, place.end.column), text)

    def replace_name(self, node: cst.CSTNode, name: str) -> Edit:
        """The edit that gives another value to a name or to a string literal, whose quotes stay."""
        if isinstance(node, cst.SimpleString):
            return self.replace(node, f"{node.prefix}{node.quote}{name}{node.quote}")
        return self.replace(node, name)

    def replace_value(self, node: cst.CSTNode, value: Any) -> Edit:
        """The edit that puts a value in the place of an expression, with its kind of quotes."""
        plain = isinstance(value, (str, list)) and '"' in self.code(node)
        return self.replace(node, json.dumps(value, ensure_ascii=False) if plain else repr(value))

    def comment_out(self, node: cst.CSTNode, why: str) -> tuple[Edit, ...]:
        """The edits that turn the statement of a node into a comment; none where it is not alone on its lines."""
        statement = self._statement(node)
        if statement is None or len(statement.body) != 1:
            return ()
        place, block = self.range(statement), self.parent(statement)
        if not isinstance(block, (cst.Module, cst.IndentedBlock)):
            return ()
        alone = isinstance(block, cst.IndentedBlock) and len(block.body) == 1
        placeholder = "pass" if alone else ""
        start, end = place.start, place.end
        return self.text.comment_out(start.line, end.line, start.column, why=why, placeholder=placeholder)

    def _add_option(self, node: cst.CSTNode, name: str, text: str) -> Edit | None:
        """The edit that sets another option of a section, after the statement that sets the option of a node."""
        statement = self._statement(node)
        if statement is None or not isinstance(node, cst.Attribute):
            return None
        code = f'{self.code(node.value)}.{name} = "{text}"'
        place = self.range(statement)
        line = self.text.source.splitlines()[place.end.line - 1]
        end = (place.end.line, len(line))
        return self.text.edit(end, end, f"\n{' ' * place.start.column}{code}")

    def _statement(self, node: cst.CSTNode) -> cst.SimpleStatementLine | None:
        while not isinstance(node, (cst.SimpleStatementLine, cst.Module)):
            node = self.parent(node)
        return node if isinstance(node, cst.SimpleStatementLine) else None

    # --- options -----------------------------------------------------------------------------------------------------

    def _set(self, option: Option, node: cst.CSTNode, how: Any, value: cst.BaseExpression | None) -> None:
        """Note that a statement with `node` sets, changes or reads an option."""
        self.done.add(id(node))
        many = len(option.sections) > 1
        for section in option.sections:
            self.reading.settings.append(
                Setting(
                    section,
                    option.name,
                    self.line(node),
                    how,
                    UNREADABLE if value is None else self.literal(value),
                    rename=None if many else lambda name: self.replace_name(option.node, name),
                    set_value=None if many or value is None else lambda new: self.replace_value(value, new),
                    comment_out=None if many else lambda why: self.comment_out(node, why),
                    add=lambda name, text: self._add_option(node, name, text),
                    node=(self, value),
                )
            )

    def _set_dict(self, sections: Sequence[str], value: cst.BaseExpression, line: int) -> None:
        """Note options given as a dict: ``c.GitHubOAuthenticator.update({…})``."""
        if not isinstance(value, cst.Dict):
            self._not_readable(sections, line, "is changed as a whole, by a value that cannot be read")
            return
        for element in value.elements:
            name = string_of(element.key) if isinstance(element, cst.DictElement) else None
            if name is None or not isinstance(element, cst.DictElement):
                self._not_readable(sections, self.line(element), "gets an option whose name is computed")
            elif name[:1].isupper() and isinstance(element.value, cst.Dict):
                self._set_dict((name,), element.value, self.line(element))
            else:
                self.set_in_dict(Option(tuple(sections), name, element.key), element)

    def set_in_dict(self, option: Option, element: cst.DictElement, label: str = "") -> None:
        """Note an option given as an item of a dict. `label`: see `reading.Setting`."""
        for section in option.sections:
            many = len(option.sections) > 1
            self.reading.settings.append(
                Setting(
                    section,
                    option.name,
                    self.line(element),
                    "set",
                    self.literal(element.value),
                    rename=None if many else lambda name: self.replace_name(option.node, name),
                    set_value=None if many else lambda new: self.replace_value(element.value, new),
                    node=(self, element.value),
                    label=label,
                )
            )

    def _not_readable(self, sections: Sequence[str], line: int, text: str) -> None:
        self.reading.unreadable_sections.update(sections or ("*",))
        subject = " and ".join(f"c.{section}" for section in sections) or "c"
        self.reading.say(line, LOOK, subject, f"{text}: not readable, look at it")

    def _assign(self, target: cst.CSTNode, how: Any, value: cst.BaseExpression) -> None:
        found = self.references.of(target)
        inner = self.references.of(target.value) if isinstance(target, cst.Subscript) else None
        if isinstance(inner, Option):  # c.A.b["key"] = …
            self._set(inner, target.value, "add", None)  # type: ignore[attr-defined]
        elif isinstance(found, Option):
            self._set(found, target, how, value)
            if found.sections == ("JupyterHub",) and found.name == "authenticator_class":
                self.mentions.active(value)
        elif isinstance(found, Sections):
            self.done.add(id(target))
            self._set_dict(found.names, _of_config_call(value), self.line(target))
        elif isinstance(found, Computed):
            self.done.add(id(target))
            self._not_readable(found.sections, self.line(target), "gets an option whose name is computed")

    def visit_Assign(self, node: cst.Assign) -> None:
        """``c.A.b = …``, ``cfg = c.A``."""
        for target in node.targets:
            if isinstance(target.target, cst.Name):
                if self.references.bind(target.target.value, node.value):
                    self.done.add(id(node.value))
            elif isinstance(target.target, (cst.Tuple, cst.List)):
                for element in target.target.elements:
                    if self.references.of(element.value) is not None:
                        self._assign(element.value, "set", cst.Name("_"))
            else:
                self._assign(target.target, "set", node.value)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        """``c.A.b: int = …``."""
        if node.value is not None:
            if isinstance(node.target, cst.Name):
                self.references.bind(node.target.value, node.value)
            else:
                self._assign(node.target, "set", node.value)

    def visit_AugAssign(self, node: cst.AugAssign) -> None:
        """``c.A.b += …``."""
        self._assign(node.target, "add", node.value)

    def visit_For(self, node: cst.For) -> None:
        """``for section in (c.A, c.B): …``."""
        if isinstance(node.target, cst.Name) and self.references.bind_loop(node.target.value, node.iter):
            self.done.update(id(element.value) for element in node.iter.elements)  # type: ignore[attr-defined]

    def visit_With(self, node: cst.With) -> None:
        """``with … as cfg``: nothing that stands for a section."""

    def visit_Del(self, node: cst.Del) -> None:
        """``del c.A.b``."""
        found = self.references.of(node.target)
        if isinstance(found, (Option, Sections)):
            self.done.add(id(node.target))
            sections = found.sections if isinstance(found, Option) else found.names
            self._not_readable(sections, self.line(node), "loses something that was set before")

    def visit_Call(self, node: cst.Call) -> None:
        """``c.A.update({…})``, ``c.A.b.add(…)``, ``setattr(c.A, "b", …)``, and calls that load more code."""
        self.mentions.call(node)
        name = dotted(node.func) or ""
        first = node.args[0].value if node.args else None
        if name == "setattr" and len(node.args) == 3:
            self._setattr(node)
        elif name.rpartition(".")[2] in _RUNS_MORE:
            self.reading.say(self.line(node), LOOK, name, _RUNS_MORE[name.rpartition(".")[2]])
            self.reading.unreadable_sections.add("*")
        elif isinstance(node.func, cst.Attribute):
            owner, method = self.references.of(node.func.value), node.func.attr.value
            if isinstance(owner, Option) and method in MUTATORS:
                self._set(owner, node.func.value, "add", first)
            elif isinstance(owner, (Sections, Root)) and method in ("update", "merge"):
                self.done.update((id(node.func.value), id(node.func)))
                self._update(owner, node)
            elif isinstance(owner, Sections):
                self.done.add(id(node.func))
        for argument in node.args:
            self._argument(argument.value)

    def _update(self, owner: Sections | Root, node: cst.Call) -> None:
        sections = owner.names if isinstance(owner, Sections) else ()
        for argument in node.args:
            if argument.keyword is not None:
                self._set(Option(sections, argument.keyword.value, argument.keyword), argument, "set", argument.value)
            else:
                self._set_dict(sections, _of_config_call(argument.value), self.line(argument))

    def _setattr(self, node: cst.Call) -> None:
        owner, name = self.references.of(node.args[0].value), string_of(node.args[1].value)
        if not isinstance(owner, Sections):
            return
        self.done.add(id(node.args[0].value))
        if name is None:
            self._not_readable(owner.names, self.line(node), "gets an option whose name is computed")
        else:
            self._set(Option(owner.names, name, node.args[1].value), node, "set", node.args[2].value)

    def _argument(self, node: cst.CSTNode) -> None:
        found = self.references.of(node)
        if isinstance(found, (Sections, Root)) and id(node) not in self.done:
            self.done.add(id(node))
            names = found.names if isinstance(found, Sections) else ()
            self._not_readable(names, self.line(node), "is passed to a function, which may set options")

    def visit_Attribute(self, node: cst.Attribute) -> None:
        """What is left: an option that is read, a class by its import path."""
        found = self.references.of(node)
        if isinstance(found, Option) and id(node) not in self.done:
            self._set(found, node, "read", None)
        self.imports.used(node)

    def visit_Subscript(self, node: cst.Subscript) -> None:
        """An option in brackets that is read, and variables of the environment."""
        found = self.references.of(node)
        if isinstance(found, Option) and id(node) not in self.done:
            self._set(found, node, "read", None)
        elif isinstance(found, Computed) and id(node) not in self.done:
            self._not_readable(found.sections, self.line(node), "is used with a name that is computed")
        self.mentions.subscript(node)

    # --- the rest ----------------------------------------------------------------------------------------------------

    def visit_Comparison(self, node: cst.Comparison) -> None:
        """Comparisons with the name of an authenticator."""
        self.mentions.comparison(node)

    def visit_Import(self, node: cst.Import) -> None:
        """``import oauthenticator``."""
        self.imports.plain(node)

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        """``from oauthenticator.github import GitHubOAuthenticator``."""
        self.imports.from_module(node)
        return False

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        """A class that the configuration defines."""
        found = read_subclass(node, self)
        self.reading.subclasses[found.name] = found

    def visit_FormattedString(self, node: cst.FormattedString) -> None:
        """Texts are not looked into, but the values in them are."""

    def class_path(self, node: cst.CSTNode) -> str | None:
        """The import path of a class, or its name if the file defines it."""
        name = dotted(node)
        if name in self.reading.subclasses:
            return name
        return full_name(node, self.imports.names)

    def stays(self, node: cst.CSTNode, subject: str, text: str) -> None:
        """Say that something works as it is."""
        self.reading.say(self.line(node), STAYS, subject, text)


def _of_config_call(node: cst.BaseExpression) -> cst.BaseExpression:
    """``{…}`` of ``Config({…})`` and ``dict(…)`` as they are; other expressions unchanged."""
    if isinstance(node, cst.Call) and dotted(node.func) in ("Config", "traitlets.config.Config") and node.args:
        return node.args[0].value
    return node


def _assignments(module: cst.Module) -> list[tuple[str, cst.BaseExpression]]:
    """Every assignment to a variable, and ``_`` for each other change of one, in any block."""
    found: list[tuple[str, cst.BaseExpression]] = []

    def changed(node: cst.BaseExpression) -> None:
        if isinstance(node, cst.Name):
            found.append((node.value, cst.Name("_")))

    class Finder(cst.CSTVisitor):
        def visit_Assign(self, node: cst.Assign) -> None:
            for target in node.targets:
                if isinstance(target.target, cst.Name):
                    found.append((target.target.value, node.value))
                elif isinstance(target.target, cst.Subscript):
                    changed(target.target.value)

        def visit_Call(self, node: cst.Call) -> None:
            if isinstance(node.func, cst.Attribute) and node.func.attr.value in MUTATORS:
                changed(node.func.value)

        def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
            if isinstance(node.target, cst.Name) and node.value is not None:
                found.append((node.target.value, node.value))

        def visit_AugAssign(self, node: cst.AugAssign) -> None:
            if isinstance(node.target, cst.Name):
                found.append((node.target.value, cst.Name("_")))

        def visit_For(self, node: cst.For) -> None:
            if isinstance(node.target, cst.Name):
                found.append((node.target.value, cst.Name("_")))

    module.visit(Finder())
    return found
