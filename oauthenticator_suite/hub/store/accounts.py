"""One row for each account that has signed in: when, and what ended its sessions since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any
from weakref import WeakKeyDictionary

from jupyterhub import orm
from sqlalchemy import bindparam, event, func, select
from sqlalchemy.orm import Session

from .tables import ACCOUNTS, RULE_LENGTH


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """What the store knows about one account. All times are seconds since the epoch.

    Attributes
    ----------
    signed_in_at:
        The last login; None when none is recorded.
    last_request_at:
        The last request with the Hub cookie or a session token that was recorded; None when none is.
    must_sign_in_since:
        When the user's sessions were ended and the user was asked to sign in again; None after a login.
    ended_grant:
        The hash of the token that the provider has refused for good (`hashing.hash_of`); None when there is none.
    denied_at, denied_rule:
        When the account was denied, and the rule that did; None when it is not denied.
    granted_admin:
        Whether an authenticator has made the user an administrator, rather than another administrator.
    identity:
        The hash of issuer and subject of the last login (`accounts.identity_keys`); None when it is not known.
    provider_session:
        The hash of issuer and session ID (``sid``) of the last login; None when the provider sent none.
    """

    signed_in_at: float | None = None
    last_request_at: float | None = None
    must_sign_in_since: float | None = None
    ended_grant: str | None = None
    denied_at: float | None = None
    denied_rule: str | None = None
    granted_admin: bool = False
    identity: str | None = None
    provider_session: str | None = None

    @property
    def is_denied(self) -> bool:
        """Whether a denial is recorded, and no permitted login since."""
        return self.denied_at is not None


_COLUMNS = [ACCOUNTS.c[each.name] for each in fields(AccountRecord)]
_SELECT = select(*_COLUMNS).where(ACCOUNTS.c.user_id == bindparam("of_user"))
_BY_IDENTITY = (
    select(orm.User.id, orm.User.name, ACCOUNTS.c.signed_in_at)
    .join_from(ACCOUNTS, orm.User, ACCOUNTS.c.user_id == orm.User.id)
    .where(ACCOUNTS.c.identity == bindparam("wanted"))
)
_BY_PROVIDER_SESSION = select(ACCOUNTS.c.user_id, ACCOUNTS.c.identity).where(
    ACCOUNTS.c.provider_session == bindparam("wanted")
)
_WITH_RECORD = (
    select(orm.User.id, orm.User.name, orm.User.encrypted_auth_state, ACCOUNTS.c.user_id.label("row"))
    .select_from(orm.User)
    .outerjoin(ACCOUNTS, ACCOUNTS.c.user_id == orm.User.id)
    .where(orm.User.encrypted_auth_state.is_not(None), orm.User.id > bindparam("after"))
    .order_by(orm.User.id)
    .limit(bindparam("most"))
)
_WITHOUT_IDENTITY = _WITH_RECORD.where(ACCOUNTS.c.identity.is_(None))
_COUNT_DENIED = select(func.count()).select_from(ACCOUNTS).where(ACCOUNTS.c.denied_at.is_not(None))
_COUNT_SIGNED_IN = (
    select(func.count())
    .select_from(ACCOUNTS)
    .where(
        ACCOUNTS.c.signed_in_at >= bindparam("since"),
        ACCOUNTS.c.must_sign_in_since.is_(None),
        ACCOUNTS.c.denied_at.is_(None),
    )
)
_VALUES: dict[str, Any] = {each.name: bindparam(f"new_{each.name}") for each in fields(AccountRecord)}
_UPDATE = ACCOUNTS.update().where(ACCOUNTS.c.user_id == bindparam("of_user")).values(**_VALUES)
_INSERT = ACCOUNTS.insert().values(user_id=bindparam("of_user"), **_VALUES)
_NOTHING_KNOWN = AccountRecord()


class AccountRecords:
    """The table ``suite_accounts``. Nothing here commits: writes belong to the caller's transaction.

    Rows are kept in memory as long as JupyterHub keeps the user.
    """

    def __init__(self, db: Session) -> None:
        self._db = db
        self._known: WeakKeyDictionary[orm.User, AccountRecord | None] = WeakKeyDictionary()
        event.listen(db, "after_soft_rollback", self._forget_all)

    def of(self, user: orm.User) -> AccountRecord:
        """The record of the account; an empty one when the store has none."""
        if user not in self._known and user.id is not None:
            row = self._db.execute(_SELECT, {"of_user": user.id}).first()
            self._known[user] = None if row is None else AccountRecord(*row)
        return self._known.get(user) or _NOTHING_KNOWN

    def note_login(
        self,
        user: orm.User,
        now: float,
        *,
        granted_admin: bool = False,
        identity: str | None = None,
        provider_session: str | None = None,
    ) -> None:
        """Record a permitted login. It clears everything that ended earlier sessions, and a denial."""
        record = AccountRecord(
            signed_in_at=now,
            last_request_at=now,
            granted_admin=granted_admin,
            identity=identity,
            provider_session=provider_session,
        )
        self._write(user, record)

    def of_identity(self, identity: str) -> list[tuple[int, str]]:
        """The numbers and names of the accounts whose last login had this identity, the latest login first.

        One statement, by an index. There can be several: the user had another name at the time of each first login.
        """
        rows = self._db.execute(_BY_IDENTITY, {"wanted": identity}).all()
        return [(row.id, row.name) for row in sorted(rows, key=lambda row: (-(row.signed_in_at or 0), row.id))]

    def of_provider_session(self, provider_session: str) -> list[tuple[int, str | None]]:
        """The numbers and identities of the accounts whose last login had this session. One statement, by an index."""
        return [
            (row.user_id, row.identity) for row in self._db.execute(_BY_PROVIDER_SESSION, {"wanted": provider_session})
        ]

    def without_identity(self, after: int, most: int, *, all_records: bool = False) -> Sequence[Any]:
        """Rows ``id``, ``name``, ``encrypted_auth_state`` of accounts that have an `auth_state` and no identity.

        At most `most` of them, by number, from the first one after the number `after` on. With `all_records`, also
        accounts that have an identity.
        """
        wanted = _WITH_RECORD if all_records else _WITHOUT_IDENTITY
        return self._db.execute(wanted, {"after": after, "most": most}).all()

    def set_identities(self, found: Iterable[tuple[Any, str, str | None]]) -> None:
        """Store the identity and the provider's session of rows of `without_identity`."""
        new: list[dict[str, Any]] = []
        known: list[dict[str, Any]] = []
        for row, identity, session in found:
            (new if row.row is None else known).append({"of_user": row.id, "found": identity, "session": session})
        values: dict[str, Any] = {"identity": bindparam("found"), "provider_session": bindparam("session")}
        if new:
            self._db.execute(ACCOUNTS.insert().values(user_id=bindparam("of_user"), **values), new)
        if known:
            self._db.execute(
                ACCOUNTS.update().where(ACCOUNTS.c.user_id == bindparam("of_user")).values(**values), known
            )
        if new or known:
            self._known.clear()

    def note_admin(self, user: orm.User, granted: bool) -> None:
        """Record whether an authenticator has made the user an administrator."""
        if self.of(user).granted_admin != granted:
            self._write(user, replace(self.of(user), granted_admin=granted))

    def note_request(self, user: orm.User, now: float) -> None:
        """Record a request with the Hub cookie or a session token."""
        self._write(user, replace(self.of(user), last_request_at=now))

    def require_sign_in(self, user: orm.User, now: float) -> None:
        """Record that the account has no session from now on, until the user signs in again."""
        self._write(user, replace(self.of(user), must_sign_in_since=now))

    def end_grant(self, user: orm.User, grant: str) -> None:
        """Record the hash of a token that the provider has refused for good."""
        self._write(user, replace(self.of(user), ended_grant=grant))

    def deny(self, user: orm.User, rule: str, now: float) -> None:
        """Record that the account is denied by a rule. An earlier denial keeps its time."""
        before = self.of(user)
        at = now if before.denied_at is None else before.denied_at
        self._write(user, replace(before, denied_at=at, denied_rule=rule[:RULE_LENGTH]))

    def permit(self, user: orm.User) -> None:
        """Remove the recorded denial."""
        self._write(user, replace(self.of(user), denied_at=None, denied_rule=None))

    def count_denied(self) -> int:
        """How many accounts are denied. One statement."""
        return int(self._db.execute(_COUNT_DENIED).scalar_one())

    def count_signed_in(self, since: float) -> int:
        """How many accounts have signed in since then, and still need not sign in again. One statement.

        Parameters
        ----------
        since:
            The time from which on sessions can continue, in seconds since the epoch.
        """
        return int(self._db.execute(_COUNT_SIGNED_IN, {"since": since}).scalar_one())

    def _write(self, user: orm.User, record: AccountRecord) -> None:
        before = self._known.get(user)
        if before == record:
            return
        is_new = user.id is None
        if is_new:
            self._db.flush()  # the database gives the number
        values: dict[str, Any] = {f"new_{name}": getattr(record, name) for name in _VALUES}
        values["of_user"] = user.id
        is_new = is_new or (user in self._known and before is None)
        if is_new or self._db.execute(_UPDATE, values).rowcount == 0:  # type: ignore[attr-defined]
            self._db.execute(_INSERT, values)
        self._known[user] = record

    def _forget_all(self, *_: Any) -> None:
        """After a rollback: rows in memory may be of a transaction that did not happen."""
        self._known.clear()
