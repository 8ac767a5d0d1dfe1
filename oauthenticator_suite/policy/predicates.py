"""Predicates of access options: whether an option's value applies to a user.

Each is a `Predicate`, called as ``predicate(value, identity)`` with the option's value and an `Identity`.
`oauthenticator_suite.hub.options.trait_types.rule` attaches it to the option as a tag.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from .claims import find_claim
from .identity import Identity
from .restrictions import has_email_in, has_required_claims, verified_email
from .unknown import Unknown, refuse_cut_off, refuse_reference

Predicate = Callable[[Any, Identity], bool]
"""The type of an access option's predicate: ``predicate(value, identity)``."""


def in_groups(groups: Collection[str], identity: Identity) -> bool:
    """Whether the user is in at least one of the Hub groups `groups`.

    Raises
    ------
    Unknown
        When the user's groups are not known.
    """
    if not identity.groups.isdisjoint(groups):
        return True
    if identity.groups_unknown:
        raise Unknown(identity.groups_unknown, retry=False)
    return False


def has_scopes(scopes: Collection[str], identity: Identity) -> bool:
    """Whether the provider granted all of `scopes`. False when `scopes` is empty."""
    return bool(scopes) and identity.scopes.issuperset(scopes)


def has_claims(required: Mapping[str, Any], identity: Identity) -> bool:
    """Whether the claims have the values in `required` (see `has_required_claims`).

    Raises
    ------
    Unknown
        When one of them is sent as a reference or is incomplete, and the others have the values.
    """
    unknown: Unknown | None = None
    for key, value in required.items():
        try:
            refuse_reference(identity.claims, key)
            if not has_required_claims(identity.claims, {key: value}):
                refuse_cut_off(identity.claims, key)
                return False
        except Unknown as error:
            unknown = error
    if unknown is not None:
        raise unknown
    return True


def has_verified_email(wanted: bool, identity: Identity) -> bool:
    """Whether the provider has verified the user's e-mail address. True when not `wanted`.

    Raises
    ------
    Unknown
        When the provider sends only a reference to it.
    """
    return not wanted or _verified_email(identity) is not None


def has_verified_email_in(domains: Collection[str], identity: Identity) -> bool:
    """Whether the provider has verified an e-mail address in one of `domains`. Raises as `has_verified_email`."""
    return _verified_email(identity) is not None and has_email_in(identity.claims, domains)


def _verified_email(identity: Identity) -> str | None:
    email = verified_email(identity.claims)
    if email is None:
        for claim in ("email", "email_verified"):
            refuse_reference(identity.claims, claim)
    return email


def member_of(kind: str) -> Predicate:
    """The predicate of an option that lists memberships of one `kind`, such as ``organization``.

    The names are compared with `Identity.memberships`, which holds the option's own spelling of each name. The
    predicate raises `Unknown` when the user is in no known group, and not all groups are known.
    """

    def is_member(names: Collection[str], identity: Identity) -> bool:
        if not identity.memberships.get(kind, frozenset()).isdisjoint(names):
            return True
        if kind in identity.memberships_unknown:
            raise Unknown(identity.memberships_unknown[kind], retry=False)
        return False

    return is_member


def has_name_in(claim: str) -> Predicate:
    """The predicate of an option that lists names of which one must be in the claim at this key, which is a list."""

    def has_name(names: Collection[str], identity: Identity) -> bool:
        found = find_claim(identity.claims, claim)
        return isinstance(found, list) and any(isinstance(name, str) and name in names for name in found)

    return has_name
