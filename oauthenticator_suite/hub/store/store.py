"""`Store`: the suite's tables of one Hub."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from sqlalchemy.orm import Session

from .accounts import AccountRecords
from .ended_sessions import EndedSessions
from .refusals import Refusals
from .schema import prepare
from .settings import EVERYONE_MUST_SIGN_IN_SINCE, StoredSettings
from .used_tokens import UsedTokens


class Store:
    """The suite's tables, by concept.

    Attributes
    ----------
    accounts:
        When each account last signed in, and what ended its sessions since.
    ended_sessions:
        Why sessions have ended.
    used_tokens:
        One-time tokens that have been used.
    refusals:
        Users who were refused at a login, by the reference on the page.
    settings:
        Facts that concern the whole Hub.
    """

    def __init__(self, db: Session) -> None:
        self.accounts = AccountRecords(db)
        self.ended_sessions = EndedSessions(db)
        self.used_tokens = UsedTokens(db)
        self.refusals = Refusals(db)
        self.settings = StoredSettings(db)


_stores: WeakKeyDictionary[Session, Store] = WeakKeyDictionary()


def store_of(db: Session) -> Store:
    """The store in the database of this session: JupyterHub has one session for everything.

    The first call for a session creates or upgrades the tables, and commits. It belongs in the start-up.

    Raises
    ------
    ConfigurationError
        When the tables are of a newer release than this one.
    """
    store = _stores.get(db)
    if store is None:
        prepare(db)
        store = _stores[db] = Store(db)
        store.settings.get(EVERYONE_MUST_SIGN_IN_SINCE)  # each refresh asks for it: it is in memory from now on
    return store
