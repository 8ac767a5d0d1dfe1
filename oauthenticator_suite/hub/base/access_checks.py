"""Start-up checks on access options that contradict each other, or that can match no user."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ... import registry
from ..findings.finding import ERROR, WARNING, Check, Problem, check, section
from ..findings.origin import package_of
from .admitting import admitting_options, restricting_options

_NO_LIMIT = ("deny_blocked_users", "require_confirmed_email", "require_verified_email")
"""Restrictions that every user of a public provider can satisfy."""

_SAME_AS_ALLOW_ALL = ("allow_all", "allow_existing_users")


@check(
    "username-map-key",
    WARNING,
    "A key of `username_map` can match no user, because names are compared in the form that the Hub gives them.",
    "Write the key as the message says: names are changed to lower case before the map is applied.",
)
def username_map_keys(authenticator: Any) -> Iterator[Problem]:
    """A key that the map itself does not find."""
    normalize = type(authenticator).normalize_username
    if package_of(normalize) not in ("jupyterhub", registry.PACKAGE):
        return  # the operator's own, which may change a name into any other
    for key, value in sorted(authenticator.username_map.items()):
        name = authenticator.own_name(str(authenticator.normalize_username(key)))
        if name != value and key != name:
            yield Problem("username_map", f"has the key {key!r}, which can match no user", f"Write {name!r}")


def _moot(authenticator: Any) -> list[str]:
    """The options that say which users are allowed, where all are."""
    if not authenticator.allow_all:
        return []
    admins = set(authenticator.traits(rule="admin")) | {"admin_users"}
    return [name for name in admitting_options(authenticator) if name not in admins and name not in _SAME_AS_ALLOW_ALL]


def _is_open(authenticator: Any) -> bool:
    """Whether every person in the world can get an account at the provider, and no restriction keeps any of them out.

    A hook or an override may do so: then this is not known, and the answer is no.
    """
    provider = getattr(authenticator, "public_provider", "")
    restrictions = [name for name in restricting_options(authenticator) if name not in _NO_LIMIT]
    own = authenticator.post_auth_hook is not None or any(
        _is_operators(type(authenticator), method)
        for method in ("check_blocked_users", "extra_required_rules", "authenticate", "update_auth_model")
    )
    return bool(authenticator.allow_all and provider and not restrictions and not own)


def _is_operators(cls: type[Any], method: str) -> bool:
    """Whether a method of the authenticator belongs to another package or to the operator."""
    return hasattr(cls, method) and package_of(getattr(cls, method)) not in ("jupyterhub", registry.PACKAGE)


@check(
    "open-despite-lists",
    ERROR,
    "`allow_all` is set together with lists of allowed users or groups, at a provider where everyone can get an "
    "account.",
    "Remove `allow_all` to allow only the listed users, or remove the lists.",
)
def open_despite_lists(authenticator: Any) -> Iterator[Problem]:
    """The lists show that not everyone was meant."""
    moot = _moot(authenticator)
    if moot and _is_open(authenticator):
        yield Problem(
            "allow_all",
            f"is True, so that every user of {authenticator.public_provider} can sign in, although "
            f"{' and '.join(moot)} {'is' if len(moot) == 1 else 'are'} set",
            f"Remove {section(authenticator)}.allow_all to allow only those users, or remove {' and '.join(moot)}",
        )


@check(
    "moot-lists",
    WARNING,
    "`allow_all` is set together with lists of allowed users or groups, which have no effect then.",
    "Remove `allow_all`, or remove the lists.",
)
def moot_lists(authenticator: Any) -> Iterator[Problem]:
    """All users of the provider are allowed."""
    moot = _moot(authenticator)
    if moot and not _is_open(authenticator):
        yield Problem("allow_all", f"is True, so that {' and '.join(moot)} admit no further user")


@check(
    "open-to-everyone",
    WARNING,
    "`allow_all` is set without a restriction, at a provider where everyone can get an account.",
    "If not everyone may use the Hub, remove `allow_all` and name users or groups.",
)
def open_to_everyone(authenticator: Any) -> Iterator[Problem]:
    """Deliberate openness is possible."""
    if _is_open(authenticator) and not _moot(authenticator):
        yield Problem("allow_all", f"is True: everyone with an account at {authenticator.public_provider} can sign in")


@check(
    "blocked-administrator",
    WARNING,
    "A user is in `admin_users` and in `blocked_users`. Blocked users cannot sign in.",
    "Remove the user from one of the two.",
)
def blocked_administrators(authenticator: Any) -> Iterator[Problem]:
    """Blocks come first."""
    both = sorted(set(authenticator.admin_users) & authenticator.option_rules.blocked_names())
    if both:
        yield Problem("admin_users", f"has users who are blocked: {', '.join(map(repr, both))}")


@check(
    "groups-without-key",
    ERROR,
    "An option about Hub groups is set, and `auth_state_groups_key` is empty, so that no user is in a group.",
    "Set `auth_state_groups_key` to the place of the groups in `auth_state`.",
)
def groups_without_key(authenticator: Any) -> Iterator[Problem]:
    """Providers that send no groups, such as GitHub and GitLab, have no default key."""
    if not _has_no_groups(authenticator):
        return
    options = [name for name in authenticator.options_that_need_groups() if getattr(authenticator, name)]
    for option in [*options, *(["group_roles"] if authenticator.group_roles else [])]:
        yield Problem(
            option,
            f"is set, but {section(authenticator)}.auth_state_groups_key is empty, so that no user is in a group",
            f"Set {section(authenticator)}.auth_state_groups_key to the place of the groups in auth_state, or allow "
            "users by the options of the provider",
        )


@check(
    "managed-groups-without-key",
    WARNING,
    "`manage_groups` is on, and `auth_state_groups_key` is empty, so that the Hub removes all users from all groups.",
    "Set `auth_state_groups_key`, or remove `manage_groups`.",
)
def managed_groups_without_key(authenticator: Any) -> Iterator[Problem]:
    """JupyterHub takes the list of groups for complete."""
    needing = (*authenticator.options_that_need_groups(), "group_roles")
    if _has_no_groups(authenticator) and not any(getattr(authenticator, name) for name in needing):
        yield Problem("manage_groups", "is on, but auth_state_groups_key is empty: every user is in no group")


def _has_no_groups(authenticator: Any) -> bool:
    """Whether groups are managed, and nothing says where a provider's groups are."""
    return bool(
        authenticator.manage_groups
        and hasattr(authenticator, "get_user_groups")
        and not authenticator.auth_state_groups_key
        and not getattr(authenticator, "entitlement_namespaces", ())
        and not has_groups_of_own_code(authenticator)
        and type(authenticator).get_user_groups is _usual_stage(authenticator)
    )


