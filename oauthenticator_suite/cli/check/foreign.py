"""What can be said about an authenticator of another package: the names of its options and sections."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jupyterhub.auth import Authenticator

from ...hub.findings.finding import WARNING, Finding
from ...hub.findings.loaded import LoadedConfig
from ...hub.findings.running import find_tolerantly
from ...hub.findings.spelling import nearest_option
from ...hub.findings.unknown import SECTION_CHECKS, unknown_options


def findings_of_foreign(cls: type[Authenticator], hub: Any) -> Iterator[Finding]:
    """The findings about names in the configuration.

    An unknown option is a warning here: its package may read it in its own way.
    """
    loaded = LoadedConfig(hub.config, hub, (cls,))
    yield from find_tolerantly(loaded, "sections", _NamesOnly)
    options = set(cls.class_traits(config=True))
    for _, given in loaded.options():
        if given.name not in options:
            similar = nearest_option(given.name, options)
            fix = f"Did you mean {similar}?" if similar else "Correct the name, or remove the option"
            reason = f"has no effect: there is no such option of {cls.__name__}"
            yield Finding(unknown_options.code, WARNING, given.place, reason, fix)


class _NamesOnly:
    startup_checks = SECTION_CHECKS
