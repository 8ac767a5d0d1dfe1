"""The identity of a user: the value to which access rules are applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Identity:
    """The identity of one user, as known from the provider and the Hub.

    An account is the pair (issuer, subject), not a name.

    Attributes
    ----------
    username:
        The name on the Hub, after `username_map`. `allowed_users` and similar options contain these names.
    login:
        The name at the provider, or None.
    issuer:
        The provider's issuer identifier, or None if the provider has none.
    subject:
        The provider's stable key of the account, or None if the provider has none.
    groups:
        The Hub groups of the user.
    groups_unknown:
        Why the groups of the user are not known, for the log; empty if they are known.
    scopes:
        The scopes that the provider granted.
    memberships:
        For each kind of membership (such as ``organization``), the names in access options that apply to the user.
    memberships_unknown:
        Why memberships are not known, by kind, where `memberships` may lack some; empty if all are known.
    claims:
        The user's data from the provider.
    facts:
        Data that the authenticator looked up elsewhere, such as an account of the operating system.
    """

    username: str
    login: str | None = None
    issuer: str | None = None
    subject: str | None = None
    groups: frozenset[str] = frozenset()
    groups_unknown: str = ""
    scopes: frozenset[str] = frozenset()
    memberships: Mapping[str, frozenset[str]] = field(default_factory=dict)
    memberships_unknown: Mapping[str, str] = field(default_factory=dict)
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)
    facts: Mapping[str, Any] = field(default_factory=dict, repr=False)
