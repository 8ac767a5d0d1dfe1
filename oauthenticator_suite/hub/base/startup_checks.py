"""Start-up checks that hold for every authenticator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jupyterhub.auth import Authenticator

from ..findings.deprecated import deprecated_options
from ..findings.finding import ERROR, WARNING, Check, Problem, check, section
from ..findings.names import NAME_CHECKS
from ..findings.unknown import SECTION_CHECKS
from ..options.trait_types import Renamed
from .access_checks import ACCESS_CHECKS
from .advice import ADVICE_CHECKS
from .crypt_key import why_no_encryption
from .key_checks import KEY_CHECKS
from .refresh_guard import is_overridden
from .shared_origin import shared_origin
from .value_checks import VALUE_CHECKS


@check(
    "crypt-key",
    ERROR,
    "`enable_auth_state` is on, and the Hub has no usable encryption key.",
    "Create a key with `openssl rand -hex 32`, and start the Hub with it in `JUPYTERHUB_CRYPT_KEY`.",
    stage="options",
)
def no_crypt_key(authenticator: Any) -> Iterator[Problem]:
    """Checked before the Hub does, because the Hub's message does not name the fix."""
    if authenticator.enable_auth_state and authenticator.parent is not None:
        problem = why_no_encryption(authenticator.config)
        if problem is not None:
            yield Problem("enable_auth_state", *problem)


@check(
    "no-authenticate",
    ERROR,
    "A class of another package or of the operator does not define `authenticate`.",
    "Define it, or derive the class from a class that does.",
)
def no_authenticate(authenticator: Any) -> Iterator[Problem]:
    """A class that can sign in no user."""
    cls = type(authenticator)
    if cls.authenticate is Authenticator.authenticate:
        yield Problem(
            "",
            f"{cls.__name__} does not define authenticate(handler, data)",
            "Define it, or derive the class from a class that does",
        )


SEALED = {
    "decide": "the access options, extra_required_rules() or check_allowed()",
    "groups_in": "update_auth_model(), which may change the groups of the model",
    "policy": "the access options, extra_required_rules() or check_allowed()",
    "required_rules": "extra_required_rules(), whose rules are added to all others",
    "blocked_rules": "the option blocked_users, or extra_required_rules()",
    "get_authenticated_user": "authenticate(), or the option post_auth_hook",
}
"""Methods that the access decision rests on, with the place for code that an operator would write there."""


@check(
    "sealed-override",
    ERROR,
    "A class of another package or of the operator overrides `decide`, `groups_in`, `policy`, `required_rules`, "
    "`blocked_rules` or `get_authenticated_user`.",
    "Remove the override, and use what the message names: an override could switch off blocks and restrictions.",
)
def sealed_overrides(authenticator: Any) -> Iterator[Problem]:
    """Overrides that would stand in place of the access decision."""
    cls = type(authenticator)
    for method, instead in SEALED.items():
        if is_overridden(cls, method):
            yield Problem("", f"{cls.__name__}.{method} must not be overridden", f"Use {instead}")


@check(
    "option-without-effect",
    ERROR,
    "An option is set that has no effect on this kind of sign-in.",
    "Remove it.",
)
def options_without_effect(authenticator: Any) -> Iterator[Problem]:
    """The operator expects something of the option that would not happen."""
    given = authenticator._find_my_config(authenticator.config)
    renamed = {name: trait.new_name for name, trait in authenticator.traits().items() if isinstance(trait, Renamed)}
    meaningless = authenticator.options_without_meaning()
    for option in given:
        reason = meaningless.get(option) or meaningless.get(renamed.get(option, ""))
        if reason:
            yield Problem(option, f"has no meaning here: {reason}", "Remove it")


@check(
    "no-refresh",
    WARNING,
    "`auth_refresh_age` is 0: a user who is blocked or loses a group keeps sessions and tokens until the next login.",
    "Set `auth_refresh_age` to a number of seconds, such as 300, or accept this.",
)
def no_refresh(authenticator: Any) -> Iterator[Problem]:
    """JupyterHub then never asks `refresh_user`."""
    if not authenticator.auth_refresh_age:
        fix = f"Set {section(authenticator)}.auth_refresh_age to a number of seconds, or accept this"
        yield Problem("auth_refresh_age", "is 0, so that a denied user is found only at the next login", fix)


@check(
    "groups-not-managed",
    ERROR,
    "An option about Hub groups is set without `manage_groups`.",
    "Set `manage_groups` to True.",
)
def groups_not_managed(authenticator: Any) -> Iterator[Problem]:
    """Without `manage_groups` no user is in a group, so that these options match no user."""
    for option in authenticator.options_that_need_groups():
        if getattr(authenticator, option) and not authenticator.manage_groups:
            fix = f"Set {section(authenticator)}.manage_groups = True as well"
            yield Problem(option, "is set, but no groups are known", fix)


