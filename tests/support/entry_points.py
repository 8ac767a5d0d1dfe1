"""The classes that the package offers to JupyterHub by name, as oauthenticator_suite/registry.py lists them."""

from __future__ import annotations

from importlib import import_module

from oauthenticator_suite import OAuthenticator, registry
from oauthenticator_suite.hub.unix.local_users import LocalUsers


def _class(module: str, name: str) -> type:
    found: type | None = getattr(import_module(f"oauthenticator_suite.{module}"), name, None)
    assert found is not None, (
        f"add class {name} to oauthenticator_suite/{module.replace('.', '/')}, or correct registry.py"
    )
    return found


ENTRY_POINTS: dict[str, type] = {name: _class(*where) for name, where in registry.classes().items()}
"""Name in the group `jupyterhub.authenticators` → class."""

PROVIDERS = {
    name: cls
    for name, cls in ENTRY_POINTS.items()
    if issubclass(cls, OAuthenticator) and not issubclass(cls, LocalUsers)
}
"""Those that sign in at an OAuth provider."""

LOCAL = {name: cls for name, cls in ENTRY_POINTS.items() if issubclass(cls, OAuthenticator) and name not in PROVIDERS}
"""The same, for users of the system."""
