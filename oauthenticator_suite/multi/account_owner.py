"""Whose an account is, where there are several ways to sign in: nobody gets another's by having the same name.

The name alone does not tell. What tells is the record in `auth_state` (`reject`, `share`), or the provider's name in
front of the user's (`prefix`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from logging import Logger
from typing import Any

from jupyterhub.auth import Authenticator
from jupyterhub.crypto import EncryptionUnavailable, InvalidToken, decrypt
from jupyterhub.user import User

from ..errors import AccountConflict, IdentityError
from ..hub.accounts.auth_state import kept_auth_state
from ..hub.accounts.record import SessionRecord
from ..hub.base.authenticator import AuthModel, SuiteAuthenticator
from ..policy.identity import Identity


class Accounts:
    """The accounts of a Hub with several ways to sign in.

    Parameters
    ----------
    collision:
        The value of `MultiAuthenticator.username_collision`.
    unclaimed:
        The provider to which accounts belong of which nothing is known; empty: to none.
    log:
        Of the authenticator.
    """

    def __init__(self, collision: str, unclaimed: str, log: Logger) -> None:
        self.collision = collision
        self._unclaimed = unclaimed
        self._log = log
        self.children: dict[str, Authenticator] = {}
        self.prefixes: dict[str, str] = {}
        self.names: dict[str, str] = {}

    # --- whose it is -------------------------------------------------------------------------------------------------

    async def child_of(self, user: Any) -> Authenticator | None:
        """The child by which `user` signs in; None when that is not known, or it is not there any more.

        `user` is the Hub's, or a row of its table: at start-up the Hub has only those.
        """
        if self.collision == "prefix":
            return self.child_of_name(user.name)
        return self.children.get(self._owner_of(user, await _auth_state(user)) or "")

    def child_of_name(self, name: str) -> Authenticator | None:
        """The child whose prefix `name` has."""
        for provider, prefix in self.prefixes.items():
            if prefix and name.startswith(prefix):
                return self.children[provider]
        bare = [provider for provider, prefix in self.prefixes.items() if not prefix]
        return self.children[bare[0]] if bare and ":" not in name else None

    def child_in(self, auth_model: Mapping[str, Any]) -> Authenticator | None:
        """The child that has made this authentication model."""
        if self.collision == "prefix":
            return self.child_of_name(auth_model["name"])
        return self.children.get(self.owner_in(auth_model.get("auth_state")) or "")

    def owner_in(self, auth_state: Mapping[str, Any] | None) -> str | None:
        """The provider of the login that `auth_state` was kept of, which may be there no more; None when unknown."""
        record = SessionRecord.of(auth_state or {})
        if record.provider in self.children or (record.provider is not None and record.issuer is None):
            return record.provider
        # from before there were several, or of a provider that was called something else
        found = [
            provider
            for provider, child in self.children.items()
            if auth_state and isinstance(child, SuiteAuthenticator) and child.vouches_for(auth_state)
        ]
        if len(found) == 1:
            return found[0]
        return record.provider or record.issuer or self._owner_of_unclaimed

    def _owner_of(self, user: Any, kept: Mapping[str, Any] | None) -> str | None:
        """As `owner_in`. What is kept of a user and cannot be read is somebody's: that account is not unclaimed."""
        if kept is None and user.encrypted_auth_state is not None and len(self.children) > 1:
            return None
        return self.owner_in(kept)

    @property
    def _owner_of_unclaimed(self) -> str | None:
        if len(self.children) == 1:
            return next(iter(self.children))
        return self._unclaimed or None

    # --- a login -----------------------------------------------------------------------------------------------------

    async def admit(self, provider: str, user: User | None, model: AuthModel) -> Mapping[str, Any] | None:
        """Refuse the account of this name to somebody whose it is not; returns the `auth_state` that is kept of it.

        Raises
        ------
        AccountConflict
            With `reject`, when the account was signed in to by another way, or it is not known by which. With `prefix`,
            when it is known to be another's: whose names have no prefix may have been another way before.
        IdentityError
            With `prefix`, when the name is one of another way: a hook, say, has given it.
        """
        if self.collision == "prefix" and self.child_of_name(model["name"]) is not self.children[provider]:
            raise IdentityError(f"{provider} signs somebody in under a name that is not one of its own here")
        if user is None:
            return None
        kept = await kept_auth_state(user)
        owner = self._owner_of(user, kept)
        if self.collision == "share" or owner == provider or (self.collision == "prefix" and owner is None):
            return kept
        if getattr(self.children[provider], "rebind_accounts_by_name", False):
            self._log.warning("The account %r is now %s's: rebind_accounts_by_name is set", model["name"], provider)
            return kept
        raise self._conflict(model["name"], provider, owner)

    def stamp(
        self, provider: str, model: AuthModel, before: Mapping[str, Any] | None, identity: Identity | None = None
    ) -> None:
        """Note in the model's `auth_state` whose account it is; `before` is what was kept of it until now."""
        auth_state = dict(model.get("auth_state") or {})
        record = SessionRecord.of(auth_state)
        if record.issuer is None and record.subject is None:
            known = (provider, model["name"]) if identity is None else (identity.issuer, identity.subject)
            record = replace(record, issuer=known[0], subject=known[1])
        earlier = SessionRecord.of(before or {})
        others = dict(earlier.others) if self.collision == "share" else {}
        if self.collision == "share" and earlier.provider is not None:
            others[earlier.provider] = [earlier.issuer, earlier.subject]
        others.pop(provider, None)
        replace(record, provider=provider, others=others).into(auth_state)
        model["auth_state"] = auth_state

    def seen_by(self, provider: str, auth_state: Mapping[str, Any]) -> Mapping[str, Any]:
        """`auth_state` with the record as far as it is `provider`'s: an account that is shared has one of each."""
        record = SessionRecord.of(auth_state)
        if record.provider is None or self.owner_in(auth_state) == provider:
            return auth_state
        issuer, subject = record.others.get(provider) or (None, None)
        seen: dict[str, Any] = {}
        SessionRecord(issuer, subject, provider=provider).into(seen)
        return seen

    def _conflict(self, name: str, provider: str, owner: str | None) -> AccountConflict:
        other = self.children.get(owner or "")
        way = (self.names.get(owner or "") or owner) if other is not None else None
        if way:
            sentence = (
                f"This hub has an account named {name} already, and it is used by signing in with {way}. "
                f"If it is yours, sign in with {way}. If not, please ask the hub's administrator."
            )
            whose = f"{owner}'s"
        else:
            sentence = (
                f"This hub has an account named {name} already, and it is not known to be yours. "
                "Please ask the hub's administrator."
            )
            whose = f"{owner}'s, which is no provider here" if owner else "nobody's that is known"
        return AccountConflict(
            f"the account {name!r} is {whose}, and {provider} has somebody of that name "
            f"(c.MultiAuthenticator.username_collision = {self.collision!r}). If it is the same person, "
            "delete the account on the admin page, or have them sign in as before; for accounts from before there were "
            "several ways, see c.MultiAuthenticator.unclaimed_accounts",
            public_message=sentence,
        )


async def _auth_state(user: Any) -> Mapping[str, Any] | None:
    if hasattr(user, "get_auth_state"):
        return await kept_auth_state(user)
    if user.encrypted_auth_state is None:
        return None
    try:
        read: Mapping[str, Any] = await decrypt(user.encrypted_auth_state)
    except (ValueError, InvalidToken, EncryptionUnavailable):  # another key, perhaps: it is not known whose it is
        return None
    return read
