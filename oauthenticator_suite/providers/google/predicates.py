"""What Google's claims say on access: ``judge(value, who)``, with an option's value."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ...policy.identity import Identity


def hosted_domain_of(who: Identity) -> str:
    """The Workspace domain that the account belongs to, by the signed claim ``hd`` alone; else an empty string.

    The domain of an e-mail address says nothing: anybody can have a consumer account with a work address.
    """
    domain = who.claims.get("hd")
    return domain.lower() if isinstance(domain, str) else ""


def in_hosted_domains(domains: Collection[str], who: Identity) -> bool:
    """Whether the account belongs to one of `domains`."""
    return hosted_domain_of(who) in {domain.lower() for domain in domains}


def in_google_groups(by_domain: Mapping[str, Collection[str]], who: Identity) -> bool:
    """Whether the user is in a group that is named for the user's own domain, by its name or its whole address."""
    domain = hosted_domain_of(who)
    groups = who.claims.get("google_groups")
    if not domain or not isinstance(groups, list):
        return False
    for theirs, names in by_domain.items():
        if theirs.lower() == domain:
            return not {name.lower().removesuffix(f"@{domain}") for name in names}.isdisjoint(groups)
    return False
