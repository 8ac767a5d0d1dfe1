"""Hashes by which the table ``suite_accounts`` finds an account: of issuer and subject, and of issuer and session ID.

The hash only finds candidates: the record in `auth_state` decides whose account it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from ...policy.identity import Identity
from ..store.hashing import hash_of
from .record import SessionRecord


class Owner(NamedTuple):
    """An account at a provider."""

    issuer: str
    subject: str


def owner_in(identity: Identity | None) -> Owner | None:
    """The account at the provider; None when the identity has no issuer or no subject."""
    if identity is None or identity.issuer is None or identity.subject is None:
        return None
    return Owner(identity.issuer, identity.subject)


def owner_key(owner: Owner) -> str:
    """The hash under which the Hub account of `owner` is found."""
    return hash_of("identity", json.dumps(list(owner)))


def session_key(issuer: str | None, sid: str | None) -> str | None:
    """The hash under which the account with a session of the provider is found; None without an issuer or a ``sid``."""
    if issuer is None or sid is None:
        return None
    return hash_of("provider session", json.dumps([issuer, sid]))


def index_keys(identity: Identity | None, model: Mapping[str, Any]) -> dict[str, str | None]:
    """What `AccountRecords.note_login` stores to find the account of a login: ``identity`` and ``provider_session``.

    Parameters
    ----------
    model:
        The authentication model of the login, whose `auth_state` has the record.
    """
    auth_state, owner = model.get("auth_state"), owner_in(identity)
    sid = SessionRecord.of(auth_state).sid if isinstance(auth_state, Mapping) else None
    issuer = None if identity is None else identity.issuer
    return {
        "identity": None if owner is None else owner_key(owner),
        "provider_session": session_key(issuer, sid),
    }
