"""Where the option of a finding was set."""

from __future__ import annotations

import re
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
                return origins.places[address]
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
