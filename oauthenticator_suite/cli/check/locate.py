"""Where the option of a finding was set."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

from ...hub.findings.running import ProviderFinding
from ...hub.options.trait_types import Renamed
from ..configuration.creation import Created
from ..configuration.sources import HubConfiguration
from ..configuration.tracing import Place

_ENTRY = re.compile(r"\bc\.(\w+)\.authenticators\[(\d+)\]")
_AUTHENTICATOR_CLASS = ("JupyterHub", "authenticator_class")


_OPTION = re.compile(r"\bc\.[A-Z]\w*\.[a-z]\w*|\b[A-Z]\w*Authenticator\.[a-z]\w*")


def option_in(text: str) -> str:
    """The first option that a text names, as ``c.Class.option``; empty without one."""
    found = _OPTION.search(text)
    return f"c.{found[0].removeprefix('c.')}" if found else ""


def line_in_entry(place: Place, number: int, option: str) -> int | None:
    """The line of an option in an entry of a list of dicts in Python, or that of the entry; None without one.

    Parameters
    ----------
    place:
        Where the list is assigned.
    number, option:
        The number of the entry, from 0, and the name of the option.
    """
    try:
        tree = ast.parse(Path(place.file).read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return None
    lines_of_list = range(place.line, place.line + 3)  # it may begin below the line of the assignment
    lists = [node for node in ast.walk(tree) if isinstance(node, ast.List) and node.lineno in lines_of_list]
    nearest = min(lists, key=lambda node: (node.lineno, node.col_offset), default=None)
    if nearest is None or number >= len(nearest.elts):
        return None
    entry = nearest.elts[number]
    keys = [key for node in ast.walk(entry) if isinstance(node, ast.Dict) for key in node.keys]
    lines = [key.lineno for key in keys if isinstance(key, ast.Constant) and key.value == option]
    return min(lines, default=entry.lineno)


class Locator:
    """Finds the places of findings in a configuration."""

    def __init__(self, configuration: HubConfiguration, created: Created) -> None:
        self._configuration = configuration
        self._created = created

    def place_of(self, found: ProviderFinding) -> Place | None:
        """The line that sets the option, or else the line that chooses the class; None when neither is known."""
        origins = self._configuration.origins
        for address in self._addresses(found):
            if address in origins.places:
                place = origins.places[address]
                return self._within(place, found) if address[-1] == "authenticators" else place
        option = found.finding.option
        if option.startswith("c.") and option.count(".") == 1:  # a section
            section = option[2:]
            lines = [place for address, place in origins.places.items() if address[0] == section]
            if lines:
                return min(lines)
        return origins.places.get(_AUTHENTICATOR_CLASS)

    def _addresses(self, found: ProviderFinding) -> list[tuple[str, ...]]:
        """Where the option may have been set, the most probable address first."""
        option = (found.finding.option or option_in(found.finding.reason)).partition("[")[0]
        entry = _ENTRY.search(f"{found.finding.option} {found.finding.reason}")
        in_entry: list[tuple[str, ...]] = [(entry[1], "authenticators")] if entry else []
        parts = tuple(option.removeprefix("c.").split("."))
        if len(parts) < 2:
            return in_entry
        name = parts[-1]
        authenticator = self._authenticator(found.provider, parts[0])
        addresses = [parts]
        if authenticator is not None:
            names = [name, *self._old_names(authenticator, name)]
            sections = list(reversed(type(authenticator).section_names()))
            addresses += [(section, each) for section in sections for each in names]
        multi = type(self._created.authenticator).__name__ if self._created.authenticator is not None else ""
        if found.provider:
            addresses.append((multi, "authenticators"))
        return [*in_entry, *addresses]

    def _within(self, place: Place, found: ProviderFinding) -> Place:
        """The line of an option in the entry of a child, in a list that begins at `place`."""
        entry = _ENTRY.search(f"{found.finding.option} {found.finding.reason}")
        providers = [each.provider for each in getattr(self._created.authenticator, "entries", ())]
        number = int(entry[2]) if entry else providers.index(found.provider) if found.provider in providers else None
        option = (found.finding.option or option_in(found.finding.reason)).rpartition(".")[2]
        line = None if number is None else line_in_entry(place, number, option)
        return place if line is None else Place(place.file, line)

    def _authenticator(self, provider: str, section: str) -> Any:
        top = self._created.authenticator
        children = getattr(top, "children", None) or {}
        if provider:
            return children.get(provider)
        every = [top, *children.values()]
        named = [each for each in every if each is not None and section in type(each).section_names()]
        return named[0] if named else None

    @staticmethod
    def _old_names(authenticator: Any, name: str) -> list[str]:
        traits = authenticator.traits(config=True)
        return [old for old, trait in traits.items() if isinstance(trait, Renamed) and trait.new_name == name]
