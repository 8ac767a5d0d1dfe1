"""An authenticator of the suite as one of several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyterhub.user import User

from ...hub.accounts.record import SessionRecord
from ...hub.base.authenticator import AuthModel
from ...policy.identity import Identity
from .base import OneOfSeveral

if TYPE_CHECKING:
    from ...hub.base.authenticator import SuiteAuthenticator as _Ours
    from ...hub.oauth.authenticator import OAuthenticator as _OAuth
else:
    _Ours = _OAuth = object


class OursOfSeveral(OneOfSeveral, _Ours):
    """An authenticator of the suite."""

    async def refuse_anothers_account(self, user: User | None, model: AuthModel, identity: Identity | None) -> None:
        """The account must belong to this child, and to the same subject."""
        accounts, provider = self.seat.accounts, self.seat.provider
        model["name"] = str(model["name"])
        before = await accounts.admit(provider, user, model)
        await super().refuse_anothers_account(user, model, identity)
        if self.enable_auth_state:
            accounts.stamp(provider, model, before, identity)

    def own_name(self, username: str) -> str:
        """The username without the prefix of this child."""
        return username.removeprefix(self.seat.prefix)

    def owner_of(self, auth_state: Mapping[str, Any]) -> SessionRecord:
        """As of the child, of what is its own in `auth_state`."""
        return super().owner_of(self.seat.accounts.seen_by(self.seat.provider, auth_state))


class OAuthOfSeveral(OursOfSeveral, _OAuth):
    """One of the suite's that keeps tokens of a provider."""

    def is_of_this_provider(self, auth_state: Mapping[str, Any]) -> bool:
        """As of the child, and of no other: the tokens in `auth_state` are sent to whom they are from, and nobody else.

        Of plain OAuth 2.0, where there is no issuer, nothing but the name of the provider tells them apart.
        """
        return self.seat.accounts.owner_in(auth_state) == self.seat.provider and super().is_of_this_provider(auth_state)
