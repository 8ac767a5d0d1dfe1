"""JupyterHub roles that follow a user's groups (`manage_roles` and `group_roles`)."""

from __future__ import annotations

from collections.abc import Collection
from logging import Logger, LoggerAdapter
from typing import Any, Protocol

from jupyterhub import orm
from jupyterhub.user import User

from ...errors import ConfigurationError
from ...policy.roles import roles_of


class HasRoleOptions(Protocol):
    """The part of an authenticator that `ManagedRoles` uses."""

    manage_roles: bool
    manage_groups: bool
    enable_auth_state: bool
    reset_managed_roles_on_startup: bool
    group_roles: dict[str, list[str]]
    log: Logger | LoggerAdapter[Any]

    def hub_groups(self, names: Collection[str]) -> list[str]:
        """The names as the Hub's groups have them."""

    def groups_named(self, names: Collection[str]) -> frozenset[str]:
        """The Hub groups that names in options mean."""


class ManagedRoles:
    """The managed roles of one authenticator.

    Roles are *defined* in ``JupyterHub.load_roles`` and *assigned* here. With `manage_roles` JupyterHub takes the list
    in the authentication model as complete, at each login and refresh: it removes every role that is not in the list,
    also ``user`` and ``admin``.
    """

    def __init__(self, authenticator: HasRoleOptions) -> None:
        self._authenticator = authenticator
        self._definitions: dict[str, dict[str, Any]] = {}

    def complete(self, auth_model: dict[str, Any], *, was_admin: bool, user: User | None = None) -> None:
        """Complete ``roles`` in the model: roles that an override or hook set, and those that `group_roles` gives.

        Parameters
        ----------
        was_admin:
            Whether the Hub's account is an administrator. It stays one when ``admin`` in the model is None.
        user:
            The Hub's account. Its groups count when ``groups`` in the model is None, which leaves them as they are.
        """
        if not self._authenticator.manage_roles:
            return
        admin = auth_model.get("admin")
        given = [role if isinstance(role, dict) else self._definition(role) for role in auth_model.get("roles") or ()]
        groups = auth_model.get("groups")
        if groups is None:
            groups = [group.name for group in user.groups] if user is not None else ()
        group_roles, groups = self._authenticator.group_roles, self._authenticator.hub_groups(groups)
        named = [name for name in group_roles if not self._authenticator.groups_named((name,)).isdisjoint(groups)]
        names = roles_of(named, group_roles, admin=bool(was_admin if admin is None else admin))
        due = [self._definition(name) for name in names if name not in {role["name"] for role in given}]
        auth_model["roles"] = [*given, *due]

    def load_definitions(self, app: Any) -> None:
        """Read the definitions of the Hub's roles. Called at start-up, after the Hub has loaded them.

        Raises
        ------
        ConfigurationError
            When `group_roles` names a role that the Hub does not have. The Hub would create it without any scope.
        """
        if not self._authenticator.manage_roles:
            return
        self._definitions = {
            role.name: {"name": role.name, "description": role.description, "scopes": list(role.scopes)}
            for role in app.db.query(orm.Role)
        }
        unknown = self.assigned() - self._definitions.keys()
        if unknown:
            raise ConfigurationError(
                f"c.{type(self._authenticator).__name__}.group_roles names roles that the Hub does not have: "
                f"{', '.join(sorted(unknown))}. Define them in c.JupyterHub.load_roles (name and scopes, without users "
                "and groups). The Hub has: " + ", ".join(sorted(self._definitions))
            )

    def assigned(self) -> set[str]:
        """The roles that `group_roles` assigns."""
        return {role for roles in self._authenticator.group_roles.values() for role in roles}

    def _definition(self, name: str) -> dict[str, Any]:
        # a copy, because the Hub writes into it
        return dict(self._definitions.get(name) or {"name": name})
