"""The classes that the package offers to JupyterHub by name, as oauthenticator_suite/registry.py lists them."""

from __future__ import annotations

import oauthenticator_suite
from oauthenticator_suite import OAuthenticator, registry
from oauthenticator_suite.hub.unix.local_users import LocalUsers

ENTRY_POINTS: dict[str, type] = {
    name: getattr(oauthenticator_suite, cls) for name, (_, cls) in registry.classes().items()
}
"""Name in the group `jupyterhub.authenticators` → class."""

PROVIDERS = {
    name: cls
    for name, cls in ENTRY_POINTS.items()
    if issubclass(cls, OAuthenticator) and not issubclass(cls, LocalUsers)
}
"""Those that sign in at an OAuth provider."""

LOCAL = {name: cls for name, cls in ENTRY_POINTS.items() if issubclass(cls, OAuthenticator) and name not in PROVIDERS}
"""The same, for users of the system."""
