"""Reads the values of the Helm chart Zero to JupyterHub, and the `config.yaml` of The Littlest JupyterHub.

`ruamel.yaml` says where each key and value is, and the file is edited there: comments, anchors and quotes stay.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from ... import registry
from .facts import ENVIRONMENT, READ_HERE
from .literals import UNREADABLE
from .python_reader import UnreadableConfiguration, read_python
from .reading import Mention, Reading, Setting
from .remarks import CHANGE, LOOK, STAYS
from .text import Edit, Text

_OLD_CHART = (
    "belongs to releases of the chart before 1.0: write hub.config.JupyterHub.authenticator_class, and the options "
    "into hub.config"
)


def read_yaml(text: Text, reading: Reading) -> None:
    """Add what the values set to `reading`, with the Python code in ``hub.extraConfig``.

    Raises
    ------
    UnreadableConfiguration
        When it is not valid YAML.
    """
    yaml = YAML()
    yaml.allow_duplicate_keys = True
    try:
        documents = list(yaml.compose_all(text.source))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        raise UnreadableConfiguration(f"{reading.file}:{line} is not valid YAML: {error.problem}") from None
    except YAMLError as error:
        raise UnreadableConfiguration(f"{reading.file} is not valid YAML: {error}") from None
    reader = ValuesReader(text, reading)
    found = [reader.document(document) for document in documents if isinstance(document, MappingNode)]
    if not any(found):
        raise UnreadableConfiguration(
            f"{reading.file} has no hub.config and no hub.extraConfig: it is not a values file of JupyterHub"
        )


class ValuesReader:
    def __init__(self, text: Text, reading: Reading) -> None:
        self.text = text
        self.reading = reading
        self._seen: set[int] = set()

    def document(self, root: MappingNode) -> bool:
        """Read a document. Returns whether it configures a Hub."""
        names = {name for name, _, _ in entries_of(root)}
        if names & registry.modules().keys() or "JupyterHub" in names:
            self._config(root)
            return True
        auth = _get(root, "auth")
        if "hub" not in names and isinstance(auth, MappingNode) and isinstance(_get(auth, "type"), ScalarNode):
            self._littlest(auth)
            return True
        return self._hubs(root)

    def _hubs(self, node: MappingNode) -> bool:
        found = False
        for name, key, value in entries_of(node):
            if name == "hub" and isinstance(value, MappingNode):
                self._hub(value)
                found = True
            elif name == "auth" and isinstance(value, MappingNode) and _get(node, "hub") is not None:
                self.reading.say(line_of(key), LOOK, "auth", _OLD_CHART)
            elif isinstance(value, MappingNode) and id(value) not in self._seen:
                self._seen.add(id(value))
                found = self._hubs(value) or found
        return found

    def _hub(self, hub: MappingNode) -> None:
        for name, _, value in entries_of(hub):
            if name == "config" and isinstance(value, MappingNode):
                self._config(value)
            elif name == "extraConfig":
                self._extra_config(value)
            elif name == "extraFiles" and isinstance(value, MappingNode):
                self._extra_files(value)
            elif name == "extraEnv":
                self._extra_env(value)

    # --- options -----------------------------------------------------------------------------------------------------

    def _config(self, config: MappingNode) -> None:
        for section, _, value in entries_of(config):
            if isinstance(value, MappingNode):
                self._section(section, value)

    def _section(self, section: str, options: MappingNode) -> None:
        if id(options) in self._seen:  # an alias
            return
        self._seen.add(id(options))
        for option, key, value in entries_of(options):
            if isinstance(value, MappingNode) and option[:1].isupper():
                self._section(option, value)
                continue
            if section == "JupyterHub" and option == "authenticator_class":
                self.mention("active", key, value)
            self.reading.settings.append(self.setting(section, option, key, value, options))

    def setting(
        self, section: str, option: str, key: Node, value: Node, parent: MappingNode, label: str = ""
    ) -> Setting:
        """An entry of a mapping, as an option. `label`: see `reading.Setting`."""
        return Setting(
            section,
            option,
            line_of(key),
            "set",
            value_of(value),
            rename=lambda name: self.replace_scalar(key, name),
            set_value=(lambda new: self._set(value, new)) if _is_plain(value) else None,
            comment_out=lambda why: self._comment_out(key, value, parent, why),
            add=lambda name, text: self._add_option(key, parent, name, text),
            node=(self, value),
            label=label,
        )

    def mention(self, role: Any, key: Node, value: Node) -> None:
        """Note the name of an authenticator."""
        if not _is_plain(value):
            text = "the value is not a name: not readable, look at it"
            self.reading.say(line_of(key), LOOK, "authenticator_class", text)
            return

        def replace(new: str) -> Edit:
            return self.replace_scalar(value, new)

        self.reading.mentions.append(Mention(role, value.value, line_of(value), replace=replace))

    def _littlest(self, auth: MappingNode) -> None:
        for name, key, value in entries_of(auth):
            if name == "type":
                self.mention("active", key, value)
            elif isinstance(value, MappingNode):
                self._section(name, value)

    def _extra_env(self, node: Node) -> None:
        if isinstance(node, MappingNode):
            named = [(name, key) for name, key, _ in entries_of(node)]
        elif isinstance(node, SequenceNode):
            keys = [_get(each, "name") for each in node.value if isinstance(each, MappingNode)]
            named = [(key.value, key) for key in keys if isinstance(key, ScalarNode)]
        else:
            return
        for name, key in named:
            if name in ENVIRONMENT:
                self.reading.say(line_of(key), STAYS, name, READ_HERE)

    # --- code --------------------------------------------------------------------------------------------------------

    def _extra_config(self, node: Node) -> None:
        if isinstance(node, MappingNode):
            for name, _, value in entries_of(node):
                self._code(value, f"hub.extraConfig.{name}")
        else:
            self._code(node, "hub.extraConfig")

    def _extra_files(self, files: MappingNode) -> None:
        for name, _, file in entries_of(files):
            path, data = _get(file, "mountPath"), _get(file, "stringData")
            if isinstance(path, ScalarNode) and isinstance(data, ScalarNode) and str(path.value).endswith(".py"):
                self._code(data, f"hub.extraFiles.{name}")

    def _code(self, node: Node, name: str) -> None:
        if not isinstance(node, ScalarNode) or id(node) in self._seen:
            return
        self._seen.add(id(node))
        piece = self._block(node) if node.style == "|" else None
        inner = Reading(self.reading.file, self.reading.say, unreadable_sections=self.reading.unreadable_sections)
        try:
            if piece is None:
                self._code_in_quotes(node, name, inner)
            else:
                read_python(piece, inner)
        except UnreadableConfiguration as error:
            self.reading.say(line_of(node), LOOK, name, f"cannot be read: {error}")
            self.reading.unreadable_sections.add("*")
            return
        self.reading.settings += inner.settings
        self.reading.mentions += inner.mentions
        self.reading.subclasses.update(inner.subclasses)

    def _code_in_quotes(self, node: ScalarNode, name: str, inner: Reading) -> None:
        """Read code that is not in a block scalar: nothing can be written there."""
        source = str(node.value)
        if not source.strip():
            return

        def say(line: int, verdict: Any, subject: str, text: str, edits: Any = (), by_hand: bool | None = None) -> None:
            by_hand = by_hand or verdict == CHANGE
            self.reading.say(line_of(node), verdict, f"{name}: {subject}", text, by_hand=by_hand)

        inner.say = say
        read_python(Text(source, tuple([0] * (source.count("\n") + 2)), first_line=line_of(node)), inner)
        inner.settings = [_without_edits(setting, line_of(node)) for setting in inner.settings]
        inner.mentions = [mention._replace(replace=None, line=line_of(node)) for mention in inner.mentions]

    def _block(self, node: ScalarNode) -> Text | None:
        """The code of a block scalar, without its indentation."""
        first = node.start_mark.line + 2  # the line after the bar, from 1
        lines = self.text.source.splitlines(keepends=True)
        count = len(str(node.value).splitlines())
        block = lines[first - 1 : first - 1 + count]
        indent = min((len(line) - len(line.lstrip(" ")) for line in block if line.strip()), default=0)
        if not indent or [line[indent:].rstrip("\r\n") for line in block] != str(node.value).splitlines():
            return None
        starts = [self.text.starts[first - 1 + number] + min(indent, len(line.rstrip("\r\n")))
                  for number, line in enumerate(block)]  # fmt: skip
        source = "".join(line[indent:] if line.strip() else line.lstrip(" ") for line in block)
        end = (
            self.text.starts[first - 1 + count] if first - 1 + count < len(self.text.starts) else len(self.text.source)
        )
        return Text(source, (*starts, end), first, " " * indent, self.text.newline)

    # --- edits -------------------------------------------------------------------------------------------------------

    def replace_scalar(self, node: Any, text: str) -> Edit:
        """The edit that gives another value to a scalar, whose quotes stay."""
        quote = node.style if node.style in ("'", '"') else ""
        return Edit(node.start_mark.index, self._end(node), f"{quote}{text}{quote}")

    def _end(self, node: Node) -> int:
        """The end of a scalar, without what follows it on the line."""
        raw = self.text.source[node.start_mark.index : node.end_mark.index]
        return int(node.start_mark.index) + len(raw.rstrip())

    def _set(self, node: Node, value: Any) -> Edit:
        return Edit(node.start_mark.index, self._end(node), json.dumps(value))

    def _add_option(self, key: Node, parent: Any, name: str, text: str) -> Edit | None:
        """The edit that sets another option of a mapping, before the key of an option."""
        at = int(key.start_mark.index)
        before = self.text.source[self.text.starts[key.start_mark.line] : at]
        if parent.flow_style or before.strip():
            return None
        return Edit(at, at, f"{name}: {text}{self.text.newline}{before}")

    def _comment_out(self, key: Node, value: Node, parent: MappingNode, why: str) -> tuple[Edit, ...]:
        last = _last_line(value) if value.start_mark.index > key.start_mark.index else None
        line = key.start_mark.line
        start = self.text.starts[line]
        before = self.text.source[start : key.start_mark.index]
        if parent.flow_style or len(parent.value) < 2 or last is None or before.strip() or last < line:
            return ()
        edits = [Edit(key.start_mark.index, key.start_mark.index, f"# {why}{self.text.newline}{before}# ")]
        for number in range(line + 1, last + 1):
            at = self.text.starts[number] + len(before)
            if self.text.source[self.text.starts[number] : at].strip() == "":
                edits.append(Edit(at, at, "# "))
        return tuple(edits)


def _without_edits(setting: Setting, line: int) -> Setting:
    return Setting(setting.section, setting.option, line, setting.how, setting.value, node=setting.node)


def entries_of(node: Node) -> Iterator[tuple[str, Node, Node]]:
    """The keys of a mapping that are strings, with the nodes of key and value."""
    for key, value in node.value:
        if isinstance(key, ScalarNode):
            yield str(key.value), key, value


def _get(node: Node, name: str) -> Node | None:
    if not isinstance(node, MappingNode):
        return None
    return next((value for key, _, value in entries_of(node) if key == name), None)


def line_of(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _is_plain(node: Node) -> bool:
    """Whether a node is a scalar on one line."""
    return isinstance(node, ScalarNode) and node.style not in ("|", ">") and node.start_mark.line == node.end_mark.line


def _last_line(node: Any) -> int | None:
    """The last line of a value, from 0; None when that cannot be told, or something else refers to it."""
    if node.anchor or (isinstance(node, ScalarNode) and node.style in ("|", ">")):
        return None
    if isinstance(node, ScalarNode) or node.flow_style or not node.value:
        return int(node.end_mark.line)
    items = [value for _, value in node.value] if isinstance(node, MappingNode) else node.value
    ends = [_last_line(item) for item in items]
    return None if None in ends else max(end for end in ends if end is not None)


_NUMBER = re.compile(r"[-+]?[0-9]+")


def value_of(node: Node) -> Any:
    """The value of a node, see `literals.literal`."""
    if isinstance(node, MappingNode):
        return {name: value_of(value) for name, _, value in entries_of(node)}
    if isinstance(node, SequenceNode):
        return [value_of(item) for item in node.value]
    kind, text = str(node.tag).rpartition(":")[2], str(node.value)
    if kind == "str":
        return text if text not in ("yes", "no", "on", "off") else text in ("yes", "on")
    if kind == "bool":
        return text.lower() == "true"
    if kind == "null":
        return None
    if kind == "int" and _NUMBER.fullmatch(text):
        return int(text)
    if kind == "float":
        return float(text) if _NUMBER.fullmatch(text.replace(".", "", 1)) else UNREADABLE
    return UNREADABLE
