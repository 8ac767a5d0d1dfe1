"""All findings about an authenticator that exists: the checks of every stage, run again without side effects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from .finding import ERROR, Finding, Stage, checks_of
from .kinds import CHECK_FAILED
from .loaded import LoadedConfig

AUTHENTICATOR_STAGES: tuple[Stage, ...] = ("options", "children", "start", "system", "advice")
"""The stages whose checks get the authenticator itself."""


_REFUSED_VALUE = re.compile(r"\w+\.(\w+) must be ")
"""How the message of a trait begins that refuses a value."""


class ProviderFinding(NamedTuple):
    """A finding, and the provider of the child of `MultiAuthenticator` that it is about; empty for the Hub's own."""

    provider: str
    finding: Finding


def findings_of_running(authenticator: Any) -> list[Finding]:
    """The findings about an authenticator and its children, as a status page or a command shows them.

    Nothing is logged, and no finding raises an exception. A check that raises an exception is a finding.

    Parameters
    ----------
    authenticator:
        One of this package, with its final options.
    """
    return list(dict.fromkeys(found.finding for found in findings_by_provider(authenticator)))


def findings_by_provider(authenticator: Any) -> list[ProviderFinding]:
    """The same, with the provider of each. A foreign authenticator has none of these checks, and no findings."""
    found: list[ProviderFinding] = []
    children = getattr(authenticator, "children", None) or {}
    for each in _findings(authenticator, children):
        found.append(ProviderFinding("", each))
    for provider, child in children.items():
        found += [ProviderFinding(provider, each) for each in _findings(child, None)]
    return list(dict.fromkeys(found))


def _findings(authenticator: Any, children: Any) -> Iterator[Finding]:
    cls = type(authenticator)
    loaded = LoadedConfig(authenticator.config, authenticator.parent, (cls,))
    if children is not None:
        entries = tuple(
            (f"{entry.where}['config']", entry.authenticator_class, entry.config)
            for entry in (authenticator.entries if children else ())  # a dictionary's users are entries too
        )
        every = LoadedConfig(
            authenticator.config, authenticator.parent, (cls, *(type(child) for child in children.values())), entries
        )
        yield from find_tolerantly(every, "sections", cls)
    yield from find_tolerantly(loaded, "values", cls)
    found = [each for stage in AUTHENTICATOR_STAGES for each in find_tolerantly(authenticator, stage, cls)]
    yield from _without_consequences(found, authenticator)


def _without_consequences(found: list[Finding], authenticator: Any) -> Iterator[Finding]:
    """The findings, without values that are not set: such a default follows from an option that is wrong itself."""
    explained = any(each.severity == ERROR and each.fix for each in found)
    given = authenticator._find_my_config(authenticator.config)
    for each in found:
        refused = _REFUSED_VALUE.match(each.reason)
        if not (explained and refused and not each.fix and refused[1] not in given):
            yield each


def find_tolerantly(subject: Any, stage: Stage, cls: type) -> Iterator[Finding]:
    """As `finding.find`, but a check that raises an unexpected exception is a finding, and the others run."""
    for each in checks_of(cls):
        if each.stage == stage:
            try:
                yield from each.findings(subject, f"c.{cls.__name__}")
            except Exception as error:  # noqa: BLE001 - of whatever a check reads
                yield CHECK_FAILED.finding("", f"the check {each.code} could not run: {type(error).__name__}")
