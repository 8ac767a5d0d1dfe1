"""Which accounts of a Hub would be recognised at their next login: each is put to the check that the login makes.

For each account, the login of the user whose data are stored is imitated: with the class and the options of the new
configuration, the name and the subject that the stored data have, and the check of `refuse_anothers_account`. The
provider is not asked, and nothing is written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from cryptography.fernet import InvalidToken, MultiFernet

from ...errors import AccountConflict, IdentityError, SuiteError
from ...hub.accounts.ownership import rebind_command
from ...hub.accounts.record import KEY, SessionRecord
from ...hub.base.authenticator import SuiteAuthenticator
from ...policy.identity import Identity
from ...policy.username import vet_login
from .new_authenticator import NewAuthenticator

Status = Literal["recognised", "by name", "other name", "refused"]

RECOGNISED: Status = "recognised"
"""The same user gets the account, and no other one."""

BY_NAME: Status = "by name"
"""The next user who signs in under the name gets the account: no owner is recorded."""

OTHER_NAME: Status = "other name"
"""The user would get another account."""

REFUSED: Status = "refused"
"""The user would be refused."""

NEEDS_WORK = frozenset({OTHER_NAME, REFUSED})


@dataclass(frozen=True)
class AccountReport:
    """What would happen with one account.

    Attributes
    ----------
    name:
        The username on the Hub.
    status:
        See the constants above.
    reason:
        Why. Without tokens, addresses and subjects.
    fix:
        What to do; empty if nothing is to be done.
    """

    name: str
    status: Status
    reason: str
    fix: str = ""

    def as_dict(self) -> dict[str, str]:
        """The report for ``--json``."""
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.name}: {self.status}: {self.reason}" + (f". {self.fix}" if self.fix else "")


class _Account:
    """An account, as the check of its owner reads it. It belongs to no database session, so that nothing is written."""

    def __init__(self, name: str, encrypted: bytes | None) -> None:
        self.name = name
        self.encrypted_auth_state = encrypted


async def reports(new: NewAuthenticator, rows: Iterable[Any], fernet: MultiFernet | None) -> list[AccountReport]:
    """The reports on accounts.

    Parameters
    ----------
    rows:
        See `hub_database.account_rows`.
    fernet:
        Decrypts the records; None when no key is known, which no row may need.
    """
    return [await _report(new, row.name, row.encrypted_auth_state, fernet) for row in rows]


async def _report(
    new: NewAuthenticator, name: str, encrypted: bytes | None, fernet: MultiFernet | None
) -> AccountReport:
    auth_state: dict[str, Any] | None = None
    if encrypted is not None and fernet is not None:
        try:
            found = json.loads(fernet.decrypt(encrypted))
        except (InvalidToken, ValueError):
            return await _unreadable(new, name, encrypted)
        auth_state = found if isinstance(found, dict) else {}
        encrypted = fernet.encrypt(json.dumps(auth_state).encode())  # with the first key: reading it changes nothing
    child = _child_of(new, name, auth_state)
    if child is None:
        return _without_provider(new, name, auth_state)
    if not isinstance(child, SuiteAuthenticator):
        return AccountReport(
            name, BY_NAME, f"its users sign in with {type(child).__name__} of another package, as before"
        )
    return await _of_child(new, child, _Account(name, encrypted), auth_state)


def _child_of(new: NewAuthenticator, name: str, auth_state: dict[str, Any] | None) -> Any:
    accounts = getattr(new.authenticator, "accounts", None)
    if accounts is None:
        return new.authenticator
    if accounts.collision == "prefix":
        return accounts.child_of_name(name)
    return accounts.children.get(accounts.owner_in(auth_state) or "")


def _without_provider(new: NewAuthenticator, name: str, auth_state: dict[str, Any] | None) -> AccountReport:
    if new.authenticator.accounts.collision == "prefix":
        reason = "the name has the prefix of no provider, so that no login can lead to it"
        return AccountReport(name, OTHER_NAME, reason, "Rename the account on the admin page, with a prefix")
    if auth_state and KEY in auth_state:
        reason = "its record is of a provider that is not configured"
        return AccountReport(
            name, REFUSED, reason, "Move it with oauthenticator-suite rebind, or configure the provider"
        )
    reason = "no record says which of the providers its user signs in with"
    fix = "Set c.MultiAuthenticator.unclaimed_accounts to the provider that such accounts belong to"
    return AccountReport(name, REFUSED, reason, fix)


async def _unreadable(new: NewAuthenticator, name: str, encrypted: bytes) -> AccountReport:
    issuer = next((getattr(child, "account_issuer", None) for child in new.children.values()), None)
    if not new.authenticator.enable_auth_state and len(new.children) == 1:
        return AccountReport(name, BY_NAME, "its record cannot be decrypted, and is not read without enable_auth_state")
    fix = (
        "Add the key with which it was encrypted to JUPYTERHUB_CRYPT_KEY, after the present one and a semicolon. If it "
        f"is lost: {rebind_command(None, issuer, name)}"
    )
    return AccountReport(name, REFUSED, "its record cannot be decrypted, so that its owner is unknown", fix)


async def _of_child(
    new: NewAuthenticator, child: Any, account: _Account, auth_state: dict[str, Any] | None
) -> AccountReport:
    name, state = account.name, auth_state or {}
    owner: SessionRecord = child.owner_of(state)
    is_ours = KEY in state and (owner.issuer, owner.subject) != (None, None)
    if is_ours and not new.knows_issuers:
        reason = "it was recorded by this package, and the configuration does not say literally which provider is used"
        return AccountReport(
            name, REFUSED, reason, "Set issuer, or the URLs, in a copy of the configuration for this command"
        )
    login, problem = _login_in(child, state)
    username = name
    if not new.names_by:
        try:
            username = _username(child, login if login is not None else child.own_name(name))
        except IdentityError as error:
            return AccountReport(name, REFUSED, error.detail, "Give the user another name with username_map")
    identity = Identity(name, login, getattr(child, "account_issuer", None), owner.subject)
    if username != name and _follows(child, name, state, identity):
        return AccountReport(name, RECOGNISED, "its user has another name at the provider now, and is found by subject")
    if username != name:
        return _other_name(name, username, login)
    if not child.validate_username(name):
        reason = "the username does not match username_pattern, or is none that this package accepts"
        return AccountReport(name, REFUSED, reason, "Change username_pattern, or rename the account on the admin page")
    try:
        await child.refuse_anothers_account(account, {"name": name, "auth_state": None}, identity)
    except AccountConflict as error:
        return AccountReport(name, REFUSED, *_why(error))
    return _recognised(new, child, name, auth_state, owner, problem)


def _follows(child: Any, name: str, auth_state: dict[str, Any], identity: Identity) -> bool:
    if not getattr(child, "keeps_renamed_users", False):
        return False
    owner = child.recorded_owner(name, auth_state)
    return owner is not None and (identity.issuer, identity.subject) == tuple(owner)


def _login_in(child: Any, auth_state: dict[str, Any]) -> tuple[str | None, str]:
    """The name at the provider in the stored data, and why it is not there."""
    user_info = auth_state.get(getattr(child, "user_auth_state_key", ""))
    if not isinstance(user_info, dict):
        return None, ""
    try:
        login = child.user_info_to_username(child.readable(dict(user_info)))
    except SuiteError:
        return None, "the stored data have no username"
    except Exception as error:  # noqa: BLE001 - data of another package, of any form
        return None, f"the stored data cannot be read ({type(error).__name__})"
    return (login, "") if isinstance(login, str) else (None, "the stored data have no username")


def _username(child: Any, login: str) -> str:
    username: str = child.normalize_username(login)
    vet_login(login, child.own_name(username))
    return str(username)


def _other_name(name: str, username: str, login: str | None) -> AccountReport:
    if login is None:
        reason = f"no login leads to this name: usernames are changed, here to {username!r}"
        return AccountReport(name, OTHER_NAME, reason, "Rename the account on the admin page, or use username_map")
    reason = f"by the stored data, its user would now get the account {username!r}"
    fix = (
        "Keep the username options as they were, or give this user the name with username_map; see also follow_renames"
    )
    return AccountReport(name, OTHER_NAME, reason, fix)


def _why(error: AccountConflict) -> tuple[str, str]:
    """The reason, and the command that it names."""
    reason, _, fix = error.detail.partition(". ")
    return reason, fix


def _recognised(
    new: NewAuthenticator, child: Any, name: str, auth_state: dict[str, Any] | None, owner: SessionRecord, problem: str
) -> AccountReport:
    provisos = f"; that the name stays the same depends on {', '.join(new.names_by)}" if new.names_by else ""
    if not child.enable_auth_state:
        return AccountReport(name, BY_NAME, f"without enable_auth_state, accounts are matched by name{provisos}")
    if child.rebind_accounts_by_name:
        return AccountReport(name, BY_NAME, f"rebind_accounts_by_name is set{provisos}")
    if owner.subject is not None:
        return AccountReport(name, RECOGNISED, f"its record has the user's subject{provisos}")
    if auth_state is None:
        return AccountReport(name, BY_NAME, f"there is no record of a login{provisos}")
    others = sorted(key for key in auth_state if key.endswith("_user") and key != child.user_auth_state_key)
    if others:
        return AccountReport(name, BY_NAME, f"its record is of another provider ({', '.join(others)}){provisos}")
    return AccountReport(name, BY_NAME, f"{problem or 'its record has no subject'}{provisos}")


def counts(found: Iterable[AccountReport]) -> Iterator[tuple[Status, int]]:
    """How many accounts have each status."""
    statuses = [report.status for report in found]
    for status in (RECOGNISED, BY_NAME, OTHER_NAME, REFUSED):
        yield status, statuses.count(status)
