"""The role ``maintainer``, between administrators and plain users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyterhub import orm, roles
from jupyterhub.scopes import ScopeNotFound

from ...errors import ConfigurationError

if TYPE_CHECKING:
    from .authenticator import PAMAuthenticator

ADMIN, MAINTAINER, USER = "admin", "maintainer", "user"
"""What a Unix group can make of its members, the highest first."""


def define_maintainer_role(authenticator: PAMAuthenticator, app: Any) -> None:
    """Give the Hub the role, unless ``JupyterHub.load_roles`` does; at start-up, when the Hub has loaded its own.

    With `manage_roles`, it is assigned at each login and refresh. Otherwise the Hub group of its name has it. When
    nothing defines it any more, the Hub deletes it at its next start, as it does with roles that left `load_roles`.

    Raises
    ------
    ConfigurationError
        When `load_roles` defines it and `maintainer_scopes` is set as well, or there is no such scope.
    """
    name = f"c.{type(authenticator).__name__}.maintainer_scopes"
    spec = next((spec for spec in app.load_roles if spec.get("name") == MAINTAINER), None)
    if spec is None:
        spec = {
            "name": MAINTAINER,
            "description": "Sees who is there and what runs",
            "scopes": list(authenticator.maintainer_scopes),
        }
        try:
            roles.create_role(app.db, spec)
        except ScopeNotFound as error:
            raise ConfigurationError(f"{name}: {error}") from None
    elif "maintainer_scopes" in authenticator._find_my_config(authenticator.config):
        raise ConfigurationError(
            f"the role {MAINTAINER!r} is in c.JupyterHub.load_roles, and {name} is set: remove one"
        )
    if not authenticator.manage_roles and "groups" not in spec:
        group = orm.Group.find(app.db, MAINTAINER)
        if group is None:
            group = orm.Group(name=MAINTAINER)
            app.db.add(group)
            app.db.commit()
        roles.grant_role(app.db, group, MAINTAINER)
