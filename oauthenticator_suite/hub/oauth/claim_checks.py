"""Start-up checks on options about claims: their source, the form of groups, and entitlements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...policy.entitlements import parse_entitlement
from ..base.access_checks import has_groups_of_own_code
from ..findings.finding import ERROR, WARNING, Check, Problem, check, section
from ..unix.identity import in_unix_groups


@check(
    "merged-claims",
    ERROR,
    "`merge_id_token_claims` is set together with `userdata_from_id_token`, or without the scope `openid`.",
    "Remove `userdata_from_id_token`, or add `openid` to `scope`.",
)
def merged_claims(authenticator: Any) -> Iterator[Problem]:
    """Two sources are needed for a merge."""
    if not authenticator.merge_id_token_claims:
        return
    name = section(authenticator)
    if authenticator.userdata_from_id_token:
        yield Problem(
            "merge_id_token_claims",
            f"reads userinfo, which {name}.userdata_from_id_token = True does not",
            f"Set {name}.userdata_from_id_token = False, or remove merge_id_token_claims",
        )
    if "openid" not in authenticator.scope:
        yield Problem(
            "merge_id_token_claims",
            f"needs an ID token, and {name}.scope does not ask for one",
            f"Add openid to {name}.scope if the provider is an OpenID provider, or remove merge_id_token_claims",
        )


@check(
    "groups-format-not-used",
    WARNING,
    "`groups_format` is set, and no groups are read from a key of `auth_state`.",
    "Set `manage_groups`, and `auth_state_groups_key` to a key. A function returns names, whatever their form was.",
)
def groups_format_not_used(authenticator: Any) -> Iterator[Problem]:
    """The option is about the value at the key."""
    key = authenticator.auth_state_groups_key
    if authenticator.groups_format == "names":
        return
    if not authenticator.manage_groups:
        fix = f"Set {section(authenticator)}.manage_groups = True as well"
        yield Problem("groups_format", "is set, but has no effect", fix)
    elif callable(key):
        yield Problem("groups_format", "has no effect, because auth_state_groups_key is a function", "Remove it")
    elif not key:
        fix = f"Set {section(authenticator)}.auth_state_groups_key to the place of the groups in auth_state"
        yield Problem("groups_format", "has no effect, because auth_state_groups_key is empty", fix)


def _named_groups(authenticator: Any) -> Iterator[tuple[str, str]]:
    """The options on Hub groups, each with a name in it."""
    for option in ("allowed_groups", "admin_groups", "group_roles"):
        if authenticator.traits()[option].metadata.get("predicate") is not in_unix_groups:
            for name in sorted(getattr(authenticator, option)):
                yield option, name


@check(
    "entitlement-matches-nobody",
    ERROR,
    "An option names a group that cannot follow from `entitlement_namespaces`: an entitlement of another namespace or "
    "authority, or a name without its namespace where there are several.",
    "Write the entitlement as the message says, or add its namespace to `entitlement_namespaces`.",
)
def entitlements_without_match(authenticator: Any) -> Iterator[Problem]:
    """No user would be in the group. With `auth_state_groups_key`, a hook or an override, groups may have any name."""
    namespaces = authenticator.namespaces_of_entitlements
    if not namespaces.authorities or authenticator.auth_state_groups_key or has_groups_of_own_code(authenticator):
        return
    name = f"{section(authenticator)}.entitlement_namespaces"
    for option, group in _named_groups(authenticator):
        entitlement = parse_entitlement(group)
        if entitlement is None and group.lower().startswith("urn:"):
            yield Problem(
                option,
                f"names {group!r}, which is not an entitlement of a group",
                "Write it as urn:…:group:… with the role, if any, at the end",
            )
        elif entitlement is None and namespaces.qualified:
            yield Problem(
                option,
                f"names {group!r} without a namespace, and {name} has several",
                f"Write for example {sorted(namespaces.authorities)[0]}:group:{group}",
            )
        elif entitlement is not None and entitlement.namespace not in namespaces.authorities:
            yield Problem(
                option,
                f"names {group!r}, and {name} does not have its namespace",
                f"Add {entitlement.namespace!r} to {name} if the provider is responsible for it",
            )
        elif entitlement is not None and entitlement.authority is not None and not namespaces.accept(entitlement):
            yield Problem(
                option,
                f"names {group!r}, and {name} does not accept its authority",
                f"Add '{entitlement.namespace}#{entitlement.authority}' to {name}",
            )


CLAIM_CHECKS: tuple[Check, ...] = (merged_claims, groups_format_not_used, entitlements_without_match)
"""The checks on options about claims."""
