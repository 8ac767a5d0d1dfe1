"""Checks of values that an option accepts, and that cannot be meant: for every authenticator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from jupyterhub.app import JupyterHub
from jupyterhub.roles import get_default_roles
from traitlets.config import Config
from traitlets.config.loader import LazyConfigValue

from ..findings.finding import ERROR, WARNING, Check, Problem, check, section
from ..findings.hub_files import application_of
from ..findings.loaded import LoadedConfig, sections_of
from .refresh_guard import is_overridden

_SHOWN = 5
"""Names that one message lists."""

_HOOKS = ("post_auth_hook", "refresh_user_hook", "modify_auth_state_hook", "reconcile_auth_state_hook")
_OF_USERS = ("allowed_users", "admin_users", "blocked_users")


def _listed(names: Iterable[str]) -> str:
    found = sorted(names)
    return ", ".join(map(repr, found[:_SHOWN])) + (f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else "")


@check(
    "hook-not-callable",
    ERROR,
    "A hook is not a function, but for example the name of one.",
    "Set it to the function itself, which is callable, without quotation marks and parentheses.",
)
def hook_not_callable(authenticator: Any) -> Iterator[Problem]:
    """Every login would fail when JupyterHub calls it."""
    for option in _HOOKS:
        hook = getattr(authenticator, option, None)
        if hook is not None and not callable(hook):
            yield Problem(option, f"is of type {type(hook).__name__}, which is not callable")


@check(
    "username-not-valid",
    ERROR,
    "`allowed_users` or `admin_users` has a name that no user of the Hub can have: it contains a slash, or does not "
    "match `username_pattern`. JupyterHub does not start with such a user.",
    "Correct the name, or the pattern.",
    stage="options",
)
def username_not_valid(authenticator: Any) -> Iterator[Problem]:
    """JupyterHub adds these users to its database when it starts, and refuses such a name without naming the option."""
    if not isinstance(authenticator.parent, (JupyterHub, type(None))):
        return  # the names of children are completed by their parent
    for option in ("allowed_users", "admin_users"):
        bad = {name for name in getattr(authenticator, option) if not _is_valid(authenticator, name)}
        unusable = {name for name in bad if "/" in name or not authenticator.username_pattern}
        if unusable:
            yield Problem(option, f"has names that no user can have: {_listed(unusable)}", "Correct the names")
        if bad - unusable:
            yield Problem(
                "username_pattern",
                f"does not match {_listed(bad - unusable)} in {option}, so that the Hub does not start",
                f"Correct the pattern, or remove the names from {section(authenticator)}.{option}",
            )


def _is_valid(authenticator: Any, name: str) -> bool:
    # JupyterHub maps and normalizes the names in its options, too
    return bool(authenticator.validate_username(authenticator.normalize_username(name)))


@check(
    "username-map-value",
    WARNING,
    "`username_map` maps a user to a name that the Hub does not accept, so that this user cannot sign in.",
    "Choose a name without a slash and without white space around it, which matches `username_pattern`.",
)
def username_map_value(authenticator: Any) -> Iterator[Problem]:
    """The login would be refused."""
    bad = {name for name in authenticator.username_map.values() if not authenticator.validate_username(name)}
    slash = " (a name must not contain '/')" if any("/" in name for name in bad) else ""
    if bad:
        yield Problem("username_map", f"has values that are not usernames: {_listed(bad)}{slash}")


@check(
    "username-map-collision",
    WARNING,
    "`username_map` maps several users to one name. Only the first of them who signs in gets the account.",
    "Map each user to another name.",
)
def username_map_collision(authenticator: Any) -> Iterator[Problem]:
    """An account belongs to one subject of the provider."""
    counted = Counter(authenticator.username_map.values())
    if several := {name for name, number in counted.items() if number > 1}:
        yield Problem("username_map", f"maps several users to {_listed(several)}")


@check(
    "group-role-unknown",
    ERROR,
    "`group_roles` names a role that the Hub does not have.",
    "Define it in `JupyterHub.load_roles` (name and scopes), or correct the name.",
)
def group_role_unknown(authenticator: Any) -> Iterator[Problem]:
    """The Hub would create it without any scope."""
    hub = application_of(authenticator)
    if hub is None or not authenticator.manage_roles or is_overridden(type(authenticator), "load_managed_roles"):
        return
    loaded = hub.config.get("JupyterHub", Config()).get("load_roles", [])
    if isinstance(loaded, LazyConfigValue):
        loaded = loaded.get_value([])
    known = {role["name"] for role in (*loaded, *get_default_roles()) if isinstance(role, dict) and "name" in role}
    if unknown := authenticator.managed_roles.assigned() - known:
        fix = (
            "Define them in c.JupyterHub.load_roles (name and scopes, without users and groups), or correct the names. "
            f"The Hub has: {', '.join(sorted(map(str, known)))}"
        )
        yield Problem("group_roles", f"names roles that the Hub does not have: {_listed(unknown)}", fix)


@check(
    "option-in-two-sections",
    WARNING,
    "A list of users is set in the section of the class and in that of a base class, such as `c.Authenticator`. The "
    "first one replaces the second.",
    "Write all names into one of the two.",
    stage="values",
)
def option_in_two_sections(loaded: LoadedConfig) -> Iterator[Problem]:
    """The operator may expect that both count, for example of blocked users."""
    (cls,) = loaded.classes
    places: dict[str, list[tuple[str, Any]]] = {}
    order = sections_of((cls,))
    for _, given in sorted(loaded.options(), key=lambda each: order.index(each[0])):
        if given.name in _OF_USERS and not isinstance(given.value, LazyConfigValue):
            places.setdefault(given.name, []).append((given.place, given.value))
    for found in places.values():
        *replaced, (winner, value) = found
        for place, other in replaced:
            if lost := _names(other) - _names(value):
                yield Problem(place, f"is replaced by {winner}: {_listed(lost)} of it has no effect")


def _names(value: Any) -> set[str]:
    return {name for name in value if isinstance(name, str)} if isinstance(value, (set, list, tuple)) else set()


VALUE_CHECKS: tuple[Check, ...] = (
    hook_not_callable,
    username_not_valid,
    username_map_value,
    username_map_collision,
    group_role_unknown,
    option_in_two_sections,
)
"""The checks of values, for every authenticator."""
