"""The login record: the suite's own data about a login, stored in `auth_state` next to the provider's data."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...protocol.token import lifetime

KEY = "suite"
"""The key of `auth_state` that holds the record."""


@dataclass(frozen=True)  # with slots, `replace` takes half as long again
class SessionRecord:
    """The account at the provider that owns a Hub account, and the age of the stored data.

    Attributes
    ----------
    issuer, subject:
        The account at the provider; None if the provider has no such identifier.
    read_at:
        The time at which the provider last returned the user's data, in seconds since the epoch.
    expires_at:
        The time at which the access token expires, in seconds since the epoch; None if the provider did not say.
    sid:
        The provider's session ID of the latest login; None if the provider sent none.
    auth_time:
        When the user last authenticated at the provider before the latest login, in seconds since the epoch; None if
        the provider did not say.
    memberships:
        For each kind of membership, the names in access options that applied to the user at `read_at`.
    login:
        The user's name at the provider.
    groups:
        The Hub groups that the last login or refresh set; None if it set none.
    groups_unknown:
        Why the user's groups were not known at `read_at`; empty if they were known.
    id_token_kept:
        Whether the ID token is older than the access token, because a refresh response had no new one.
    admin:
        The administrator right that an override of `update_auth_model` set; None if it set none.
    provider:
        With several ways to sign in, the name of the one that the user signed in with.
    others:
        With accounts that several providers share: for each other provider, the issuer and subject of the last login
        with it.
    uid:
        With a `Local…` class and `follow_renames`, the number of the Unix account; None if it is not known.
    dpop_key:
        With DPoP, the private key to which the tokens of the latest login are bound, as a JWK; None without. A secret.
    """

    issuer: str | None = None
    subject: str | None = None
    read_at: float = 0.0
    expires_at: float | None = None
    sid: str | None = None
    auth_time: float | None = None
    memberships: Mapping[str, list[str]] = field(default_factory=dict)
    login: str | None = None
    groups: list[str] | None = None
    groups_unknown: str = ""
    id_token_kept: bool = False
    admin: bool | None = None
    provider: str | None = None
    others: Mapping[str, list[str | None]] = field(default_factory=dict)
    uid: int | None = None
    dpop_key: Mapping[str, str] | None = field(default=None, repr=False)

    @classmethod
    def of(cls, auth_state: Mapping[str, Any]) -> SessionRecord:
        """The record in `auth_state`.

        If there is none, for example before a migration, the result is an empty record. A refresh is then due at once.
        """
        kept = auth_state.get(KEY)
        if type(kept) is not dict and not isinstance(kept, Mapping):
            return cls()
        fields = cls.__dataclass_fields__.keys()
        return cls(**(kept if kept.keys() <= fields else {name: kept[name] for name in fields & kept.keys()}))

    def into(self, auth_state: dict[str, Any]) -> None:
        """Store the record in `auth_state`."""
        stored = auth_state[KEY] = {}
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            stored[name] = value if type(value) in _PLAIN else _copy_of(value)


_PLAIN = frozenset({type(None), bool, int, float, str})
"""Types of values that need no copy."""


def _copy_of(value: Any) -> Any:
    """A copy of a field's value as JSON has it: a list of names, or an object of names or of such lists.

    `dataclasses.asdict` does the same in ten times the time.
    """
    if isinstance(value, Mapping):
        return {name: [*each] if isinstance(each, (list, tuple)) else each for name, each in value.items()}
    return [*value] if isinstance(value, (list, tuple)) else value


def keep_record(new: dict[str, Any], before: Mapping[str, Any]) -> None:
    """Copy the record from `before` to the `auth_state` `new`, if a hook returned `new` without a record."""
    if KEY in before:
        new.setdefault(KEY, before[KEY])


def access_token_expiry(token_info: Mapping[str, Any]) -> float | None:
    """The expiry of an access token that was just received, in seconds since the epoch; None if it is not known."""
    seconds = lifetime(token_info)
    return None if seconds is None else time.time() + seconds
