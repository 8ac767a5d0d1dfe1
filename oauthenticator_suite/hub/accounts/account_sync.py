"""Writing an authentication model to a Hub account: rights, profile, groups, roles, `auth_state`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from jupyterhub import orm
from jupyterhub.crypto import encrypt
from jupyterhub.roles import assign_default_roles
from jupyterhub.user import User
from sqlalchemy import inspect

from ...errors import HookError
from ...policy.claims import MAX_GROUP_NAME_LENGTH
from ..database import after_commit, one_transaction
from ..observe.facts import RightsChanged
from ..observe.observers import StatesFacts
from ..store.store import store_of
from .auth_state import forget_unsaved, write_auth_state

HAS_PROFILES = hasattr(orm.User, "user_info")
"""Whether this JupyterHub stores a profile; JupyterHub 5 does not."""


DEFAULT_ROLES = frozenset({"user", "admin"})
"""The roles that JupyterHub gives by itself; the second one is the admin right."""


class ManagesAccounts(StatesFacts, Protocol):
    """The options of an authenticator that decide what is written."""

    enable_auth_state: bool
    manage_groups: bool
    manage_roles: bool


def is_persistent(user: User) -> bool:
    """False when the account has been deleted in the meantime."""
    return bool(inspect(user.orm_user).persistent)


def rights_change(user: User, model: Mapping[str, Any]) -> bool:
    """Whether the model makes the user an administrator, or no longer one, or a default role is missing."""
    roles = {role.name for role in user.roles}
    admin = model.get("admin")
    return admin not in (None, user.admin) or "user" not in roles or ("admin" in roles) != bool(user.admin)


def check_groups(authenticator: ManagesAccounts, model: Mapping[str, Any]) -> None:
    """Refuse a model without groups where groups are managed, and names that the database cannot store.

    Raises
    ------
    HookError
        When ``groups`` is missing, or the name of a group or role is too long.
    """
    if authenticator.manage_groups and "groups" not in model:
        raise HookError(
            "manage_groups is set, and the authentication model has no groups: a hook or an override has removed them "
            "(with None the user's groups stay as they are)"
        )
    names = {
        "group": model.get("groups") if authenticator.manage_groups else None,
        "role": [role["name"] for role in model.get("roles") or ()] if authenticator.manage_roles else None,
    }
    for kind, given in names.items():
        for name in given or ():
            if isinstance(name, str) and len(name) > MAX_GROUP_NAME_LENGTH:
                raise HookError(
                    f"the name of a {kind} has {len(name)} characters, and the Hub's database takes "
                    f"{MAX_GROUP_NAME_LENGTH}: {name[:40]!r}..."
                )


@dataclass(frozen=True)
class NewAccount:
    """An account before its first login, which has no rights."""

    name: str
    groups: tuple[Any, ...] = ()
    roles: tuple[Any, ...] = ()


def changed_rights(
    authenticator: ManagesAccounts, user: User | NewAccount, model: Mapping[str, Any], *, was_admin: bool
) -> RightsChanged | None:
    """How the rights that the model gives differ from those of the account; None if they do not.

    Parameters
    ----------
    was_admin:
        Whether the account had the admin right before.
    """
    admin = model.get("admin")
    groups = model["groups"] if authenticator.manage_groups else None
    roles = model.get("roles") if authenticator.manage_roles else None
    lost_groups = gained_groups = lost_roles = gained_roles = frozenset[str]()
    if groups is not None:
        before = {group.name for group in user.groups}
        gained_groups, lost_groups = frozenset(groups) - before, frozenset(before) - frozenset(groups)
    if roles is not None:
        names, held = {role["name"] for role in roles}, {role.name for role in user.roles}
        gained_roles, lost_roles = frozenset(names - held) - DEFAULT_ROLES, frozenset(held - names) - DEFAULT_ROLES
    changed_admin = None if admin is None or bool(admin) == was_admin else bool(admin)
    if changed_admin is None and not (gained_groups or lost_groups or gained_roles or lost_roles):
        return None
    return RightsChanged(
        provider=authenticator.observed_name,
        username=user.name,
        admin=changed_admin,
        groups_gained=tuple(sorted(gained_groups)),
        groups_lost=tuple(sorted(lost_groups)),
        roles_gained=tuple(sorted(gained_roles)),
        roles_lost=tuple(sorted(lost_roles)),
    )


def write_groups_and_roles(authenticator: ManagesAccounts, user: User, model: Mapping[str, Any]) -> None:
    """Set the account's groups and roles, where the authenticator manages them."""
    groups = model["groups"] if authenticator.manage_groups else None
    if groups is not None and set(groups) != {group.name for group in user.groups}:
        user.sync_groups(groups)
    if authenticator.manage_roles and model.get("roles") is not None:
        user.sync_roles(model["roles"])


def write_rights(authenticator: ManagesAccounts, user: User, model: Mapping[str, Any]) -> None:
    """Write everything but `auth_state`, without waiting, in a separate transaction.

    Raises
    ------
    HookError
        See `check_groups`.
    DatabaseFailed
        When the database cannot be written. The user is as before.
    """
    check_groups(authenticator, model)
    with one_transaction(user.db, "the rights of a user"):
        put_rights(authenticator, user, model)


def put_rights(authenticator: ManagesAccounts, user: User, model: Mapping[str, Any]) -> None:
    """The same in the caller's `one_transaction`, for a model that has passed `check_groups`."""
    change = changed_rights(authenticator, user, model, was_admin=bool(user.admin))
    if change is not None:
        fact = change
        after_commit(user.db, lambda: authenticator.observers.note(fact))
    if rights_change(user, model):
        if model.get("admin") is not None:
            user.admin = model["admin"]
            store_of(user.db).accounts.note_admin(user.orm_user, bool(model["admin"]))
        assign_default_roles(user.db, entity=user)
    if HAS_PROFILES and model.get("user_info") not in (None, user.user_info):
        user.user_info = model["user_info"]
    write_groups_and_roles(authenticator, user, model)


async def write(authenticator: ManagesAccounts, user: User, model: Mapping[str, Any]) -> None:
    """Write the whole model in one transaction. An account that has been deleted in the meantime is left alone.

    Raises
    ------
    HookError, DatabaseFailed
        See `write_rights`.
    """
    auth_state = model.get("auth_state") if authenticator.enable_auth_state else None
    encrypted = await encrypt(auth_state) if auth_state else None
    check_groups(authenticator, model)
    if not is_persistent(user):
        return
    with one_transaction(user.db, "the data of a user"):
        if encrypted is not None:
            write_auth_state(user, encrypted)
        put_rights(authenticator, user, model)
    if encrypted is not None:
        forget_unsaved(user)
