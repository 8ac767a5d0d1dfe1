"""Access rules on Google's claims: each function is ``predicate(value, identity)`` for an option's value."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ...policy.identity import Identity


def hosted_domain_of(identity: Identity) -> str:
    """The Workspace domain of the account, from the signed claim ``hd``; an empty string without one.

    The domain of the e-mail address does not count: a consumer account can have an address of any domain.
    """
    domain = identity.claims.get("hd")
    return domain.lower() if isinstance(domain, str) else ""


def in_hosted_domains(domains: Collection[str], identity: Identity) -> bool:
    """Whether the account belongs to one of `domains`."""
    return hosted_domain_of(identity) in {domain.lower() for domain in domains}


def in_google_groups(by_domain: Mapping[str, Collection[str]], identity: Identity) -> bool:
    """Whether the user is in one of the groups given for the user's own domain, by name or by address."""
    domain = hosted_domain_of(identity)
    groups = identity.claims.get("google_groups")
    if not domain or not isinstance(groups, list):
        return False
    for group_domain, names in by_domain.items():
        if group_domain.lower() == domain:
            return not {name.lower().removesuffix(f"@{domain}") for name in names}.isdisjoint(groups)
    return False
