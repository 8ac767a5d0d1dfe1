"""`follow_renames` at an OAuth provider: whose an account is by its record, and which name a login gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from jupyterhub.handlers import BaseHandler
from sqlalchemy.orm import Session

from ...policy.access import Rule
from ...policy.identity import Identity
from ..accounts.identity_keys import Owner, owner_in
from ..accounts.record import KEY, SessionRecord
from ..accounts.renames import KnowsOwners, account_of, fill_index
from ..base.option_rules import OptionRules


class FollowingAuthenticator(KnowsOwners, Protocol):
    """The part of `OAuthenticator` that is used here."""

    @property
    def keeps_renamed_users(self) -> bool:
        """Whether `follow_renames` is on, with what it needs."""

    @property
    def account_issuer(self) -> str | None:
        """The issuer of the accounts."""

    def owner_of(self, auth_state: Mapping[str, Any]) -> SessionRecord:
        """The record of the login that stored `auth_state`."""

    def vouches_for(self, auth_state: Mapping[str, Any]) -> bool:
        """Whether an `auth_state` of another package was stored by a login at this provider."""

    @property
    def option_rules(self) -> OptionRules:
        """The access rules that options define."""

    def normalize_username(self, username: str) -> str:
        """The Hub's username for a name at the provider."""


async def followed_account(
    authenticator: FollowingAuthenticator, handler: BaseHandler | None, identity: Identity | None, username: str
) -> str | None:
    """For `follow_renames`: the name of the account that belongs to this issuer and subject; None without one.

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
    if handler is None or owner is None:
        return None
    name = await account_of(authenticator, handler.db, owner, username)
    if name is not None and name != username:
        authenticator.log.info(
            "A user whose name would be %r now keeps the account %r (follow_renames)", username, name
        )
    return name


def recorded_owner(authenticator: FollowingAuthenticator, auth_state: Mapping[str, Any]) -> Owner | None:
    """Whose account it is by its `auth_state`; None when that is not a user of this provider.

    The record of another package names no issuer. It is one of this provider if the user's data are stored as this
    class stores them.
    """
    record, issuer = authenticator.owner_of(auth_state), authenticator.account_issuer
    is_of_provider = record.issuer == issuer if KEY in auth_state else authenticator.vouches_for(auth_state)
    if issuer is None or record.subject is None or not is_of_provider:
        return None
    return Owner(issuer, record.subject)


def provider_name_is_blocked(authenticator: FollowingAuthenticator) -> Rule:
    """The rule that a name at the provider is blocked too: with `follow_renames` the operator may mean either."""

    def is_blocked(identity: Identity) -> bool:
        login = identity.login
        names = {login, authenticator.normalize_username(login)} if login is not None else set()
        return not authenticator.option_rules.blocked_names().isdisjoint(names)

    return Rule("blocked_users", is_blocked)


def complete_index(authenticator: FollowingAuthenticator, db: Session) -> None:
    """With `follow_renames`, have accounts found whose logins were recorded before there was an index."""
    added = fill_index(authenticator, db) if authenticator.keeps_renamed_users else 0
    if added:
        authenticator.log.info("follow_renames: %d more accounts can be found by issuer and subject", added)
