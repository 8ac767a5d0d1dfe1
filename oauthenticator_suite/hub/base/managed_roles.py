"""The Hub's roles of a user, by their groups, with `manage_roles`."""

from __future__ import annotations

from typing import Any

from jupyterhub import orm

from ...errors import ConfigurationError
from ...policy.roles import roles_of
from ..options import AccessOptions


class ManagedRoles(AccessOptions):
    """What `group_roles` amounts to.

    Roles are *defined* in ``JupyterHub.load_roles`` and *assigned* here. With `manage_roles` the Hub takes the list in
    the authentication model as the whole truth, at each login and refresh: a role that is not in it is taken away, be
    it ``user`` or ``admin``.
    """

    _role_specs: dict[str, dict[str, Any]] | None = None

    async def load_managed_roles(self) -> list[dict[str, Any]]:
        """The roles that this authenticator brings along at start-up: none, as `group_roles` only assigns.

        So `reset_managed_roles_on_startup` takes away what earlier logins assigned (each user's next login or refresh
        assigns it anew), and deletes roles that another authenticator had made up. An override may return definitions,
        in the form of ``JupyterHub.load_roles``; their names may then be used in `group_roles`. It needs
        `reset_managed_roles_on_startup`: JupyterHub fails at its next start without.
        """
        if not self.manage_roles:
            await super().load_managed_roles()  # which says what is wrong
        return []

    def settle_roles(self, auth_model: dict[str, Any], *, was_admin: bool) -> None:
        """Complete the model's ``roles``: those that an override or hook put there, and those that are due.

        Parameters
        ----------
        was_admin:
            Whether the Hub has the user as administrator, which stays so when the model has None as ``admin``.
        """
        if not self.manage_roles:
            return
        admin = auth_model.get("admin")
        given = [role if isinstance(role, dict) else self._spec(role) for role in auth_model.get("roles") or ()]
        names = roles_of(
            auth_model.get("groups") or (), self.group_roles, admin=bool(was_admin if admin is None else admin)
        )
        due = [self._spec(name) for name in names if name not in {role["name"] for role in given}]
        auth_model["roles"] = [*given, *due]

    def check_roles(self) -> None:
        """Refuse options that contradict each other.

        Raises
        ------
        ConfigurationError
            Naming the option and the mend.
        """
        name = f"c.{type(self).__name__}"
        overridden = type(self).load_managed_roles is not ManagedRoles.load_managed_roles
        if self.manage_roles and overridden and not self.reset_managed_roles_on_startup:
            # JupyterHub 5.0 to 6.1: KeyError 'users' in init_role_assignment, as soon as somebody has such a role
            self.log.warning(
                "load_managed_roles is overridden: set %s.reset_managed_roles_on_startup = True, or JupyterHub fails "
                "at its next start, unless each role names its users",
                name,
            )
        if not self.group_roles:
            return
        for option in ("manage_roles", "manage_groups"):
            if not getattr(self, option):
                raise ConfigurationError(f"{name}.group_roles is set, but has no effect: set {name}.{option} = True")
        if "admin" in self._wanted_roles():
            raise ConfigurationError(
                f"{name}.group_roles gives the role admin: name that group in {name}.admin_groups instead"
            )
        if not self.enable_auth_state:
            self.log.warning(
                "%s.group_roles: when the Hub starts again, it forgets who has which role until each user's next "
                "login. With %s.enable_auth_state it knows again as soon as they open a page.",
                name,
                name,
            )

    def learn_roles(self, app: Any) -> None:
        """Take in what the Hub's roles are; at start-up, when the Hub has loaded them.

        Raises
        ------
        ConfigurationError
            When `group_roles` names a role that the Hub does not have.
        """
        if not self.manage_roles:
            return
        # The Hub would create an unknown role, without any scope, and complain at each login of a role without scopes.
        self._role_specs = {
            role.name: {"name": role.name, "description": role.description, "scopes": list(role.scopes)}
            for role in app.db.query(orm.Role)
        }
        unknown = self._wanted_roles() - self._role_specs.keys()
        if unknown:
            raise ConfigurationError(
                f"c.{type(self).__name__}.group_roles names roles that the Hub does not have: "
                f"{', '.join(sorted(unknown))}. Define them in c.JupyterHub.load_roles (name and scopes, without users "
                "and groups). The Hub has: " + ", ".join(sorted(self._role_specs))
            )

    def _wanted_roles(self) -> set[str]:
        return {role for roles in self.group_roles.values() for role in roles}

    def _spec(self, name: str) -> dict[str, Any]:
        # a copy, as the Hub writes into it
        return dict((self._role_specs or {}).get(name) or {"name": name})
