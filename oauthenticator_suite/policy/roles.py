"""JupyterHub roles that follow from group membership."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def roles_of(groups: Collection[str], group_roles: Mapping[str, Collection[str]], *, admin: bool) -> list[str]:
    """Return the names of all roles of a user in `groups`, without duplicates.

    The Hub removes every role that is not in the list. So the list begins with the roles that JupyterHub itself gives:
    ``user``, and ``admin`` for an administrator.

    Parameters
    ----------
    groups:
        The user's groups.
    group_roles:
        For each group, the roles of its members. Group names are compared exactly.
    admin:
        Whether the user is an administrator.
    """
    roles = ["user", "admin"] if admin else ["user"]
    for group, granted in group_roles.items():
        if group in groups:
            roles.extend(granted)
    return list(dict.fromkeys(roles))


def highest_level(levels: Mapping[str, Collection[str]], groups: Collection[str]) -> str | None:
    """Return the first level that has a group in `groups`, or None.

    Parameters
    ----------
    levels:
        For each level, the groups that have it; the highest level first.
    groups:
        The user's groups.
    """
    return next((level for level, members in levels.items() if not set(members).isdisjoint(groups)), None)
