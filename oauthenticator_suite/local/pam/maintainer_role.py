"""The role ``maintainer``, which has fewer rights than an administrator and more than a plain user."""

from __future__ import annotations

from typing import Any

from jupyterhub import orm, roles
from jupyterhub.scopes import ScopeNotFound

from ...errors import ConfigurationError
from .options import PAMOptions

ADMIN, MAINTAINER, USER = "admin", "maintainer", "user"
"""The levels that Unix groups give to their members, the highest first."""


def define_maintainer_role(options: PAMOptions, app: Any) -> None:
    """Add the role to the Hub's database, unless ``JupyterHub.load_roles`` defines it.

    Called at start-up, after the Hub has loaded its own roles. With `manage_roles` the role is assigned at each login
    and refresh; otherwise the Hub group ``maintainer`` gets it. When the role is no longer defined, the Hub deletes it
    at its next start, as it does with roles that were removed from `load_roles`.

    Parameters
    ----------
    app:
        The running `JupyterHub` application.

    Raises
    ------
    ConfigurationError
        When `load_roles` defines the role and `maintainer_scopes` is set as well, or when a scope does not exist.
    """
    name = f"c.{type(options).__name__}.maintainer_scopes"
    spec = next((spec for spec in app.load_roles if spec.get("name") == MAINTAINER), None)
    if spec is None:
        spec = {
            "name": MAINTAINER,
            "description": "Sees all users and running servers",
            "scopes": list(options.maintainer_scopes),
        }
        try:
            roles.create_role(app.db, spec)
        except ScopeNotFound as error:
            raise ConfigurationError(f"{name}: {error}") from None
    elif "maintainer_scopes" in options._find_my_config(options.config):
        raise ConfigurationError(
            f"the role {MAINTAINER!r} is defined in c.JupyterHub.load_roles, and {name} is set: remove one of them"
        )
    if not options.manage_roles and "groups" not in spec:
        group = orm.Group.find(app.db, MAINTAINER)
        if group is None:
            group = orm.Group(name=MAINTAINER)
            app.db.add(group)
            app.db.commit()
        roles.grant_role(app.db, group, MAINTAINER)
