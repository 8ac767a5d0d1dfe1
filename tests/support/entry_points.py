"""The classes that the package offers to JupyterHub by name, as setup.py lists them."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

from oauthenticator_suite import OAuthenticator
from oauthenticator_suite.hub.unix.local_users import LocalUsers

SETUP = Path(__file__).resolve().parents[2] / "setup.py"

ENTRY_POINTS: dict[str, type] = {
    name: getattr(import_module(module), cls)
    for name, module, cls in re.findall(r'"(suite-[\w-]+) = ([\w.]+):(\w+)"', SETUP.read_text(encoding="utf-8"))
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
