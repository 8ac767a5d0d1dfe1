"""What an authentication model says of somebody, held against what the Hub has of them already; and writing it down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyterhub import orm
from jupyterhub.auth import Authenticator
from jupyterhub.roles import assign_default_roles
from jupyterhub.user import User

from ...errors import HookError

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
        return True  # of which `write` says what is wrong
    groups = model["groups"]
    return groups is not None and set(groups) != {group.name for group in user.groups}


def check_groups(authenticator: Authenticator, model: Mapping[str, Any]) -> None:
    """Refuse a model that does not say what it must.

    Raises
    ------
    HookError
        When groups are managed, and the model has none.
    """
    if authenticator.manage_groups and "groups" not in model:
        raise HookError(
            "manage_groups is set, and the authentication model has no groups: a post_auth_hook or an override has "
            "dropped them (with None the user's groups stay as they are)"
        )


def belong(authenticator: Authenticator, user: User, model: Mapping[str, Any]) -> None:
    """Groups and roles, where they are for the authenticator to say."""
    if authenticator.manage_groups and model["groups"] is not None:
        user.sync_groups(model["groups"])
    if authenticator.manage_roles and model.get("roles") is not None:
        user.sync_roles(model["roles"])


def write(authenticator: Authenticator, user: User, model: Mapping[str, Any]) -> None:
    """What the Hub does when a refresh tells it `model`; but `auth_state` is let be.

    The Hub would read that and write it back, waiting for a thread twice: a refresh token that has been replaced in the
    meantime would be lost.

    Raises
    ------
    HookError
        As `check_groups`.
    """
    check_groups(authenticator, model)
    if model.get("admin") is not None:
        user.admin = model["admin"]
    if HAS_PROFILES and model.get("user_info") is not None:
        user.user_info = model["user_info"]
    assign_default_roles(user.db, entity=user)
    belong(authenticator, user, model)
    user.db.commit()
