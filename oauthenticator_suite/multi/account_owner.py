"""Account ownership on a Hub with several providers: no user gets another user's account by having the same name.

A name does not identify the owner of an account. The owner is known from the record in `auth_state` (modes ``reject``
and ``share``), or from the prefix of the username (mode ``prefix``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from logging import Logger
from typing import Any

from jupyterhub.auth import Authenticator
from jupyterhub.user import User

from ..errors import AccountConflict, IdentityError, UnreadableRecord
from ..hub.accounts.auth_state import kept_auth_state
from ..hub.accounts.ownership import rebind_command
from ..hub.accounts.record import SessionRecord
from ..hub.base.authenticator import AuthModel, SuiteAuthenticator
from ..policy.identity import Identity


class Accounts:
    """The accounts of a Hub with several providers.

    Parameters
    ----------
    collision:
        The value of `MultiAuthenticator.username_collision`.
    unclaimed:
        The provider that owns accounts without a record; empty if none does.
    log:
        The log of `MultiAuthenticator`.

    Attributes
    ----------
    children:
        The child authenticators, by provider.
    prefixes:
        The username prefixes, by provider; empty strings without a prefix.
    names:
        The names of the providers on the sign-in page, by provider; may be empty.
    reserved:
        In mode ``reject``: usernames in `allowed_users` and `admin_users`, with the providers whose users they mean.
        The names have lost their case (`str.casefold`). Blocked names are not reserved: they give nothing away.
    """

    def __init__(self, collision: str, unclaimed: str, log: Logger) -> None:
        self.collision = collision
        self._unclaimed = unclaimed
        self._log = log
        self.children: dict[str, Authenticator] = {}
        self.prefixes: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.reserved: dict[str, set[str]] = {}

    # --- ownership ---------------------------------------------------------------------------------------------------

    async def child_of(self, user: Any) -> Authenticator | None:
        """Return the child that `user` signs in with; None if it is not known or no longer configured.

        `user` is a `jupyterhub.user.User` or, at start-up, a row of the Hub's user table.
        """
        if self.collision == "prefix":
            return self.child_of_name(user.name)
        try:
            owner = self.owner_in(await kept_auth_state(user))
        except UnreadableRecord:  # not an unclaimed account; a single child owns every account
            owner = next(iter(self.children)) if len(self.children) == 1 else None
        return self.children.get(owner or "")

    def child_of_name(self, name: str) -> Authenticator | None:
        """Return the child whose prefix `name` has, or None."""
        for provider, prefix in self.prefixes.items():
            if prefix and name.startswith(prefix):
                return self.children[provider]
        bare = [provider for provider, prefix in self.prefixes.items() if not prefix]
        return self.children[bare[0]] if bare and ":" not in name else None

    def child_in(self, auth_model: Mapping[str, Any]) -> Authenticator | None:
        """Return the child that created this authentication model, or None."""
        if self.collision == "prefix":
            return self.child_of_name(auth_model["name"])
        return self.children.get(self.owner_in(auth_model.get("auth_state")) or "")

    def owner_in(self, auth_state: Mapping[str, Any] | None) -> str | None:
        """Return the provider of the login that is recorded in `auth_state`; None if it is not known.

        The provider may no longer be configured.
        """
        return self._owner_of_record(SessionRecord.of(auth_state or {}), auth_state)

    def _owner_of_record(self, record: SessionRecord, auth_state: Mapping[str, Any] | None) -> str | None:
        if record.provider in self.children or (record.provider is not None and record.issuer is None):
            return record.provider
        # The record was made before MultiAuthenticator was used, or the provider had another name.
        found = [
            provider
            for provider, child in self.children.items()
            if auth_state and isinstance(child, SuiteAuthenticator) and child.vouches_for(auth_state)
        ]
        if len(found) == 1:
            return found[0]
        return record.provider or record.issuer or self._owner_of_unclaimed

    @property
    def _owner_of_unclaimed(self) -> str | None:
        if len(self.children) == 1:
            return next(iter(self.children))
        return self._unclaimed or None

    # --- a login -----------------------------------------------------------------------------------------------------

    async def admit(self, provider: str, user: User | None, model: AuthModel) -> Mapping[str, Any] | None:
        """Check that a login of `provider` may use the account of the name in `model`.

        Parameters
        ----------
        provider:
            The provider of the login.
        user:
            The Hub's account of this name, or None if there is none.
        model:
            The authentication model of the login.

        Returns
        -------
        The stored `auth_state` of the account, or None.

        Raises
        ------
        AccountConflict
            In mode ``reject``, if the account belongs to another provider or its owner is not known. In mode
            ``prefix``, if it is known to belong to another provider: a child without a prefix may have replaced one.
            In every mode, if the record of its owner cannot be decrypted. In mode ``reject``, if the configuration has
            the name for a user of another provider, and the account has no recorded owner.
        IdentityError
            In mode ``prefix``, if the name has the prefix of another child, for example because a hook set it.
        """
        if self.collision == "prefix" and self.child_of_name(model["name"]) is not self.children[provider]:
            raise IdentityError(f"the username of a login by {provider} does not have the prefix of {provider}")
        if user is None:
            self._refuse_reserved(provider, model["name"])
            return None
        rebinds = bool(getattr(self.children[provider], "rebind_accounts_by_name", False))
        try:
            kept = await kept_auth_state(user)
        except UnreadableRecord as error:
            names_tell = self.collision == "prefix" and not self.children[provider].enable_auth_state
            if not names_tell and not rebinds:
                issuer = getattr(self.children[provider], "account_issuer", None) or provider
                lost = f"If it is lost: {rebind_command(None, issuer, user.name)}"
                raise AccountConflict(f"{error.detail}. {lost}") from None
            return None
        record = SessionRecord.of(kept or {})
        if not record.provider:
            self._refuse_reserved(provider, model["name"])
        owner = self._owner_of_record(record, kept)
        if rebinds or not self._is_of_another(provider, owner):
            return kept
        raise self._conflict(model["name"], provider, owner)

    def is_anothers(self, provider: str, kept: Mapping[str, Any] | None) -> bool:
        """Whether the account with this stored `auth_state` belongs to a user of another provider, or may do so."""
        return self._is_of_another(provider, self.owner_in(kept))

    def _is_of_another(self, provider: str, owner: str | None) -> bool:
        return self.collision != "share" and owner != provider and not (self.collision == "prefix" and owner is None)

    def stamp(
        self, provider: str, model: AuthModel, before: Mapping[str, Any] | None, identity: Identity | None = None
    ) -> None:
        """Record the owner of the account in the `auth_state` of the model.

        Parameters
        ----------
        provider:
            The provider of the login.
        model:
            The authentication model, which is changed.
        before:
            The `auth_state` that was stored before, or None.
        identity:
            The identity of the user, or None if the child's class does not provide it.
        """
        auth_state = dict(model.get("auth_state") or {})
        record = SessionRecord.of(auth_state)
        if record.issuer is None and record.subject is None:
            known = (provider, model["name"]) if identity is None else (identity.issuer, identity.subject)
            record = replace(record, issuer=known[0], subject=known[1])
        others: dict[str, list[str | None]] = {}
        if self.collision == "share":
            earlier = SessionRecord.of(before or {})
            others.update(earlier.others)
            if earlier.provider is not None:
                others[earlier.provider] = [earlier.issuer, earlier.subject]
            others.pop(provider, None)
        replace(record, provider=provider, others=others).into(auth_state)
        model["auth_state"] = auth_state

    def seen_by(self, provider: str, auth_state: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return `auth_state` with the record of `provider` only: a shared account has one record per provider."""
        record = SessionRecord.of(auth_state)
        if record.provider in (None, provider) or self._owner_of_record(record, auth_state) == provider:
            return auth_state
        issuer, subject = record.others.get(provider) or (None, None)
        seen: dict[str, Any] = {}
        SessionRecord(issuer, subject, provider=provider).into(seen)
        return seen

    def reserve(self, provider: str, names: Iterable[str]) -> None:
        """Reserve usernames that the configuration has for users of `provider`."""
        for name in names:
            self.reserved.setdefault(name.casefold(), set()).add(provider)

    def _refuse_reserved(self, provider: str, name: str) -> None:
        meant = self.reserved.get(name.casefold(), set())
        if meant and provider not in meant:
            raise self._reserved_for(name, provider, sorted(meant)[0])

    def _reserved_for(self, name: str, provider: str, meant: str) -> AccountConflict:
        return AccountConflict(
            f"the name {name!r} is in allowed_users or admin_users for a user of {meant}, and a user of "
            f"{provider} has the same name (c.MultiAuthenticator.username_collision = {self.collision!r}). Give the "
            f"user of {provider} another name with username_map, or remove the name from the options of {meant}",
            username=name,
            owner=meant,
        )

    def _conflict(self, name: str, provider: str, owner: str | None) -> AccountConflict:
        if owner in self.children:
            belongs = f"belongs to {owner}"
        else:
            belongs = f"belongs to {owner}, which is not a configured provider" if owner else "has no known owner"
        return AccountConflict(
            f"the account {name!r} {belongs}, and a user of {provider} has the same name "
            f"(c.MultiAuthenticator.username_collision = {self.collision!r}). If both are the same person, delete the "
            "account on the admin page, or ask the user to sign in as before. For accounts that are older than "
            "MultiAuthenticator, see c.MultiAuthenticator.unclaimed_accounts",
            username=name,
            owner=owner or "",
        )
