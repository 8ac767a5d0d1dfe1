"""With `follow_renames`: whether the Unix account of a Hub account is still the one that its owner had.

The Hub account keeps its name when the user is renamed at the provider. The Unix account of that name may not: where
one directory serves both, it is renamed too, and its former name may later be that of a new user. A server would then
run as that user. So the user number of the Unix account is recorded with the login, and compared at each later login
and start of a server.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Protocol

from jupyterhub.user import User
from tornado import web

from ...errors import AccountConflict, UnreadableRecord
from ...policy.identity import Identity
from ..accounts.auth_state import encrypted_auth_state, kept_auth_state, replace_auth_state
from ..accounts.record import KEY, SessionRecord
from .identity import LookupResult

LookUp = Callable[[str], Awaitable[LookupResult]]


class NormalizesNames(Protocol):
    """The part of an authenticator that is used here."""

    def normalize_username(self, username: str) -> str:
        """The Hub's username for a name at the provider."""


async def check_login(
    authenticator: NormalizesNames,
    look_up: LookUp,
    user: User | None,
    model: dict[str, Any],
    identity: Identity | None,
) -> None:
    """Refuse a login whose Unix account is another one than at the last login, and record the present one in `model`.

    Raises
    ------
    AccountConflict
        When it is another one; when that is not known because no number was recorded before the user was renamed; and
        when the system cannot tell.
    """
    auth_state = model.get("auth_state")
    if not isinstance(auth_state, dict) or KEY not in auth_state:
        return
    before = SessionRecord() if user is None else SessionRecord.of(await kept_auth_state(user) or {})
    login = None if identity is None else identity.login
    renamed = user is not None and (login is None or authenticator.normalize_username(login) != user.name)
    uid = await _uid(look_up, model["name"])
    problem = _problem(model["name"], before.uid, uid, renamed=renamed)
    if problem:
        raise AccountConflict(problem)
    replace(SessionRecord.of(auth_state), uid=uid).into(auth_state)


async def check_spawn(authenticator: NormalizesNames, look_up: LookUp, user: User) -> None:
    """Refuse to start a server as another Unix user, and record the Unix account that the first login has created.

    Raises
    ------
    web.HTTPError
        403 when the Unix account is another one, 503 when that is not known.
    """
    encrypted = encrypted_auth_state(user)
    try:
        auth_state = await kept_auth_state(user) or {}
        uid = await _uid(look_up, user.name)
    except (UnreadableRecord, AccountConflict) as error:
        raise web.HTTPError(503, f"The server cannot start now: {error.detail}") from None
    record = SessionRecord.of(auth_state)
    renamed = record.login is None or authenticator.normalize_username(record.login) != user.name
    problem = _problem(user.name, record.uid, uid, renamed=renamed)
    if problem:
        raise web.HTTPError(403, problem)
    if record.uid is None and KEY in auth_state:
        replace(record, uid=uid).into(auth_state)
        replace_auth_state(user, encrypted, auth_state)


async def _uid(look_up: LookUp, name: str) -> int | None:
    found = await look_up(name)
    if found.unknown:
        raise AccountConflict(f"this system cannot tell whether there is an account {name!r}: {found.unknown}")
    return None if found.account is None else found.account.uid


def _problem(name: str, before: int | None, now: int | None, *, renamed: bool) -> str:
    if before is not None and now != before:
        present = "is gone" if now is None else f"now has the number {now}"
        return (
            f"the Unix account {name!r} had the number {before} at the user's last login, and {present}: it may belong "
            "to another user. If the Unix account was renamed with its user, rename the Hub's account to that name on "
            "the admin page, while its server is stopped"
        )
    if before is None and now is not None and renamed:
        return (
            f"the user was renamed at the provider, and no user number was recorded before: whether the Unix account "
            f"{name!r} is still the user's is not known. If the Unix account was renamed too, rename the Hub's account "
            "to that name on the admin page"
        )
    return ""
