"""The two sources of claims, ID token and userinfo endpoint: merging them, and which claims of the ID token are old."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from ...policy.access import AccessPolicy
from ...policy.claims import find_claim
from ...policy.entitlements import ENTITLEMENT_CLAIMS
from ...policy.identity import Identity
from ...policy.merging import merge_claims
from ..accounts.sign_in import SignIn
from ..base.admission import current_admission
from ..base.refresh_guard import is_overridden
from ..base.refusals import claims_read
from ..findings.finding import section

_READ_CLAIMS = (
    "get_user_groups", "update_auth_model", "check_allowed", "check_blocked_users", "build_auth_state_dict",
)  # fmt: skip
"""Methods that read claims without telling which, if an operator overrides them."""


class HasSources(Protocol):
    """The options that say which source is read."""

    merge_id_token_claims: bool
    userdata_from_id_token: bool
    config: Any

    def _find_my_config(self, cfg: Any) -> Any:
        """The options that the configuration sets."""

    @property
    def id_token_claims(self) -> Mapping[str, Any] | None:
        """The claims of the verified ID token."""


def merged(id_token: Mapping[str, Any], userinfo: Mapping[str, Any]) -> dict[str, Any]:
    """The claims of both sources. The current sign-in or refresh learns which of them only the ID token has."""
    found = merge_claims(id_token, userinfo)
    admission = current_admission()
    if admission is not None:
        admission.from_id_token = found.from_id_token
    return found.claims


def found_elsewhere(authenticator: HasSources, claim: str) -> str:
    """A sentence that says how to get a missing claim from the source that is not read; empty if that is not known.

    What userinfo has is not known where it is not read. Then it is suggested if the operator chose the ID token, and
    not if the provider's class did.

    Parameters
    ----------
    claim:
        The key of the claim, which may be dotted.
    """
    claims, name = authenticator.id_token_claims, section(authenticator)
    if authenticator.userdata_from_id_token:
        if "userdata_from_id_token" not in authenticator._find_my_config(authenticator.config):
            return ""
        return (
            f"Only the ID token is read, and userinfo may have the claim {claim!r}: set {name}.merge_id_token_claims = "
            "True in place of userdata_from_id_token."
        )
    if authenticator.merge_id_token_claims or claims is None or find_claim(claims, claim) is None:
        return ""
    return (
        f"The claim {claim!r} is in the ID token, and only userinfo is read: set {name}.merge_id_token_claims = True."
    )


class UsesClaims(HasSources, Protocol):
    """The part of an authenticator that says which claims decide about users."""

    manage_groups: bool
    auth_state_groups_key: Any
    user_auth_state_key: str
    entitlement_namespaces: set[str]
    modify_auth_state_hook: Any

    def policy(self) -> AccessPolicy:
        """The access rules."""


def seconds_outdated(authenticator: UsesClaims, sign_in: SignIn, facts: Mapping[str, Any], now: float) -> float:
    """How long an access rule or a group has depended on a claim of an expired ID token, in seconds; 0 if none does.

    A claim that only the ID token has is as old as the ID token, although userinfo was read again just now.

    Parameters
    ----------
    facts:
        The result of `facts_about`, so that no rule looks them up again.
    now:
        In seconds since the epoch.
    """
    end = id_token_end(sign_in.id_token_claims)
    if not authenticator.merge_id_token_claims or not sign_in.from_id_token or end is None or now < end:
        return 0.0
    identity = None if sign_in.identity is None else replace(sign_in.identity, facts=facts)
    return now - end if _depends_on(authenticator, identity, sign_in.from_id_token) else 0.0


def id_token_end(claims: Mapping[str, Any] | None) -> float | None:
    """When an ID token expires, in seconds since the epoch; None when there is no ID token."""
    end = (claims or {}).get("exp")
    return float(end) if isinstance(end, (int, float)) else None


def _depends_on(authenticator: UsesClaims, identity: Identity | None, claims: frozenset[str]) -> bool:
    """Whether access rules or groups depend on one of these claims. True where code of the operator may read any."""
    key = authenticator.auth_state_groups_key
    if callable(key) and authenticator.manage_groups:
        return True
    if authenticator.modify_auth_state_hook is not None:
        return True
    if any(is_overridden(type(authenticator), method) for method in _READ_CLAIMS):
        return True
    policy = authenticator.policy()
    rules = (*policy.required, *policy.admin, *policy.allowed)
    if identity is not None and not claims.isdisjoint(claims_read(rules, identity)):
        return True
    if not authenticator.manage_groups:
        return False
    claim = key.removeprefix(f"{authenticator.user_auth_state_key}.")
    entitled = ENTITLEMENT_CLAIMS if authenticator.entitlement_namespaces else ()
    return not claims.isdisjoint((claim, claim.partition(".")[0], *entitled))
