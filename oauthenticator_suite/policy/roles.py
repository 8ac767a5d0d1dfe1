"""From groups to roles of the Hub."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def roles_of(groups: Collection[str], group_roles: Mapping[str, Collection[str]], *, admin: bool) -> list[str]:
    """The names of all roles that a member of `groups` has, each once.

    The list is the whole truth (the Hub takes away every role that is not in it), so it begins with the roles that a
    user has in any case: ``user``, and ``admin`` for an administrator.

    Parameters
    ----------
    group_roles:
        The roles that the members of each group get. Groups are told apart by their exact names.
    admin:
        Whether the user is an administrator.
    """
    due = ["user", "admin"] if admin else ["user"]
    for group, roles in group_roles.items():
        if group in groups:
            due.extend(roles)
    return list(dict.fromkeys(due))


def highest_level(levels: Mapping[str, Collection[str]], groups: Collection[str]) -> str | None:
    """The first of `levels`, in their order, one of whose groups is among `groups`; None where there is none."""
    return next((level for level, members in levels.items() if not set(members).isdisjoint(groups)), None)
