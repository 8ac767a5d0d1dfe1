"""Restrictions on what the provider says of a person: predicates over claims, strict about types and about e-mail."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from .claims import find_claim


def has_required_claims(claims: Mapping[str, Any], required: Mapping[str, Any]) -> bool:
    """Whether each claim named in `required` (plain or dotted) has one of the values given for it.

    A value given alone is a list of one. A claim that is a list needs one common member. Types count: ``"1"`` is not 1,
    and True is not 1.
    """
    return all(_one_of(find_claim(claims, key), wanted) for key, wanted in required.items())


def _one_of(found: Any, wanted: Any) -> bool:
    accepted = wanted if isinstance(wanted, (list, tuple, set, frozenset)) else [wanted]
    present = found if isinstance(found, list) else [found]
    return any(type(a) is type(b) and a == b for a in present for b in accepted)


def verified_email(claims: Mapping[str, Any]) -> str | None:
    """The ``email`` that the provider vouches for (``email_verified``), or None.

    Only the value true vouches (OpenID Connect Core 1.0 §5.1), or the string ``"true"``, which some providers send. An
    address with another number of ``@`` than one, or with white space or control characters, is none.
    """
    email, verified = claims.get("email"), claims.get("email_verified")
    if not (verified is True or verified == "true") or not isinstance(email, str):
        return None
    return email if is_address(email) else None


def is_address(email: str) -> bool:
    """Whether this can be one e-mail address: one ``@`` with something before and after it, and nothing unseen."""
    local, _, domain = email.partition("@")
    if not local or not domain or "@" in domain:
        return False
    return not any(character.isspace() or not character.isprintable() for character in email)


def has_email_in(claims: Mapping[str, Any], domains: Collection[str]) -> bool:
    """Whether the verified e-mail address is in one of `domains`: the whole domain, without regard to (ASCII) case.

    A subdomain is another domain.
    """
    email = verified_email(claims)
    return email is not None and email.partition("@")[2].lower() in {domain.lower() for domain in domains}
