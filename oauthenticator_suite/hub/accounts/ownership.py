"""Whose account it is: the comparison of a stored record with the user of a login.

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
from typing import Any

from ...policy.identity import Identity
from .record import KEY, SessionRecord

NO_ISSUER = "none"
"""How ``oauthenticator-suite rebind`` names records without an issuer."""


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
