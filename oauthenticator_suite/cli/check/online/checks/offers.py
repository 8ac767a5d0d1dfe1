"""Lists in the provider's metadata, compared with what an option demands."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from .....hub.findings.finding import Problem
from .....protocol.metadata_values import listed
from ..facts import Facts


def offered(facts: Facts, member: str) -> tuple[str, ...] | None:
    """A member of the metadata that is a list of strings; None if it is missing or anything else."""
    value = facts.document.get(member)
    if not isinstance(value, list):
        return None
    return tuple(item for item in value if isinstance(item, str))


def lacking(facts: Facts, member: str, wanted: Collection[str]) -> list[str]:
    """The wanted names that a list in the metadata does not have; none if the metadata do not have the list."""
    names = offered(facts, member)
    return [] if names is None else [name for name in wanted if name not in names]


def named(facts: Facts, member: str) -> str:
    """What the list has, as the rest of a sentence about an option."""
    return f"the provider's metadata name {listed(offered(facts, member) or (), 300)}"


def unlisted_values(facts: Facts, option: str, member: str) -> Iterator[Problem]:
    """The problem that a list in the metadata lacks values of an option that is a list as well."""
    missing = lacking(facts, member, getattr(facts.authenticator, option))
    if missing:
        yield Problem(option, f"has {listed(missing)}, and {named(facts, member)}")
