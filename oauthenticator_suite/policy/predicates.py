"""What the value of an option on access says of somebody: one function for each kind of such options.

Each is ``judge(value, who)``, with the option's value and an `Identity`, and is put beside the option by
`oauthenticator_suite.hub.options.trait_types.rule`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from .identity import Identity
from .restrictions import has_email_in, has_required_claims, verified_email

Judge = Callable[[Any, Identity], bool]


def in_groups(groups: Collection[str], who: Identity) -> bool:
    """Whether one of the Hub's groups of `who` is among `groups`."""
    return not who.groups.isdisjoint(groups)


def has_scopes(scopes: Collection[str], who: Identity) -> bool:
    """Whether all of `scopes` were granted, and there are any to be granted."""
    return bool(scopes) and who.scopes.issuperset(scopes)


def has_claims(required: Mapping[str, Any], who: Identity) -> bool:
    """Whether the claims have the values that `required` asks for."""
    return has_required_claims(who.claims, required)


def has_verified_email(wanted: bool, who: Identity) -> bool:
    """Whether the provider vouches for an address, if that is `wanted`."""
    return not wanted or verified_email(who.claims) is not None


def has_verified_email_in(domains: Collection[str], who: Identity) -> bool:
    """Whether the provider vouches for an address in one of `domains`."""
    return has_email_in(who.claims, domains)


def member_of(kind: str) -> Judge:
    """The judge of an option that names memberships of one `kind`, such as ``organization``.

    It compares with the names that the provider's look-up found to be the user's, in the spelling of the option.
    """

    def judge(names: Collection[str], who: Identity) -> bool:
        return not who.memberships.get(kind, frozenset()).isdisjoint(names)

    return judge
