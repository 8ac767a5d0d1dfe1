"""One entry of ``c.MultiAuthenticator.authenticators``, in a Python file or in YAML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import libcst as cst
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from .names import Target, target_of_import, target_of_name
from .python_reader import PythonReader
from .reading import Reading, Setting
from .references import Option, string_of
from .text import Edit
from .yaml_reader import ValuesReader, entries_of, line_of, value_of

CONFIG = "config"
CLASS = "authenticator_class"
URL_PREFIX = "url_prefix"


class UnreadableEntry(Exception):
    """A list, or an entry in it, is not written as literals."""


class EntryReader(Protocol):
    """An entry, and the edits that give it the form of this package.

    Attributes
    ----------
    line:
        Where it begins in the file.
    cls:
        The name of its class; None when it cannot be told.
    is_ours:
        Whether that is a class of this package, once the configuration is changed.
    url_prefix:
        In the form of jupyterhub-multiauthenticator; None in that of this package.
    config:
        Its options, as far as they are literals.
    """

    line: int
    cls: str | None
    is_ours: bool
    url_prefix: str | None
    config: dict[str, Any]

    def provider_edits(self, name: str) -> list[Edit]:
        """The edits that replace the URL prefix by a provider."""
        ...

    def replace_option(self, option: str, value: str) -> Edit | None:
        """The edit of the value of an option in its config."""
        ...

    def label_edits(self, name: str) -> list[Edit]:
        """The edits that make a `login_service` of the option ``service_name``."""
        ...


def entries_in(setting: Setting, reading: Reading) -> Iterator[EntryReader]:
    """The entries in a list; adds their classes and options to `reading`.

    Raises
    ------
    UnreadableEntry
        When one cannot be read.
    """
    reader, node = setting.node
    if isinstance(reader, PythonReader):
        if not isinstance(node, (cst.List, cst.Tuple)):
            raise UnreadableEntry("the list is computed")
        for element in node.elements:
            yield PythonEntry(reader, reading, element.value)
    elif isinstance(node, SequenceNode):
        for item in node.value:
            yield YamlEntry(reader, reading, item)
    else:
        raise UnreadableEntry("it is not a list")


def _target(name: str | None, reading: Reading) -> Target | None:
    if name is None:
        return None
    if name in reading.subclasses:
        return Target(name, True)
    return target_of_import(name) if "." in name else target_of_name(name)


class PythonEntry:
    """An entry that is a tuple, or a dict."""

    def __init__(self, reader: PythonReader, reading: Reading, node: cst.BaseExpression) -> None:
        self.reader = reader
        self.node = node
        self.line = reader.line(node)
        self._prefix: cst.CSTNode | None = None
        self._config: cst.BaseExpression | None = None
        chosen = self._take(node)
        if chosen is None:
            raise UnreadableEntry("an entry is not a tuple or dict with authenticator_class")
        self._class = chosen
        reader.mentions.child(chosen)
        target = _target(string_of(chosen) or reader.class_path(chosen), reading)
        self.cls = target.cls if target else None
        self.is_ours = bool(target and target.is_ours)
        prefix: Any = self._prefix.value if isinstance(self._prefix, cst.DictElement) else self._prefix
        found: Any = None if prefix is None else reader.literal(prefix)
        self.url_prefix: str | None = found if isinstance(found, str) else None
        if prefix is not None and self.url_prefix is None:
            raise UnreadableEntry("url_prefix is computed")
        literal = None if self._config is None else reader.literal(self._config)
        self.config: dict[str, Any] = literal if isinstance(literal, dict) else {}
        self._read_options()

    def _take(self, node: cst.BaseExpression) -> cst.BaseExpression | None:
        if isinstance(node, (cst.Tuple, cst.List)) and len(node.elements) == 3:
            chosen, self._prefix, self._config = (element.value for element in node.elements)
            return chosen
        members: dict[str | None, cst.DictElement] = {}
        if isinstance(node, cst.Dict):
            pairs = [each for each in node.elements if isinstance(each, cst.DictElement)]
            members = {string_of(each.key): each for each in pairs}
        elif isinstance(node, (cst.SimpleString, cst.Name, cst.Attribute)):
            return node
        self._prefix = members.get(URL_PREFIX)
        self._config = members[CONFIG].value if CONFIG in members else None
        return members[CLASS].value if CLASS in members else None

    def _read_options(self) -> None:
        if self.cls is None or not isinstance(self._config, cst.Dict):
            return
        for pair in self._config.elements:
            name = string_of(pair.key) if isinstance(pair, cst.DictElement) else None
            if isinstance(pair, cst.DictElement) and name is not None and name != "service_name":
                self.reader.set_in_dict(Option((self.cls,), name, pair.key), pair, f"{name} of the entry {self.cls}")

    def provider_edits(self, name: str) -> list[Edit]:
        """See `EntryReader`."""
        if isinstance(self._prefix, cst.DictElement):
            return [
                self.reader.replace(self._prefix.key, '"provider"'),
                self.reader.replace(self._prefix.value, f'"{name}"'),
            ]
        if self._prefix is None or self._config is None:
            return []
        reader = self.reader
        first, last = self._brackets()
        inner = reader.range(self._class).start
        config = reader.range(self._config).start
        start, end = (first.line, first.column), (last.line, last.column)
        return [
            reader.text.edit(start, (start[0], start[1] + 1), "{"),
            reader.text.edit((inner.line, inner.column), (inner.line, inner.column), '"authenticator_class": '),
            reader.replace(self._prefix, f'"provider": "{name}"'),
            reader.text.edit((config.line, config.column), (config.line, config.column), '"config": '),
            reader.text.edit((end[0], end[1] - 1), end, "}"),
        ]

    def _brackets(self) -> tuple[Any, Any]:
        """The places before the opening and after the closing bracket of a tuple or list."""
        if isinstance(self.node, cst.Tuple):  # its own range is without them
            return self.reader.range(self.node.lpar[-1]).start, self.reader.range(self.node.rpar[0]).end
        place = self.reader.range(self.node)
        return place.start, place.end

    def _pair(self, option: str) -> cst.DictElement | None:
        if not isinstance(self._config, cst.Dict):
            return None
        pairs = [each for each in self._config.elements if isinstance(each, cst.DictElement)]
        return next((each for each in pairs if string_of(each.key) == option), None)

    def replace_option(self, option: str, value: str) -> Edit | None:
        """See `EntryReader`."""
        pair = self._pair(option)
        return None if pair is None else self.reader.replace_name(pair.value, value)

    def label_edits(self, name: str) -> list[Edit]:
        """See `EntryReader`. A class of another package has no option `login_service`: the entry gets it."""
        pair = self._pair("service_name")
        if pair is None or not isinstance(self._config, cst.Dict):
            return []
        if self.is_ours:
            return [self.reader.replace_name(pair.key, "login_service")]
        start = self.reader.range(self._config).start
        label = self.reader.text.edit((start.line, start.column), (start.line, start.column), "")
        rest = [each for each in self._config.elements if each is not pair]
        kept = f"{{{', '.join(self.reader.code(each).rstrip(', ') for each in rest)}}}"
        key = '"config": ' if not isinstance(self._prefix, cst.DictElement) else ""
        text = f'{kept}, "login_service": {self.reader.code(pair.value)}'
        return [label, self.reader.replace(self._config, text)] if key or kept else []


class YamlEntry:
    """An entry that is a mapping in YAML."""

    def __init__(self, reader: ValuesReader, reading: Reading, node: Any) -> None:
        if not isinstance(node, MappingNode):
            raise UnreadableEntry("an entry is not a mapping")
        members = {name: (key, value) for name, key, value in entries_of(node)}
        if CLASS not in members:
            raise UnreadableEntry("an entry has no authenticator_class")
        self.reader = reader
        self.line = line_of(node)
        self._prefix = members.get(URL_PREFIX)
        self._options: dict[str, tuple[Any, Any]] = {}
        key, chosen = members[CLASS]
        reader.mention("child", key, chosen)
        target = _target(str(chosen.value) if isinstance(chosen, ScalarNode) else None, reading)
        self.cls = target.cls if target else None
        self.is_ours = bool(target and target.is_ours)
        self.url_prefix = str(self._prefix[1].value) if self._prefix else None
        self.config: dict[str, Any] = {}
        config = members[CONFIG][1] if CONFIG in members else None
        if isinstance(config, MappingNode):
            self.config = value_of(config)
            for name, option, value in entries_of(config):
                self._options[name] = (option, value)
                if self.cls is not None and name != "service_name":
                    label = f"{name} of the entry {self.cls}"
                    reading.settings.append(reader.setting(self.cls, name, option, value, config, label))

    def provider_edits(self, name: str) -> list[Edit]:
        """See `EntryReader`."""
        if self._prefix is None:
            return []
        key, value = self._prefix
        return [self.reader.replace_scalar(key, "provider"), self.reader.replace_scalar(value, name)]

    def replace_option(self, option: str, value: str) -> Edit | None:
        """See `EntryReader`."""
        found = self._options.get(option)
        return None if found is None else self.reader.replace_scalar(found[1], value)

    def label_edits(self, name: str) -> list[Edit]:
        """See `EntryReader`."""
        found = self._options.get("service_name")
        return [] if found is None or not self.is_ours else [self.reader.replace_scalar(found[0], "login_service")]
