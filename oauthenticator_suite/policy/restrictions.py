"""Checks of claims for restrictions. They are strict about types and about e-mail addresses."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from .claims import find_claim


def has_required_claims(claims: Mapping[str, Any], required: Mapping[str, Any]) -> bool:
    """Whether each claim in `required` has one of the accepted values.

    Keys are plain or dotted. An accepted value that is not a list, tuple or set counts as a list of one. If the claim
    is a list, one common member is enough. Types must match: ``"1"`` is not 1, and True is not 1.
    """
    return all(_one_of(find_claim(claims, key), wanted) for key, wanted in required.items())


def _one_of(found: Any, wanted: Any) -> bool:
    accepted = wanted if isinstance(wanted, (list, tuple, set, frozenset)) else [wanted]
    present = found if isinstance(found, list) else [found]
    return any(type(a) is type(b) and a == b for a in present for b in accepted)


def verified_email(claims: Mapping[str, Any]) -> str | None:
    """Return the ``email`` claim if the provider has verified it (``email_verified``), or None.

    ``email_verified`` must be true (OpenID Connect Core 1.0 §5.1), or the string ``"true"``, which some providers send.
    The value of ``email`` must satisfy `is_address`.
    """
    email, verified = claims.get("email"), claims.get("email_verified")
    if not (verified is True or verified == "true") or not isinstance(email, str):
        return None
    return email if is_address(email) else None


def is_address(email: str) -> bool:
    """Whether `email` has the form of an address: one ``@`` with text on both sides, and only printable characters."""
    local, _, domain = email.partition("@")
    if not local or not domain or "@" in domain:
        return False
    return not any(character.isspace() or not character.isprintable() for character in email)


def has_email_in(claims: Mapping[str, Any], domains: Collection[str]) -> bool:
    """Whether the verified e-mail address is in one of `domains`.

    The whole domain must match, so that a subdomain does not. The comparison ignores case.
    """
    email = verified_email(claims)
    return email is not None and email.partition("@")[2].lower() in {domain.lower() for domain in domains}
