"""The accounts of the demo. Their passwords are public: the provider listens on this machine only."""

from __future__ import annotations

from typing import NamedTuple


class Person(NamedTuple):
    """An account at the demo's OpenID provider."""

    username: str
    password: str
    full_name: str
    groups: tuple[str, ...]
    outcome: str
    """The Hub's decision about the user, for the table that the demo prints."""


PEOPLE = (
    Person("alice", "alice-demo-1", "Alice Archer", ("hub-admins", "hub-users"), "may sign in, as an administrator"),
    Person("bob", "bob-demo-1", "Bob Baker", ("hub-users",), "may sign in"),
    Person("carol", "carol-demo-1", "Carol Cooper", (), "is refused by the Hub, as a member of no group"),
)


def table(people: tuple[Person, ...] = PEOPLE) -> str:
    """The accounts as lines of text with aligned columns: name, password, groups, outcome."""
    rows = [("Name", "Password", "Groups", "Outcome")]
    rows += [(person.username, person.password, ", ".join(person.groups) or "-", person.outcome) for person in people]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)) + "  " + row[3]
        for row in rows
    )
