"""Who somebody is, as far as the provider says: the value that every access rule judges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Identity:
    """One signed-in person.

    The three names are three things: `subject` is the provider's stable key, `login` the name there, `username` the
    name on this hub (after `username_map`). An account *is* (issuer, subject); memberships are asked for `login` or by
    token; `allowed_users` and the like speak of `username`.

    `issuer` and `subject` are None where the provider gives none. `scopes` are those granted, `groups` the Hub groups
    the login brings along. `memberships` are the names, by kind (``organization``, say), of those things named in some
    option that the user was found to belong to at the provider. `facts` are what the authenticator has looked up
    elsewhere, such as an account of the operating system.
    """

    username: str
    login: str | None = None
    issuer: str | None = None
    subject: str | None = None
    groups: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    memberships: Mapping[str, frozenset[str]] = field(default_factory=dict)
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)
    facts: Mapping[str, Any] = field(default_factory=dict, repr=False)