def has_groups_of_own_code(authenticator: Any) -> bool:
    """Whether a hook or an override of the operator may add groups of any name."""
    return (
        authenticator.post_auth_hook is not None
        or authenticator.modify_auth_state_hook is not None
        or any(
            _is_operators(type(authenticator), method)
            for method in ("get_user_groups", "update_auth_model", "authenticate", "build_auth_state_dict")
        )
    )


def _usual_stage(authenticator: Any) -> Any:
    """`get_user_groups` as the base class of all OAuth logins defines it."""
    return next(
        vars(cls)["get_user_groups"] for cls in reversed(type(authenticator).__mro__) if "get_user_groups" in vars(cls)
    )


@check(
    "groups-key-not-used",
    WARNING,
    "`auth_state_groups_key` is set, and `manage_groups` is off.",
    "Set `manage_groups` to True.",
)
def groups_key_not_used(authenticator: Any) -> Iterator[Problem]:
    """Groups are read only for a Hub whose groups are managed."""
    given = authenticator._find_my_config(authenticator.config)
    if not authenticator.manage_groups and ("auth_state_groups_key" in given or "claim_groups_key" in given):
        yield Problem(
            "auth_state_groups_key",
            "is set, but has no effect",
            f"Set {section(authenticator)}.manage_groups = True as well",
        )


ACCESS_CHECKS: tuple[Check, ...] = (
    username_map_keys,
    open_despite_lists,
    moot_lists,
    open_to_everyone,
    blocked_administrators,
    groups_without_key,
    managed_groups_without_key,
    groups_key_not_used,
)
"""The checks on access options."""
