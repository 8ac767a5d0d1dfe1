"""What an authentication model says of somebody, held against what the Hub has of them already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyterhub import orm
from jupyterhub.auth import Authenticator
from jupyterhub.user import User

HAS_PROFILES = hasattr(orm.User, "user_info")
"""JupyterHub 5 keeps none."""


def rights_change(user: User, model: Mapping[str, Any]) -> bool:
    """Whether the user becomes an administrator, or ceases to be one, or lacks a role that goes with that."""
    roles = {role.name for role in user.roles}
    admin = model.get("admin")
    return admin not in (None, user.admin) or "user" not in roles or ("admin" in roles) != bool(user.admin)


def anything_new(authenticator: Authenticator, user: User, model: Mapping[str, Any]) -> bool:
    """Whether the Hub would write anything but `auth_state` if it were told `model`. Roles count as new if managed."""
    if authenticator.manage_roles or rights_change(user, model):
        return True
    if HAS_PROFILES and model.get("user_info") not in (None, user.user_info):
        return True
    if not authenticator.manage_groups:
        return False
    if "groups" not in model:
        return True  # of which the Hub says what is wrong
    groups = model["groups"]
    return groups is not None and set(groups) != {group.name for group in user.groups}
