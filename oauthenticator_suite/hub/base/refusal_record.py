"""The record of a refused login in the Hub's database, from which ``oauthenticator-suite explain`` explains it.

Only refusals of authenticated users are recorded, so that no one else can fill the table. Nothing that could
identify a person is stored in plain text: without `JUPYTERHUB_CRYPT_KEY` it is left out.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from logging import Logger, LoggerAdapter
from typing import Any, Protocol

from cryptography.fernet import InvalidToken as NotDecrypted
from jupyterhub.crypto import CryptKeeper, EncryptionUnavailable
from jupyterhub.handlers import BaseHandler

from ...errors import AccessDenied, DatabaseFailed, IdentityError, IncompleteAnswer, InsufficientAuthentication
from ...policy.explanation import PartialClaims
from ...policy.identity import Identity
from ..database import one_transaction, roll_back_changes
from ..store.refusals import MAX_PRIVATE_BYTES, Refusal
from ..store.store import store_of
from ..web.pages import new_reference
from .admission import Admission
from .observing import RefusesUsers, note_refused
from .refusals import claims_read, may_be_secret

RECORDED = (AccessDenied, IdentityError, IncompleteAnswer, InsufficientAuthentication)
"""The errors that are recorded, with their subclasses."""

_MAX_PLAIN = MAX_PRIVATE_BYTES * 7 // 10
"""Bytes before the encryption, which makes four of three and adds a few."""

_MAX_DETAIL = 2000

NOT_RECORDED = "the record of the refusal has no claim {claim!r}, because no rule read it then"
NOT_ASKED_THEN = "at the refusal, the provider was not asked for these names"
TOO_MANY_GROUPS = "the user had too many groups for the record of the refusal"


class RecordsRefusals(RefusesUsers, Protocol):
    """The part of `SuiteAuthenticator` that this module uses."""

    log: Logger | LoggerAdapter[Any]


@dataclass
class LoginProgress:
    """How far a login has come.

    Attributes
    ----------
    admission:
        What is known about the user; None before the login has begun.
    is_authenticated:
        Whether the user has proved who they are.
    """

    admission: Admission | None = None
    is_authenticated: bool = False


@contextmanager
def recorded_refusals(authenticator: RecordsRefusals, handler: BaseHandler | None) -> Iterator[LoginProgress]:
    """Note and record a refusal, if the login inside of the block ends with one.

    Each `AccessDenied` is a fact, for events. In the database is only the refusal of an authenticated user. A failure
    to record it does not change the error: it is a line in the log.
    """
    progress = LoginProgress()
    try:
        yield progress
    except RECORDED as error:
        known = progress.admission
        if known is not None and isinstance(error, AccessDenied):
            note_refused(authenticator, known, error)
        if known is None or handler is None or not _is_authenticated(progress, known, error):
            raise
        error.reference = error.reference or new_reference()
        try:
            _write(handler.db, _refusal(authenticator, known, error))
        except DatabaseFailed as failure:
            authenticator.log.warning("A refusal could not be recorded: %s", failure.detail)
        except Exception as failure:  # noqa: BLE001 - whatever fails here, the user gets the page of the refusal
            authenticator.log.warning("A refusal could not be recorded: %s", type(failure).__name__)
        raise


def _is_authenticated(progress: LoginProgress, known: Admission, error: Exception) -> bool:
    has_tokens = bool(known.access_token)
    return progress.is_authenticated or has_tokens or isinstance(error, InsufficientAuthentication)


def _write(db: Any, refusal: Refusal) -> None:
    """Write in a separate transaction. What the refused login has changed and not committed is rolled back."""
    roll_back_changes(db)
    with one_transaction(db, "the record of a refusal"):
        store_of(db).refusals.add(refusal)


def remove_old_refusals(authenticator: RecordsRefusals, db: Any) -> None:
    """Remove old refusals when the Hub starts. Each new refusal does so, too, but there may be none for a long time.

    A failure is a line in the log.
    """
    try:
        with one_transaction(db, "old refusals"):
            store_of(db).refusals.remove_old(time.time())
    except DatabaseFailed as failure:
        authenticator.log.warning("Old refusals could not be removed: %s", failure.detail)


def _refusal(authenticator: RecordsRefusals, known: Admission, error: Any) -> Refusal:
    identity = known.last_decided or _as_far_as_known(known)
    policy = authenticator.policy()
    evaluation = None if identity is None else known.evaluation(identity, policy)
    private: dict[str, Any] = {"detail": error.detail[:_MAX_DETAIL], "username": getattr(error, "username", None) or ""}
    if identity is not None and evaluation is not None:
        rules = [*policy.required, *policy.blocked, *policy.admin, *policy.allowed]
        unknown = {result.name: result.why_unknown for result in evaluation.results if result.why_unknown}
        private.update(
            _kept(identity, claims_read(rules, identity)),
            groups=sorted(identity.groups) if authenticator.manage_groups else None,
            wanted={kind: sorted(names) for kind, names in _wanted(authenticator).items()},
            unknown=unknown,
        )
    return Refusal(
        reference=error.reference,
        at=time.time(),
        provider=authenticator.observed_name,
        error=type(error).__name__,
        rule=str(getattr(error, "rule", "")),
        rules=() if evaluation is None else evaluation.rules,
        private=_encrypted(private),
    )


def _as_far_as_known(known: Admission) -> Identity | None:
    """The user of a login that was refused before the decision, such as for the username."""
    if known.identity is None or known.username is None:
        return None
    groups = frozenset(known.record.groups or ()) if known.record is not None else frozenset()
    return known.identity_as(known.username, groups)


def _wanted(authenticator: Any) -> Mapping[str, frozenset[str]]:
    """The names for which the provider's API was asked, by kind."""
    wanted = getattr(authenticator, "wanted_memberships", None)
    return {} if wanted is None else wanted()


