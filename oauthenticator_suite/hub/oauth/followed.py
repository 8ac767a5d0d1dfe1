"""`FollowsRenames`: the part of `OAuthenticator` that finds an account by issuer and subject (`follow_renames`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyterhub.handlers import BaseHandler

from ...policy.access import Rule
from ...policy.identity import Identity
from ..accounts.record import KEY
from ..accounts.renames import Owner, account_of, fill_index, owner_in
from ..base.authenticator import SuiteAuthenticator
from ..options.accounts import AccountOptions
from .rename_checks import RENAME_CHECKS


class FollowsRenames(AccountOptions, SuiteAuthenticator):
    """The mixin of every authenticator whose users have an issuer and a subject. Not to be overridden."""

    startup_checks = RENAME_CHECKS

    @property
    def keeps_renamed_users(self) -> bool:
        """Whether `follow_renames` is on, with what it needs."""
        return bool(self.follow_renames and self.enable_auth_state)

    @property
    def account_issuer(self) -> str | None:
        """The issuer of the accounts."""
        raise NotImplementedError

    async def followed_account(
        self, handler: BaseHandler | None, identity: Identity | None, username: str
    ) -> str | None:
        """With `follow_renames`, the name of the account that belongs to this issuer and subject; else None.

        Parameters
        ----------
        username:
            The name that the account of a new user would get.

        Raises
        ------
        DatabaseFailed
            When the database cannot be read.
        """
        owner = owner_in(identity)
        if not self.keeps_renamed_users or handler is None or owner is None:
            return None
        name = await account_of(self, handler.db, owner, username)
        if name is not None and name != username:
            self.log.info("A user whose name would be %r now keeps the account %r (follow_renames)", username, name)
        return name

    def may_own(self, name: str) -> bool:
        """Whether an account of this name can belong to a user of this authenticator."""
        return True

    def recorded_owner(self, name: str, auth_state: dict[str, Any]) -> Owner | None:
        """Whose account it is by its `auth_state`; None when that is not a user of this authenticator.

        The record of another package names no issuer. It is one of this provider if the user's data are stored as this
        class stores them.
        """
        record = self.owner_of(auth_state)
        issuer = record.issuer if KEY in auth_state else self._issuer_vouched_for(auth_state)
        if issuer is None or record.subject is None or issuer != self.account_issuer:
            return None
        return Owner(issuer, record.subject)

    def _issuer_vouched_for(self, auth_state: Mapping[str, Any]) -> str | None:
        return self.account_issuer if self.vouches_for(auth_state) else None

    def blocked_rules(self) -> list[Rule]:
        """With `follow_renames`, the name at the provider is blocked too: the operator may mean either."""
        rules = super().blocked_rules()
        if self.follow_renames:
            rules.append(Rule("blocked_users", self._is_blocked_at_provider))
        return rules

    def _is_blocked_at_provider(self, identity: Identity) -> bool:
        login = identity.login
        return login is not None and not self.blocked_names().isdisjoint({login, self.normalize_username(login)})

    def get_handlers(self, app: Any) -> list[Any]:
        """Check the options, and with `follow_renames` complete the index of accounts."""
        handlers = super().get_handlers(app)
        if self.follow_renames:
            added = fill_index(self, app.db)
            if added:
                self.log.info("follow_renames: %d more accounts can be found by issuer and subject", added)
        return handlers