@check(
    "group-roles-not-managed",
    ERROR,
    "`group_roles` is set without `manage_roles` or `manage_groups`.",
    "Set both to True.",
)
def group_roles_not_managed(authenticator: Any) -> Iterator[Problem]:
    """Roles that would be given to no user."""
    for option in ("manage_roles", "manage_groups"):
        if authenticator.group_roles and not getattr(authenticator, option):
            fix = f"Set {section(authenticator)}.{option} = True as well"
            yield Problem("group_roles", "is set, but has no effect", fix)


@check(
    "group-roles-admin",
    ERROR,
    "`group_roles` assigns the role `admin`.",
    "Name the group in `admin_groups` instead.",
)
def group_roles_assign_admin(authenticator: Any) -> Iterator[Problem]:
    """The role comes with administrator rights, which other options decide."""
    if "admin" in authenticator.managed_roles.assigned():
        fix = f"Name that group in {section(authenticator)}.admin_groups instead"
        yield Problem("group_roles", "assigns the role admin", fix)


@check(
    "group-roles-without-auth-state",
    WARNING,
    "`group_roles` is set without `enable_auth_state`.",
    "Set `enable_auth_state` to True, so that the Hub knows the roles again after a restart.",
)
def group_roles_without_auth_state(authenticator: Any) -> Iterator[Problem]:
    """JupyterHub drops the roles of users when it starts; they return with the next refresh."""
    if authenticator.group_roles and not authenticator.enable_auth_state:
        yield Problem(
            "group_roles",
            "is set without enable_auth_state: after a restart the Hub has lost the assigned roles until each user's "
            "next login",
            f"With {section(authenticator)}.enable_auth_state it knows them again as soon as the user opens a page",
        )


@check(
    "managed-roles-not-reset",
    WARNING,
    "`load_managed_roles` is overridden, and `reset_managed_roles_on_startup` is off: JupyterHub fails at its next "
    "start.",
    "Set `reset_managed_roles_on_startup` to True.",
)
def managed_roles_not_reset(authenticator: Any) -> Iterator[Problem]:
    """JupyterHub 5.0 to 6.1: KeyError 'users' in init_role_assignment, once a user has such a role."""
    if (
        authenticator.manage_roles
        and is_overridden(type(authenticator), "load_managed_roles")
        and not authenticator.reset_managed_roles_on_startup
    ):
        yield Problem(
            "reset_managed_roles_on_startup",
            "is off, and load_managed_roles is overridden: JupyterHub fails at its next start, unless each role names "
            "its users",
            f"Set {section(authenticator)}.reset_managed_roles_on_startup = True",
        )


@check(
    "reconcile-hook-without-auth-state",
    ERROR,
    "`reconcile_auth_state_hook` is set without `enable_auth_state`.",
    "Set `enable_auth_state` to True.",
)
def reconcile_hook_without_auth_state(authenticator: Any) -> Iterator[Problem]:
    """A hook that would never be called."""
    if authenticator.reconcile_auth_state_hook is not None and not authenticator.enable_auth_state:
        yield Problem(
            "reconcile_auth_state_hook",
            "is set, but no auth_state is stored",
            f"Set {section(authenticator)}.enable_auth_state = True as well",
        )


@check(
    "session-limit-without-refresh",
    ERROR,
    "`session_max_age` or `session_idle_timeout` is set, and `auth_refresh_age` is 0.",
    "Set `auth_refresh_age` to the number of seconds between two checks, such as 300.",
)
def session_limit_without_refresh(authenticator: Any) -> Iterator[Problem]:
    """The limits are checked at a refresh."""
    for option in ("session_max_age", "session_idle_timeout"):
        if getattr(authenticator, option) and not authenticator.auth_refresh_age:
            yield Problem(option, "is set, but auth_refresh_age is 0, so that no session is ever checked")


BASE_CHECKS: tuple[Check, ...] = (
    session_limit_without_refresh,
    *SECTION_CHECKS,
    *NAME_CHECKS,
    deprecated_options,
    no_crypt_key,
    no_authenticate,
    sealed_overrides,
    options_without_effect,
    no_refresh,
    groups_not_managed,
    group_roles_not_managed,
    group_roles_assign_admin,
    group_roles_without_auth_state,
    managed_roles_not_reset,
    reconcile_hook_without_auth_state,
    shared_origin,
    *ACCESS_CHECKS,
    *VALUE_CHECKS,
    *KEY_CHECKS,
    *ADVICE_CHECKS,
)
"""The checks of every authenticator."""
