"""The mixins of children whose class belongs to this package."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jupyterhub.user import User

from ...hub.accounts.identity_keys import Owner
from ...hub.accounts.record import SessionRecord
from ...hub.base.authenticator import AuthModel
from ...policy.identity import Identity
from .base import ChildAuthenticator

if TYPE_CHECKING:
    from ...hub.base.authenticator import SuiteAuthenticator as _Suite
    from ...hub.oauth.authenticator import OAuthenticator as _OAuth
else:
    _Suite = _OAuth = object


class SuiteChild(ChildAuthenticator, _Suite):
    """A child whose class is a `SuiteAuthenticator`."""

    async def refuse_anothers_account(self, user: User | None, model: AuthModel, identity: Identity | None) -> bool:
        """Check that the account belongs to this child and to the same subject, and record both in the model."""
        accounts, provider = self.seat.accounts, self.seat.provider
        model["name"] = str(model["name"])
        before = await accounts.admit(provider, user, model)
        known = identity or Identity(model["name"], issuer=provider, subject=model["name"])  # as `stamp` records it
        is_rebound = await super().refuse_anothers_account(user, model, known)
        if self.enable_auth_state:
            accounts.stamp(provider, model, before, identity)
        # without `rebind_accounts_by_name`, `admit` has refused the account of another provider
        return is_rebound or (
            self.rebind_accounts_by_name and before is not None and accounts.is_anothers(provider, before)
        )

    @cached_property
    def observed_name(self) -> str:
        """The name of this child."""
        return self.seat.provider

    def own_name(self, username: str) -> str:
        """Return the username without the prefix of this child."""
        return username.removeprefix(self.seat.prefix)

    def owner_of(self, auth_state: Mapping[str, Any]) -> SessionRecord:
        """Return the record of this child in `auth_state`."""
        return super().owner_of(self.seat.accounts.seen_by(self.seat.provider, auth_state))


class OAuthChild(SuiteChild, _OAuth):
    """A child whose class is an `OAuthenticator`."""

    @property
    def shares_accounts(self) -> bool:
        """Whether users of several children with the same name have one account."""
        return self.seat.accounts.collision == "share"

    def may_own(self, name: str) -> bool:
        """Whether the name has the prefix of this child."""
        accounts = self.seat.accounts
        return accounts.collision != "prefix" or accounts.child_of_name(name) is self

    def recorded_owner(self, name: str, auth_state: dict[str, Any]) -> Owner | None:
        """Whose account it is, if it belongs to a user of this child."""
        accounts = self.seat.accounts
        if accounts.collision != "prefix" and accounts.owner_in(auth_state) != self.seat.provider:
            return None
        return super().recorded_owner(name, auth_state)

    def is_of_this_provider(self, auth_state: Mapping[str, Any]) -> bool:
        """Whether the tokens in `auth_state` are from this child's provider, so that they may be sent to it.

        Without an issuer (plain OAuth 2.0), only the recorded name of the provider distinguishes them.
        """
        return self.seat.accounts.owner_in(auth_state) == self.seat.provider and super().is_of_this_provider(auth_state)
