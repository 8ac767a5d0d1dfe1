"""`SignIn`: what is known of one user, from a sign-in, a refresh, or stored data.

It is an immutable value that grows by `dataclasses.replace` while the pipeline runs. JupyterHub's authentication model,
a dict, is made from it once, at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...policy.identity import Identity
from .record import SessionRecord


@dataclass(frozen=True)  # with slots, `replace` takes half as long again
class SignIn:
    """One user at one provider.

    Attributes
    ----------
    record:
        Whose account it is, and how old the data are.
    token_info:
        The token response (RFC 6749 §5.1), checked.
    id_token_claims:
        The claims of the verified ID token; None when there is none.
    from_id_token:
        The names of the claims in `user_info` that only the ID token has, when claims are merged.
    user_info:
        The user's data, with the claims that look-ups added.
    memberships:
        By kind, the names from access options that the user belongs to.
    emails:
        Verified addresses that look-ups found.
    looked_up:
        More entries for `auth_state`, from look-ups.
    identity:
        The user as access rules see them; None before it is known.
    auth_state:
        What the Hub stores, encrypted; None when a hook wants nothing stored.
    auth_model:
        JupyterHub's authentication model; empty before it is made.
    """

    record: SessionRecord
    token_info: Mapping[str, Any] = field(default_factory=dict, repr=False)
    id_token_claims: Mapping[str, Any] | None = field(default=None, repr=False)
    from_id_token: frozenset[str] = frozenset()
    user_info: dict[str, Any] = field(default_factory=dict, repr=False)
    memberships: Mapping[str, frozenset[str]] = field(default_factory=dict)
    emails: Iterable[str] = ()
    looked_up: Mapping[str, Any] = field(default_factory=dict, repr=False)
    identity: Identity | None = None
    auth_state: dict[str, Any] | None = field(default=None, repr=False)
    auth_model: dict[str, Any] = field(default_factory=dict, repr=False)
