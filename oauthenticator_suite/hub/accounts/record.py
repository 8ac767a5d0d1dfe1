"""What the suite itself keeps of a login, in `auth_state` beside what the provider sent."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ...protocol.token import lifetime

KEY = "suite"
"""The key of `auth_state` under which the record is kept."""


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """Whose account it is, and how old what is known of it.

    `issuer` and `subject` are the account (None where the provider gives none), `sid` is the provider's name of the
    session that the latest login was in. `read_at` is when the provider last told the user's data, `expires_at` when
    the access token ends (None when it does not say); seconds since the epoch. `memberships` are, by kind, what the
    provider's look-ups found then of that which options name.

    `login` is the user's name at the provider, `groups` are the Hub groups that the login or refresh gave, and `admin`
    is what an override of `update_auth_model` said about administrator rights; None where it said nothing.

    Where there are several ways to sign in, `provider` is the one that was taken. With accounts that are shared between
    them, `others` are (issuer, subject) of those by which the account was signed in to before, by provider.
    """

    issuer: str | None = None
    subject: str | None = None
    read_at: float = 0.0
    expires_at: float | None = None
    sid: str | None = None
    memberships: Mapping[str, list[str]] = field(default_factory=dict)
    login: str | None = None
    groups: list[str] | None = None
    admin: bool | None = None
    provider: str | None = None
    others: Mapping[str, list[str | None]] = field(default_factory=dict)

    @classmethod
    def of(cls, auth_state: Mapping[str, Any]) -> SessionRecord:
        """The record in `auth_state`; an empty one, due at once, where there is none (from before a migration, say)."""
        kept = auth_state.get(KEY)
        if not isinstance(kept, Mapping):
            return cls()
        known = {name: kept[name] for name in cls.__dataclass_fields__ if name in kept}
        return cls(**known)

    def into(self, auth_state: dict[str, Any]) -> None:
        """Put the record into `auth_state`."""
        auth_state[KEY] = asdict(self)


def keep_record(new: dict[str, Any], before: Mapping[str, Any]) -> None:
    """Whose account it is stays known also where a hook makes the new `auth_state` from nothing."""
    if KEY in before:
        new.setdefault(KEY, before[KEY])


def end_of_token(token_info: Mapping[str, Any]) -> float | None:
    """When an access token that was received just now ends, in seconds since the epoch; None when it does not say."""
    seconds = lifetime(token_info)
    return None if seconds is None else time.time() + seconds
