"""The accounts of the demo. Their passwords are public: the demo listens on this machine only."""

from __future__ import annotations

from typing import NamedTuple

UNIVERSITY = "Demo University"
"""The name of the provider. Its accounts are `PEOPLE`."""

GUESTS = "a guest account"
"""The name of the form on the Hub's own page. Its accounts are `GUEST_PEOPLE`."""


class Person(NamedTuple):
    """An account."""

    username: str
    password: str
    full_name: str
    groups: tuple[str, ...]
    outcome: str
    """The Hub's decision about the user, for the tables that the demo shows."""


PEOPLE = (
    Person("alice", "alice-demo-1", "Alice Archer", ("hub-admins", "hub-users"), "administrator"),
    Person("bob", "bob-demo-1", "Bob Baker", ("hub-users",), "may sign in"),
    Person("carol", "carol-demo-1", "Carol Cooper", (), "is refused"),
    Person("dave", "dave-demo-1", "Dave Dyer", ("hub-users", "teachers"), "may sign in, has the role “teacher”"),
)

GUEST_PEOPLE = (Person("grace", "grace-demo-1", "Grace Green", (), "may sign in"),)
"""The guests. ``examples/demo_config.py`` has the hashes of their passwords."""


def table() -> str:
    """The accounts as lines of text with aligned columns: name, password, way to sign in, groups, outcome."""
    rows = [("Account", "Password", "Sign in with", "Groups", "On the Hub")]
    for way, people in ((UNIVERSITY, PEOPLE), (GUESTS, GUEST_PEOPLE)):
        rows += [(each.username, each.password, way, ", ".join(each.groups) or "–", each.outcome) for each in people]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)) + "  " + row[4]
        for row in rows
    )