def _kept(identity: Identity, read: list[str]) -> dict[str, Any]:
    claims = {name: identity.claims[name] for name in read if name in identity.claims and not may_be_secret(name)}
    return {
        "username": identity.username,
        "login": identity.login,
        "issuer": identity.issuer,
        "subject": identity.subject,
        "groups_unknown": identity.groups_unknown,
        "scopes": sorted(identity.scopes),
        "memberships": {kind: sorted(names) for kind, names in identity.memberships.items()},
        "claims": claims,
        "absent": [name for name in read if name not in identity.claims],
    }


def _encrypted(private: dict[str, Any]) -> bytes | None:
    """The data, encrypted; None when the Hub has no key. Of data that are too long, claims and groups are left out."""
    keeper = CryptKeeper.instance()
    try:
        keeper.check_available()
    except EncryptionUnavailable:
        return None
    shorter: list[dict[str, Any]] = [
        {},
        {"claims": {}, "absent": []},
        {"groups": [], "groups_unknown": TOO_MANY_GROUPS},
    ]
    for change in shorter:
        private.update(change)
        data = json.dumps(private, default=repr).encode()
        if len(data) <= _MAX_PLAIN:
            encrypted: bytes = keeper.fernet.encrypt(data)
            return encrypted
    return None


# --- reading it again ------------------------------------------------------------------------------------------------


class UnreadablePart(Exception):
    """The encrypted part of a refusal cannot be read. The message says why, without secrets."""


@dataclass(frozen=True)
class RefusedUser:
    """The encrypted part of a refusal.

    Attributes
    ----------
    identity:
        The user as the rules saw them. Of the claims, only those that a rule has read; None when the user was refused
        before the rules were applied.
    groups:
        The user's groups; None when they are not known, or the Hub does not manage groups.
    wanted:
        The names for which the provider's API was asked, by kind of membership.
    unknown:
        Why rules could not tell, by rule.
    detail:
        The sentence in the log.
    username:
        The username on the Hub; empty if it was not known.
    """

    identity: Identity | None
    groups: list[str] | None
    wanted: Mapping[str, frozenset[str]]
    unknown: Mapping[str, str]
    detail: str
    username: str


def read_private(refusal: Refusal, keeper: CryptKeeper) -> RefusedUser:
    """Decrypt what identifies the user of a refusal.

    Raises
    ------
    UnreadablePart
        When it was not stored, or cannot be decrypted with the keys of `keeper`.
    """
    if refusal.private is None:
        raise UnreadablePart("the Hub had no JUPYTERHUB_CRYPT_KEY, so who was refused is not recorded")
    try:
        keeper.check_available()
        kept = json.loads(keeper.fernet.decrypt(refusal.private))
    except EncryptionUnavailable:
        raise UnreadablePart("who was refused is encrypted: set JUPYTERHUB_CRYPT_KEY to the key of the Hub") from None
    except (NotDecrypted, ValueError):
        raise UnreadablePart("who was refused is encrypted with another key than JUPYTERHUB_CRYPT_KEY") from None
    identity = None
    if "claims" in kept:
        identity = Identity(
            username=kept["username"],
            login=kept["login"],
            issuer=kept["issuer"],
            subject=kept["subject"],
            groups=frozenset(kept["groups"] or ()),
            groups_unknown=kept["groups_unknown"],
            scopes=frozenset(kept["scopes"]),
            memberships={kind: frozenset(names) for kind, names in kept["memberships"].items()},
            claims=PartialClaims(kept["claims"], kept["absent"], NOT_RECORDED),
        )
    return RefusedUser(
        identity,
        None if kept.get("groups_unknown") else kept.get("groups"),
        {kind: frozenset(names) for kind, names in kept.get("wanted", {}).items()},
        kept.get("unknown", {}),
        kept["detail"],
        kept["username"],
    )
