"""Merging the claims of the ID token with those of the userinfo endpoint."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

OF_THE_ID_TOKEN = frozenset((
    "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "azp", "nonce", "at_hash", "c_hash", "s_hash",
    "auth_time", "acr", "amr", "sid", "hd", "tid", "oid",
))  # fmt: skip
"""Claims for which the ID token is decisive: those about the token and the authentication (OpenID Connect Core 1.0 §2),
and those that say which organization or tenant the account belongs to at Google (hd) and Microsoft (tid, oid).
"""

_REFERENCES = ("_claim_names", "_claim_sources")
_VERIFIED = "_verified"


@dataclass(frozen=True, slots=True)
class MergedClaims:
    """The claims of one user.

    Attributes
    ----------
    claims:
        All claims.
    from_id_token:
        The names of those that only the ID token has, without `OF_THE_ID_TOKEN`. They are as old as the ID token.
    """

    claims: dict[str, Any]
    from_id_token: frozenset[str]


def merge_claims(id_token: Mapping[str, Any], userinfo: Mapping[str, Any]) -> MergedClaims:
    """Merge two sets of claims about one subject, which the caller has compared.

    A claim that both have is taken from userinfo, which is never older than the ID token. Exceptions:

    - A claim about the token, the authentication or the account's organization (`OF_THE_ID_TOKEN`) is taken from the
      ID token.
    - ``email_verified`` is taken from where ``email`` is taken from, unless both have the same address: one source must
      not vouch for the other's value. The same goes for every claim with a name that ends in ``_verified``.
    - References to claims that are sent elsewhere (OpenID Connect Core 1.0 §5.6.2) are taken from both.

    A claim whose value is null counts as missing. Claims that are objects are not merged with each other.
    """
    signed, asked = _present(id_token), _present(userinfo)
    claims = {**signed, **asked, **{name: signed[name] for name in signed.keys() & OF_THE_ID_TOKEN}}
    for name in [name for name in claims if name.endswith(_VERIFIED)]:
        _take_with_its_claim(name, claims, signed, asked)
    for name in _REFERENCES:
        if isinstance(signed.get(name), Mapping) and isinstance(asked.get(name), Mapping):
            claims[name] = {**signed[name], **asked[name]}
    return MergedClaims(claims, frozenset(claims.keys() - asked.keys() - OF_THE_ID_TOKEN))


def with_source_claims(
    claims: Mapping[str, Any], source: str, received: Mapping[str, Any], accepted: Collection[str]
) -> dict[str, Any]:
    """Add the verified claims of a source to the provider's (OpenID Connect Core 1.0 §5.6.2).

    Only claims are taken that the provider says are there, and that are `accepted` of the source's issuer. A claim that
    the provider states itself is never replaced; neither are claims about the token, the authentication or the account
    (`OF_THE_ID_TOKEN`). ``email`` and ``email_verified`` are taken together, so that one issuer does not vouch for the
    value of another. The same goes for every claim with a name that ends in ``_verified``.

    Parameters
    ----------
    claims:
        The provider's claims. A claim that is taken is no longer one of its references.
    source:
        The name of the source in ``_claim_names``.
    received:
        The claims of the source's token.
    accepted:
        The names of the claims for which its issuer is trusted.
    """
    names = claims["_claim_names"]
    own, there = _present(claims), _present(received)
    candidates = (name for name, where in names.items() if where == source)
    taken = {name for name in candidates if name in accepted and name in there and name not in own}
    taken -= OF_THE_ID_TOKEN | set(_REFERENCES)
    for name in sorted(taken):
        about = name.removesuffix(_VERIFIED)
        if (name.endswith(_VERIFIED) and about not in taken) or name + _VERIFIED in own:
            taken.discard(name)
    left = {name: where for name, where in names.items() if name not in taken}
    return {**claims, **{name: there[name] for name in taken}, "_claim_names": left}


def _present(claims: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in claims.items() if value is not None}


def _take_with_its_claim(
    name: str, claims: dict[str, Any], signed: Mapping[str, Any], asked: Mapping[str, Any]
) -> None:
    """Take a claim such as ``email_verified`` from the source of ``email``, or leave it out."""
    about = name.removesuffix(_VERIFIED)
    if about not in claims or signed.get(about) == asked.get(about):
        return
    source = asked if about in asked else signed
    if name in source:
        claims[name] = source[name]
    else:
        del claims[name]
