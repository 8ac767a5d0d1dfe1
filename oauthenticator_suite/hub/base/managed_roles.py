"""JupyterHub roles that follow a user's groups (`manage_roles` and `group_roles`)."""

from __future__ import annotations

from logging import Logger, LoggerAdapter
from typing import Any, Protocol

from jupyterhub import orm

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


class ManagedRoles:
    """The managed roles of one authenticator.

    Roles are *defined* in ``JupyterHub.load_roles`` and *assigned* here. With `manage_roles` JupyterHub takes the list
    in the authentication model as complete, at each login and refresh: it removes every role that is not in the list,
    also ``user`` and ``admin``.
    """

    def __init__(self, authenticator: HasRoleOptions) -> None:
        self._authenticator = authenticator
        self._definitions: dict[str, dict[str, Any]] = {}

    def complete(self, auth_model: dict[str, Any], *, was_admin: bool) -> None:
        """Complete ``roles`` in the model: roles that an override or hook set, and those that `group_roles` gives.

        Parameters
        ----------
        was_admin:
            Whether the Hub's account is an administrator. It stays one when ``admin`` in the model is None.
        """
        if not self._authenticator.manage_roles:
            return
        admin = auth_model.get("admin")
        given = [role if isinstance(role, dict) else self._definition(role) for role in auth_model.get("roles") or ()]
        groups = auth_model.get("groups") or ()
        names = roles_of(groups, self._authenticator.group_roles, admin=bool(was_admin if admin is None else admin))
        due = [self._definition(name) for name in names if name not in {role["name"] for role in given}]
        auth_model["roles"] = [*given, *due]

    def check(self, *, defines_roles: bool) -> None:
        """Refuse options that contradict each other.

        Parameters
        ----------
        defines_roles:
            Whether the class overrides `load_managed_roles`.

        Raises
        ------
        ConfigurationError
            Naming the option and the fix.
        """
        authenticator = self._authenticator
        name = f"c.{type(authenticator).__name__}"
        if authenticator.manage_roles and defines_roles and not authenticator.reset_managed_roles_on_startup:
            # JupyterHub 5.0 to 6.1: KeyError 'users' in init_role_assignment, once a user has such a role
            authenticator.log.warning(
                "load_managed_roles is overridden: set %s.reset_managed_roles_on_startup = True, or JupyterHub fails "
                "at its next start, unless each role names its users",
                name,
            )
        if not authenticator.group_roles:
            return
        for option in ("manage_roles", "manage_groups"):
            if not getattr(authenticator, option):
                raise ConfigurationError(f"{name}.group_roles is set, but has no effect: set {name}.{option} = True")
        if "admin" in self._assigned():
            raise ConfigurationError(
                f"{name}.group_roles assigns the role admin: name that group in {name}.admin_groups instead"
            )
        if not authenticator.enable_auth_state:
            authenticator.log.warning(
                "%s.group_roles: after a restart the Hub has lost the assigned roles until each user's next login. "
                "With %s.enable_auth_state it knows them again as soon as the user opens a page.",
                name,
                name,
            )

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
        unknown = self._assigned() - self._definitions.keys()
        if unknown:
            raise ConfigurationError(
                f"c.{type(self._authenticator).__name__}.group_roles names roles that the Hub does not have: "
                f"{', '.join(sorted(unknown))}. Define them in c.JupyterHub.load_roles (name and scopes, without users "
                "and groups). The Hub has: " + ", ".join(sorted(self._definitions))
            )

    def _assigned(self) -> set[str]:
        return {role for roles in self._authenticator.group_roles.values() for role in roles}

    def _definition(self, name: str) -> dict[str, Any]:
        # a copy, because the Hub writes into it
        return dict(self._definitions.get(name) or {"name": name})
