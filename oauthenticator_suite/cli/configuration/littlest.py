"""The `config.yaml` of The Littlest JupyterHub (TLJH), applied as TLJH applies it.

TLJH turns the file into options, and then runs the Python files of the folder ``jupyterhub_config.d`` next to it.
Source: `tljh/configurer.py` and `tljh/jupyterhub_config.py` of TLJH.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .python_files import Readings
from .tracing import Place
from .unreadable import CannotReadConfiguration

_PARTS = ("http", "https", "limits", "traefik_api", "user_environment", "users")
_LISTS = {"allowed": "allowed_users", "banned": "blocked_users", "admin": "admin_users"}
_DEFAULT_CLASS = "firstuseauthenticator.FirstUseAuthenticator"


def is_littlest(tree: Mapping[str, Any]) -> bool:
    """Whether the values are those of TLJH. Each of its parts may be missing."""
    auth = tree.get("auth")
    has_class = isinstance(auth, dict) and (
        isinstance(auth.get("type"), str) or any(str(key)[:1].isupper() for key in auth)
    )
    return has_class or any(isinstance(tree.get(part), dict) for part in _PARTS)


def files_beside(path: Path) -> list[Path]:
    """The Python files that TLJH runs after the `config.yaml`, in the order in which it runs them."""
    return sorted((path.parent / "jupyterhub_config.d").glob("*.py"))


def apply_lists(tree: Mapping[str, Any], places: Mapping[tuple[str, ...], Place], readings: Readings) -> None:
    """Set what TLJH sets besides the sections: the authenticator's class, the lists of users and the base URL.

    Raises
    ------
    CannotReadConfiguration
        When a list of users is not a list of names.
    """
    config, origins = readings.config, readings.origins
    auth, users = tree.get("auth"), tree.get("users")
    kind = auth.get("type") if isinstance(auth, dict) else None
    with origins:
        config.JupyterHub.authenticator_class = kind or _DEFAULT_CLASS
    if kind:
        origins.note(("JupyterHub", "authenticator_class"), places.get(("auth", "type")))
    if tree.get("base_url"):
        with origins:
            config.JupyterHub.base_url = tree["base_url"]
        origins.note(("JupyterHub", "base_url"), places.get(("base_url",)))
    for name, option in _LISTS.items():
        names = users.get(name) if isinstance(users, dict) else None
        if not names:
            continue
        place = places.get(("users", name))
        if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
            file, line = (place.file, place.line) if place else (None, None)
            raise CannotReadConfiguration(f"users.{name} must be a list of names", file, line)
        with origins:
            config.Authenticator[option] = set(names)
        origins.note(("Authenticator", option), place)
