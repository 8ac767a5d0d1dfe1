"""Whose account it is: the comparison of a stored record with the user of a login, and the refusal of another user.

An account is (issuer, subject), not a name. A name that two users have had, one after the other or at two providers,
does not make them one user.

==================  ==========================  =========================================================
stored              login                       result
==================  ==========================  =========================================================
nothing             any                         the login gets the account
unreadable          any                         refused: the owner is unknown (`UnreadableRecord`)
of another package  same or no stored subject   the login gets the account: the issuer was never recorded
of another package  another subject             refused
issuer              same issuer and subject     the owner
issuer              same issuer, other subject  refused
issuer              another issuer              refused, whatever the subjects are
no issuer           any issuer                  refused: the subject may be that of another provider
issuer, no subject  same issuer                 the login gets the account (see ``oauthenticator-suite rebind``)
==================  ==========================  =========================================================
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any, Protocol

from jupyterhub.user import User

from ...errors import AccountConflict, UnreadableRecord
from ...policy.identity import Identity
from .auth_state import kept_auth_state
from .record import KEY, SessionRecord

NO_ISSUER = "none"
"""How ``oauthenticator-suite rebind`` names records without an issuer."""


class KnowsAccounts(Protocol):
    """The part of an authenticator that `refuse_anothers` uses."""

    enable_auth_state: bool
    rebind_accounts_by_name: bool

    @property
    def keeps_renamed_users(self) -> bool:
        """Whether accounts are found by their owners."""

    def owner_of(self, auth_state: Mapping[str, Any]) -> SessionRecord:
        """The record of the login that stored `auth_state`."""


async def refuse_anothers(authenticator: KnowsAccounts, user: User, username: str, identity: Identity | None) -> bool:
    """Refuse a sign-in as `username` when the Hub account of this name belongs to another account at the provider.

    Parameters
    ----------
    user:
        The Hub account that the database has found by the name.
    identity:
        The user at the provider; None when the authenticator's class does not say.

    Returns
    -------
    bool
        Whether the account belonged to another user and is taken from them (`rebind_accounts_by_name`).

    Raises
    ------
    AccountConflict
        When another subject owns the Hub account, when the record of its owner cannot be decrypted, or when the
        database, which may compare names without case, found an account with another spelling of the name.
    """
    section = f"c.{type(authenticator).__name__}"
    if user.name != username:
        raise AccountConflict(
            f"the database takes the new username {username!r} for that of the account {user.name!r}: give "
            f"one of the two another name with {section}.username_map",
            username=user.name,
        )
    if not authenticator.enable_auth_state:
        return False
    identity = identity or Identity(username)  # a class that does not name the user at the provider
    try:
        auth_state = await kept_auth_state(user)
    except UnreadableRecord as error:
        why = f"{error.detail}. If it is lost: {rebind_command(None, identity.issuer, user.name)}"
    else:
        if not auth_state:
            return False
        found = why_anothers(user.name, auth_state, authenticator.owner_of(auth_state), identity)
        if found is None:
            return False
        why = found
    if authenticator.rebind_accounts_by_name:
        return True  # the `AccountBound` of the login says so
    if authenticator.keeps_renamed_users:
        raise AccountConflict(
            f"{why}. Its owner may have another name at the provider now, and keeps the account (follow_renames). "
            f"Give the new user another name with {section}.username_map",
            username=username,
        )
    raise AccountConflict(
        f"{why}. If this account is to be given away: delete it on the admin page, or set "
        f"{section}.rebind_accounts_by_name = True while you move between providers",
        username=username,
    )


def why_anothers(name: str, auth_state: Mapping[str, Any], owner: SessionRecord, identity: Identity) -> str | None:
    """Why the account is not the one of this login, for the log; None when the login may have it.

    Parameters
    ----------
    name:
        The name of the account on the Hub.
    auth_state:
        What is stored of the account's last login.
    owner:
        Whose account it is, by `auth_state`.
    identity:
        The user of the login.
    """
    is_recorded = KEY in auth_state and (owner.issuer, owner.subject) != (None, None)
    if is_recorded and owner.issuer != identity.issuer:
        recorded = f"the issuer {owner.issuer!r}" if owner.issuer else "no issuer"
        return (
            f"the account {name!r} belongs to another issuer and subject: it was recorded with {recorded}, and this "
            f"login is of {identity.issuer!r}. If all users of the earlier provider keep their accounts, move them "
            f"with: {rebind_command(owner.issuer, identity.issuer)}"
        )
    if owner.subject in (None, identity.subject):
        return None
    return f"the account {name!r} belongs to another subject of the provider"


def rebind_command(before: str | None, after: str | None, user: str | None = None) -> str:
    """The command with which an operator moves accounts to another issuer: a dry run."""
    words = ["--from-issuer", before or NO_ISSUER, "--to-issuer", after or NO_ISSUER]
    if user is not None:
        words = [*words[2:], "--user", user]
    return f"oauthenticator-suite rebind {shlex.join(words)}"
